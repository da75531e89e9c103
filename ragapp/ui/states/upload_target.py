"""Where files that were chosen or dropped go, and who can read them there: settled before the first byte is sent.

The browser holds the files back (`assets/js/uploads.js`) and asks. Where only one knowledge base can be meant they go
there at once, and a line names it; else one is chosen, and the choice is offered first the next time in this browser.
"""

import json
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import Permission, Role
from ragapp.core.sharing import BaseAccess
from ragapp.services.registry import current
from ragapp.services.views import KnowledgeBaseView
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate_plural
from ragapp.ui.readers import EVERYONE, READERS, readers_text
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of
from ragapp.ui.states.library import LibraryState

_MOST_FILES = 100_000


@dataclass(frozen=True)
class TargetRow:
    """A knowledge base one may add to; `readers` is one of the kinds of `ragapp.ui.readers`."""

    id: str = ""
    name: str = ""
    readers: str = EVERYONE
    is_default: bool = False


class UploadTargetState(rx.State):
    """What may be chosen, what is chosen, and how many files wait for it."""

    rows: list[TargetRow] = []
    default_id: str = ""
    is_open: bool = False
    file_count: int = 0
    chosen_id: str = ""

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def load(self) -> None:
        """Read where files may go, for the lines that say so beforehand."""
        await self._read()

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def ask(self, count: int, picked: str) -> list[EventSpec]:
        """Settle where files go that the browser holds back.

        Args:
            count: How many there are.
            picked: The knowledge base that was chosen last in this browser, "" for none.
        """
        self.file_count = max(0, min(int(count), _MOST_FILES))
        if not self.file_count:  # settled since it was asked
            return []
        await self._read()
        certain = await self._certain()
        if certain is not None:
            self.is_open = False
            return [*await self._say_where(certain), _release(certain.id)]
        self.chosen_id = picked if self._find(picked) else self.default_id
        self.is_open = True
        return [rx.call_script("window.ragappUploads?.asked()")]

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    def choose(self, picked: str) -> None:
        """Pick a knowledge base."""
        self.chosen_id = picked if self._find(picked) else self.chosen_id

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    def send(self) -> list[EventSpec]:
        """Let the files go where was chosen."""
        if not self.is_open or not self._find(self.chosen_id):
            return []
        self.is_open = False
        return [_release(self.chosen_id, remember=True)]

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    def set_open(self, is_open: bool) -> list[EventSpec]:
        """Put the question away, and the files with it: nothing of them was sent."""
        if is_open or not self.is_open:
            return []
        self.is_open = False
        return [rx.call_script("window.ragappUploads?.letGo()")]

    async def _read(self) -> None:
        try:
            views = await current().knowledge_bases.list(await current_scope(self))
        except RagAppError:
            views = ()
        self.rows = [_row(view) for view in views]
        self.default_id = next((row.id for row in self.rows if row.is_default), self.rows[0].id if self.rows else "")

    async def _certain(self) -> TargetRow | None:
        """Return the knowledge base that is meant without asking: the only one, or the one the list is filtered by."""
        library = await self.get_state(LibraryState)
        if library._is_here() and (chosen := self._find(library.base_id)):
            return chosen
        if len(self.rows) > 1:
            return None
        return self.rows[0] if self.rows else TargetRow()

    async def _say_where(self, target: TargetRow) -> list[EventSpec]:
        if not target.id:
            return []
        language = await language_of(self)
        going = translate_plural(
            language, "{n} file goes to “{base}”.", "{n} files go to “{base}”.", self.file_count, base=target.name
        )
        return [feedback.note(f"{going} {readers_text(language, target.readers)}")]

    def _find(self, knowledge_base_id: str) -> TargetRow | None:
        return next((row for row in self.rows if row.id == knowledge_base_id), None)


def _row(view: KnowledgeBaseView) -> TargetRow:
    return TargetRow(view.id, view.name, _readers(view), view.is_default)


def _readers(view: KnowledgeBaseView) -> str:
    if view.access is BaseAccess.MEMBERS:
        return BaseAccess.MEMBERS.value
    if view.access is BaseAccess.EVERYONE or view.access_role is Role.MEMBER:
        return EVERYONE
    return view.access_role.value if view.access_role.value in READERS else Role.ADMIN.value


def _release(knowledge_base_id: str, *, remember: bool = False) -> EventSpec:
    # Inside a script: no character of an id may end a string.
    told = json.dumps(knowledge_base_id).replace("<", "\\u003c")
    return rx.call_script(f"window.ragappUploads?.release({told}, {json.dumps(remember)})")
