"""Moving the ticked documents to another knowledge base."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate_plural
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.selection import SelectionState


class MoveState(rx.State):
    """Moves what is ticked; it can be moved back, so nothing is asked."""

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def move(self, knowledge_base_id: str) -> list[EventSpec]:
        """Put the ticked documents into a knowledge base."""
        scope, language = await current_scope(self), (await self.get_state(LanguageState)).language
        selection = await self.get_state(SelectionState)
        chosen = [DocumentId(document_id) for document_id in selection.ids]
        try:
            stayed = await current().moving.move_many(scope, chosen, KnowledgeBaseId(knowledge_base_id))
        except RagAppError as error:
            return [feedback.show(error, language), LibraryState.load()]
        selection.ids = [str(document_id) for document_id in stayed]
        moved = len(chosen) - len(stayed)
        staying = translate_plural(
            language,
            "{n} document stayed: it is still being read, or its file is there already.",
            "{n} documents stayed: they are still being read, or their files are there already.",
            len(stayed),
        )
        going = translate_plural(language, "{n} document moved", "{n} documents moved", moved)
        told = feedback.outcome(moved, len(stayed), done=going, failed=staying)
        return [told, LibraryState.load()] if chosen else [LibraryState.load()]
