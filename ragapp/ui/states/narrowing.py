"""Which knowledge bases the next question goes to."""

from dataclasses import dataclass

import reflex as rx

from ragapp.core.errors import RagAppError
from ragapp.core.ids import KnowledgeBaseId
from ragapp.services.registry import current
from ragapp.ui.session import current_scope


@dataclass(frozen=True)
class BaseOption:
    """A knowledge base one can ask."""

    id: str = ""
    name: str = ""
    passages: int = 0


class NarrowingState(rx.State):
    """All of them, unless some are chosen."""

    bases: list[BaseOption] = []
    narrowed_to: list[str] = []

    @rx.event
    async def load(self) -> None:
        """Read which knowledge bases there are to ask; a choice that is gone is forgotten."""
        try:
            found = await current().knowledge_bases.list(await current_scope(self))
        except RagAppError:
            return
        self.bases = [BaseOption(base.id, base.name, base.chunk_count) for base in found]
        known = {base.id for base in self.bases}
        self.narrowed_to = [base_id for base_id in self.narrowed_to if base_id in known]

    @rx.event
    def toggle(self, picked: str) -> None:
        """Ask one of the knowledge bases shown too, or not; none chosen means all."""
        if picked in self.narrowed_to:
            self.narrowed_to = [other for other in self.narrowed_to if other != picked]
        elif picked in {base.id for base in self.bases}:
            self.narrowed_to = [*self.narrowed_to, picked]

    @rx.event
    def ask_all(self) -> None:
        """Ask every knowledge base again."""
        self.narrowed_to = []

    def _chosen(self) -> tuple[KnowledgeBaseId, ...] | None:
        return tuple(KnowledgeBaseId(base_id) for base_id in self.narrowed_to) or None
