"""The drawer beside the list: one document's facts, a preview, and what can be done with it."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import DocumentId
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.document_rows import DocumentRow, VersionRow, document_row, version_row
from ragapp.ui.states.filing import tags_in
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.library import LibraryState

EXCERPT_CHARACTERS = 2000
_MAX_TITLE = 200


class DocumentState(rx.State):
    """The document in the drawer."""

    is_open: bool = False
    is_renaming: bool = False
    is_filing: bool = False
    document: DocumentRow = DocumentRow()
    excerpt: str = ""
    versions: list[VersionRow] = []

    @rx.event
    async def open(self, document_id: str) -> EventSpec | None:
        """Show a document in the drawer: what the list knows at once, the preview when it has been read."""
        scope = await current_scope(self)
        library = await self.get_state(LibraryState)
        try:
            view = await current().documents.get(scope, DocumentId(document_id))
            self.document = document_row(view, library._bases.get(view.knowledge_base_id, ""))
            self.excerpt = ""
            found = await current().versions.list(scope, view.id)
            self.versions = [version_row(each) for each in found if each.is_readable]
            if view.version > 0:
                text = await current().documents.text(scope, view.id)
                self.excerpt = text.text[:EXCERPT_CHARACTERS]
        except RagAppError as error:
            return feedback.show(error, (await self.get_state(LanguageState)).language)
        self.is_renaming, self.is_filing, self.is_open = False, False, True
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
    @requires(Permission.WRITE_DOCUMENTS)
    async def replaced(self, code: str) -> list[EventSpec]:
        """Say what came of a replacement file; `code` is empty when it was taken, else what went wrong."""
        language = (await self.get_state(LanguageState)).language
        if code == "cancelled":
            return []
        if code == "same":
            return [feedback.success(translate(language, "This is the same file; nothing was changed."))]
        if code:
            return [feedback.failure(feedback.message_for_code(code, language))]
        self.is_open = False
        done = translate(language, "The new version is being read. The current one stays in use until it is ready.")
        return [feedback.success(done), LibraryState.load()]

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

    @rx.event
    def set_filing(self, is_filing: bool) -> None:
        """Show or hide the fields for folder and tags."""
        self.is_filing = is_filing

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def file(self, form: dict[str, str]) -> list[EventSpec]:
        """Put the document into the form's `folder` and give it its `tags`, which have commas between them."""
        try:
            view = await current().filing.file(
                await current_scope(self),
                DocumentId(self.document.id),
                folder=str(form.get("folder", "")),
                tags=tags_in(form.get("tags", "")),
            )
        except RagAppError as error:
            return [feedback.show(error, (await self.get_state(LanguageState)).language)]
        self.is_filing = False
        self.document = document_row(view, self.document.knowledge_base)
        return [LibraryState.load()]
