"""The drawer beside the list: one document's facts, a preview, and what can be done with it."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.session import current_scope
from ragapp.ui.states.document_rows import DocumentRow, document_row
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.library import LibraryState

EXCERPT_CHARACTERS = 2000
_MAX_TITLE = 200


class DocumentState(rx.State):
    """The document in the drawer."""

    is_open: bool = False
    is_renaming: bool = False
    document: DocumentRow = DocumentRow()
    excerpt: str = ""

    @rx.event
    async def open(self, document_id: str) -> EventSpec | None:
        """Show a document in the drawer: what the list knows at once, the preview when it has been read."""
        scope = await current_scope(self)
        library = await self.get_state(LibraryState)
        try:
            view = await current().documents.get(scope, DocumentId(document_id))
            self.document = document_row(view, library._bases.get(view.knowledge_base_id, ""))
            self.excerpt = ""
            if view.status is DocumentStatus.READY:
                text = await current().documents.text(scope, view.id)
                self.excerpt = text.text[:EXCERPT_CHARACTERS]
        except RagAppError as error:
            return feedback.show(error, (await self.get_state(LanguageState)).language)
        self.is_renaming, self.is_open = False, True
        return None

    @rx.event
    def close(self) -> None:
        """Close the drawer: the page is being opened anew."""
        self.is_open = False

    @rx.event
    def set_open(self, is_open: bool) -> None:
        """Open or close the drawer."""
        self.is_open = is_open and bool(self.document.id)

    @rx.event
    def set_renaming(self, is_renaming: bool) -> None:
        """Show or hide the name field."""
        self.is_renaming = is_renaming

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def rename(self, form: dict[str, str]) -> list[EventSpec]:
        """Give the document the name in the form's `title`."""
        title = " ".join(str(form.get("title", "")).split())[:_MAX_TITLE]
        self.is_renaming = False
        if not title or title == self.document.title:
            return []
        try:
            view = await current().documents.rename(await current_scope(self), DocumentId(self.document.id), title)
        except RagAppError as error:
            return [feedback.show(error, (await self.get_state(LanguageState)).language)]
        self.document = document_row(view, self.document.knowledge_base)
        return [LibraryState.load()]
