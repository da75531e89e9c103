"""The answer that is being written. A leaf state of its own: nothing else is sent again while text arrives."""

from collections.abc import AsyncGenerator

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated, NotFound, RagAppError
from ragapp.core.ids import RunId
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.services.views import MessageView, RunSnapshot
from ragapp.ui import feedback
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.pace import paced
from ragapp.ui.states.parts import PART_COUNT, cut, part_name
from ragapp.ui.states.rows import SourceRow, source_row
from ragapp.ui.states.sidebar import SidebarState

_FLUSH_S = 0.1


class StreamState(rx.State):
    """Follows one run at a time; the run itself belongs to the service and outlives the tab."""

    run_id: str = ""
    answer_id: str = ""
    chat_id_of_run: str = ""
    stage: str = ""
    count: int = 0
    elapsed_s: int = 0
    stopping: bool = False
    sources: list[SourceRow] = []

    @rx.event(background=True, supersedes=True)
    async def follow(self, run_id: str) -> AsyncGenerator[EventSpec | None, None]:
        """Show a run until it ends, then hand the finished answer to the chat."""
        blocks: list[str] = []
        async with self:
            scope = await current_scope(self)
        try:
            snapshots = current().runs.follow(scope, RunId(run_id), min_interval_s=_FLUSH_S)
            async for snapshot in paced(current().vigil.over(scope, snapshots, Permission.CHAT)):
                async with self:
                    if self.run_id != run_id:
                        return
                    if snapshot.message is not None:
                        await self._hand_over(snapshot.message)
                        return
                    blocks.extend(block.strip("\n") for block in snapshot.new_blocks)
                    self._show(snapshot, blocks)
        except NotFound:
            async with self:
                await self._clear()
        except NotAuthenticated:
            async with self:
                await self._clear()
            yield rx.call_script("window.location.reload()")
        except RagAppError as error:
            async with self:
                await self._clear()
                language = (await self.get_state(LanguageState)).language
            yield feedback.show(error, language)

    @rx.event
    async def stop(self) -> EventSpec | None:
        """Stop writing; what is there already is kept."""
        if not self.run_id:
            return None
        self.stopping = True
        try:
            await current().runs.stop(await current_scope(self), RunId(self.run_id))
        except NotFound:
            await self._clear()
        except RagAppError as error:
            return feedback.show(error, (await self.get_state(LanguageState)).language)
        return None

    async def _begin(self, chat_id: str, run_id: str, answer_id: str) -> None:
        await self._clear()
        (await self.get_state(SidebarState)).busy_id = chat_id
        self._set(run_id=run_id, answer_id=answer_id, chat_id_of_run=chat_id, stage="queued")

    def _show(self, snapshot: RunSnapshot, blocks: list[str]) -> None:
        if (snapshot.stage, snapshot.count) != (self.stage, self.count):
            self._set(stage=snapshot.stage, count=snapshot.count, elapsed_s=round(snapshot.elapsed_s))
        if len(snapshot.sources) != len(self.sources):
            self.sources = [source_row(source) for source in snapshot.sources]
        self._write("\n\n".join([*blocks, snapshot.tail]))

    async def _hand_over(self, message: MessageView) -> None:
        from ragapp.ui.states.chat import ChatState  # the two states hand turns to each other

        (await self.get_state(ChatState))._take_answer(message)
        await self._clear()

    async def _clear(self) -> None:
        (await self.get_state(SidebarState)).busy_id = ""
        self._set(run_id="", answer_id="", chat_id_of_run="", stage="", count=0, elapsed_s=0, stopping=False)
        if self.sources:
            self.sources = []
        self._write("")

    def _write(self, text: str) -> None:
        self._set(**dict(cut(text)))

    def _set(self, **values: str | int | bool) -> None:
        # Reflex sends what was assigned, changed or not: assign only what differs.
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


for _index in range(PART_COUNT):
    StreamState.add_var(part_name(_index), str, "")


def stream_text() -> rx.Var[str]:
    """Return everything written so far, put together in the browser."""
    text: rx.Var[str] = getattr(StreamState, part_name(0))
    for index in range(1, PART_COUNT):
        text = text + getattr(StreamState, part_name(index))
    return text
