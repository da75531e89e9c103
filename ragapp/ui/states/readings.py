"""Which administrators read the open chat: its owner is told."""

from dataclasses import dataclass

import reflex as rx

from ragapp.core.errors import RagAppError
from ragapp.core.ids import ChatId
from ragapp.services.registry import current
from ragapp.ui.session import current_scope


@dataclass(frozen=True)
class ReadingRow:
    """One administrator on one day."""

    name: str = ""
    at: str = ""


class ReadingsState(rx.State):
    """Who read the chat of the address."""

    rows: list[ReadingRow] = []

    @rx.event
    async def load(self) -> None:
        """Look who read the chat of the address."""
        chat_id = str(getattr(self, "chat_id", "") or "")
        scope = await current_scope(self)
        try:
            found = await current().oversight_chats.readings(scope, ChatId(chat_id)) if chat_id else ()
        except RagAppError:
            found = ()
        self.rows = [ReadingRow(reading.name, reading.at.isoformat()) for reading in found]
