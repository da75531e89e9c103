"""The open chat: its history, the turns made since, and asking."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotFound, RagAppError
from ragapp.core.ids import ChatId, MessageId
from ragapp.services.registry import current
from ragapp.services.views import MessageView, QueryRequest, RunStarted
from ragapp.ui import feedback
from ragapp.ui.session import current_scope
from ragapp.ui.states.evidence import EvidenceState
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.narrowing import NarrowingState
from ragapp.ui.states.rating import RatingState
from ragapp.ui.states.room import RoomState
from ragapp.ui.states.rows import MessageRow, is_finished, message_row
from ragapp.ui.states.sidebar import SidebarState
from ragapp.ui.states.stream import StreamState
from ragapp.ui.states.turns import TURN_COUNT, turn_name

_PAGE = 50

Events = EventSpec | list[EventSpec] | None


class ChatState(rx.State):
    """What the chat page shows. History is sent once per load, every later message once when it is made."""

    open_chat: str = ""
    title: str = ""
    history: list[MessageRow] = []
    older_cursor: str = ""
    loading: bool = True
    missing: bool = False
    failed_code: str = ""
    is_mine: bool = True
    is_shared: bool = False
    may_write: bool = True
    owner_name: str = ""
    ratings: dict[str, str] = {}
    hidden: list[str] = []

    _turn_count: int = 0
    _has_details: bool = False

    @rx.event
    async def open(self) -> AsyncGenerator[Events, None]:
        """Show the chat of the address; a turn that is being written is picked up again."""
        chat_id = str(getattr(self, "chat_id", "") or "")
        stream = await self.get_state(StreamState)
        if chat_id and chat_id == self.open_chat and stream.run_id and not self.failed_code:
            yield StreamState.follow(stream.run_id)
            return
        (await self.get_state(EvidenceState))._close()
        await stream._clear()
        self._start_over(chat_id)
        yield None
        async for events in self._load(chat_id):
            yield events

    @rx.event
    async def load_older(self) -> Events:
        """Put the messages before the first one shown in front of it."""
        if not self.open_chat or not self.older_cursor:
            return None
        scope = await current_scope(self)
        try:
            page = await current().chats.messages(
                scope, ChatId(self.open_chat), limit=_PAGE, before=MessageId(self.older_cursor)
            )
        except RagAppError as error:
            return await self._tell(error)
        self.history = [*map(self._row, page.items), *self.history]
        self.older_cursor = page.next_cursor or ""
        return None

    @rx.event
    async def ask(self, form: dict[str, Any]) -> Events:
        """Send the question in the composer."""
        return await self._ask(str(form.get("question", "")))

    @rx.event
    async def ask_text(self, text: str) -> Events:
        """Send a suggested question."""
        return await self._ask(text)

    @rx.event
    async def again(self, message_id: str) -> Events:
        """Write an answer again; it takes the place of the old one."""
        scope = await current_scope(self)
        try:
            started = await current().runs.regenerate(scope, MessageId(message_id))
        except RagAppError as error:
            return await self._tell(error)
        self.hidden = [*self.hidden, message_id]
        return await self._follow(started)

    @rx.event
    async def rate(self, message_id: str, rating: str) -> Events:
        """Say that an answer was good or bad; the same again takes it back."""
        wanted = "" if self.ratings.get(message_id) == rating else rating
        before, self.ratings = self.ratings, {**self.ratings, message_id: wanted}
        scope = await current_scope(self)
        try:
            await current().chats.give_feedback(scope, MessageId(message_id), rating=wanted)
        except RagAppError as error:
            self.ratings = before
            return await self._tell(error)
        return RatingState.ask(message_id) if wanted == "down" else None

    async def _ask(self, text: str) -> Events:
        scope = await current_scope(self)
        chat_id = ChatId(self.open_chat) if self.open_chat else None
        try:
            started = await current().runs.ask(scope, chat_id=chat_id, text=text, **await self._narrowed(text))
        except RagAppError as error:
            await (await self.get_state(RoomState))._look(scope)
            told = await self._tell(error)
            return [told, _give_back(text)]
        await (await self.get_state(RoomState))._look(scope)
        is_new = chat_id is None
        self.open_chat, self.title = started.chat.id, started.chat.title
        self._add_turn(message_row(started.question))
        (await self.get_state(SidebarState))._touch(started.chat)
        follow = await self._follow(started)
        return [rx.redirect(f"/chat/{started.chat.id}", replace=True), follow] if is_new else follow

    async def _narrowed(self, text: str) -> dict[str, Any]:
        chosen = (await self.get_state(NarrowingState))._chosen()
        return {"options": QueryRequest(text=text, knowledge_base_ids=chosen)} if chosen else {}

    async def _follow(self, started: RunStarted) -> EventSpec:
        await (await self.get_state(StreamState))._begin(started.chat.id, started.run_id, started.answer.id)
        return StreamState.follow(started.run_id)

    async def _load(self, chat_id: str) -> AsyncGenerator[Events, None]:
        scope, room = await current_scope(self), await self.get_state(RoomState)
        await room._look(scope)
        self._has_details = room.shows_details
        if not chat_id:
            self.loading = False
            return
        try:
            chat = await current().chats.get(scope, ChatId(chat_id))
            page = await current().chats.messages(scope, chat.id, limit=_PAGE)
        except NotFound:
            self.loading, self.missing = False, True
            return
        except RagAppError as error:
            self.loading, self.failed_code = False, error.code
            return
        self.title, self.loading, self.older_cursor = chat.title, False, page.next_cursor or ""
        self.is_mine, self.is_shared = chat.is_mine, chat.is_shared
        self.may_write, self.owner_name = chat.may_write, chat.owner_name
        self.history = [self._row(message) for message in page.items if is_finished(message)]
        self.ratings = {message.id: message.feedback for message in page.items if message.feedback}
        unfinished = next((message for message in page.items if message.run_id and not is_finished(message)), None)
        if chat.active_run_id and unfinished:
            await (await self.get_state(StreamState))._begin(chat.id, chat.active_run_id, unfinished.id)
            yield StreamState.follow(chat.active_run_id)

    def _start_over(self, chat_id: str) -> None:
        for index in range(self._turn_count):
            setattr(self, turn_name(index), [])
        self.open_chat, self.title, self.history, self.older_cursor = chat_id, "", [], ""
        self.loading, self.missing, self.failed_code = bool(chat_id), False, ""
        self.is_mine, self.is_shared, self.may_write, self.owner_name = True, False, True, ""
        self.ratings, self.hidden, self._turn_count = {}, [], 0

    def _take_answer(self, message: MessageView) -> None:
        if message.chat_id == self.open_chat:
            self._add_turn(self._row(message))

    def _row(self, message: MessageView) -> MessageRow:
        return message_row(message, has_details=self._has_details)

    def _add_turn(self, row: MessageRow) -> None:
        if self._turn_count == TURN_COUNT:
            self._fold_turns()
        setattr(self, turn_name(self._turn_count), [row])
        self._turn_count += 1

    def _fold_turns(self) -> None:
        names = [turn_name(index) for index in range(TURN_COUNT)]
        self.history = [*self.history, *(row for name in names for row in getattr(self, name))]
        for name in names:
            setattr(self, name, [])
        self._turn_count = 0

    async def _tell(self, error: RagAppError) -> EventSpec:
        return feedback.show(error, (await self.get_state(LanguageState)).language)


def _give_back(text: str) -> EventSpec:
    literal = json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e")
    return rx.call_script(f"window.ragapp?.restoreDraft({literal})")


for _index in range(TURN_COUNT):
    ChatState.add_var(turn_name(_index), list[MessageRow], [])


def messages() -> rx.Var[list[MessageRow]]:
    """Return history and turns as one list, put together in the browser."""
    rows: Any = ChatState.history
    for index in range(TURN_COUNT):
        rows = rows + getattr(ChatState, turn_name(index))
    return rows


def latest_answer() -> rx.Var[str]:
    """Return the text of an answer that was finished in this tab, "" while there is none: for screen readers, once."""
    turns: Any = getattr(ChatState, turn_name(0))
    for index in range(1, TURN_COUNT):
        turns = turns + getattr(ChatState, turn_name(index))
    last = f"({turns!s}.at(-1))"
    return rx.Var(f"({last}?.role === `assistant` ? {last}.text : ``)", _var_data=turns._get_all_var_data()).to(str)
