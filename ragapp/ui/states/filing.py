"""Folder and tags of the ticked documents."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import DocumentId
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate_plural
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.selection import SelectionState

STAY, INTO, OUT = "stay", "into", "out"


def tags_in(text: str) -> list[str]:
    """Return the tags of a field that has commas between them."""
    return [tag for tag in (part.strip() for part in str(text).split(",")) if tag]


class FilingState(rx.State):
    """The dialog that files what is ticked: all of it, or nothing."""

    is_open: bool = False
    choice: str = STAY

    @rx.event
    def set_open(self, is_open: bool) -> None:
        """Open or close the dialog."""
        self.is_open, self.choice = is_open, STAY

    @rx.event
    def choose(self, choice: str) -> None:
        """Say what is to become of the folder."""
        self.choice = choice if choice in (INTO, OUT) else STAY

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def submit(self, form: dict[str, str]) -> list[EventSpec]:
        """Put what is ticked into the form's `folder`, and add and take the tags of its `added` and `taken`."""
        scope, language = await current_scope(self), (await self.get_state(LanguageState)).language
        selection = await self.get_state(SelectionState)
        folders = {STAY: None, INTO: str(form.get("folder", "")).strip() or None, OUT: ""}
        folder, added, taken = folders[self.choice], tags_in(form.get("added", "")), tags_in(form.get("taken", ""))
        if folder is None and not (added or taken):
            self.is_open = False
            return []
        chosen = [DocumentId(document_id) for document_id in selection.ids]
        try:
            await current().filing.file_many(scope, chosen, folder=folder, add_tags=added, remove_tags=taken)
        except RagAppError as error:
            return [feedback.show(error, language), LibraryState.load()]
        self.is_open, selection.ids = False, []
        done = translate_plural(language, "{n} document changed", "{n} documents changed", len(chosen))
        return [feedback.success(done), LibraryState.load()]
