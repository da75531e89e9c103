"""Adding a document by its web address, once or to be kept up to date."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.scope import Permission
from ragapp.services.library.source_views import SourceKind
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.library import LibraryState

PAGE, SITEMAP = "page", "sitemap"
ONCE = "0"
_INTERVALS_S = {"86400": 86400, "604800": 604800}


class ImportState(rx.State):
    """The dialog that asks for a web address."""

    is_open: bool = False
    is_busy: bool = False
    error_code: str = ""

    @rx.event
    def set_open(self, is_open: bool) -> None:
        """Open or close the dialog."""
        self.is_open, self.error_code = is_open, ""

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def submit(self, form: dict[str, str]) -> list[EventSpec]:
        """Queue the address in the form's `url`; `what` is there, and looked at again every `every` seconds.

        What it holds goes into the knowledge base `base`, which the dialog names.
        """
        scope = await current_scope(self)
        url, every_s = str(form.get("url", "")), _INTERVALS_S.get(str(form.get("every", "")), 0)
        kind = SourceKind.SITEMAP if form.get("what") == SITEMAP else SourceKind.URL
        base_id = KnowledgeBaseId(str(form["base"])[:32]) if form.get("base") else None
        self.error_code = ""
        try:
            if every_s or kind is SourceKind.SITEMAP:
                source = await current().sources.create(
                    scope,
                    kind=kind,
                    location=url,
                    knowledge_base_id=base_id,
                    every_s=every_s or max(_INTERVALS_S.values()),
                )
                if not every_s:
                    await current().sources.update(scope, source.id, is_paused=True)
            else:
                await current().imports.add(scope, url=url, knowledge_base_id=base_id)
        except RagAppError as error:
            self.error_code = error.code
            return []
        self.is_open = False
        language = (await self.get_state(LanguageState)).language
        done = translate(language, "The address is being read. What it holds appears in the list.")
        return [feedback.success(done), LibraryState.load()]
