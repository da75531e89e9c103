"""What an empty chat offers: the first steps, then questions made from what was indexed."""

import contextlib

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.language import LanguageState

_QUESTION_COUNT = 4
_COUNTED = 100
"""Documents counted at most: beyond that it makes no difference to what the page says."""


class WelcomeState(rx.State):
    """Whether there is anything to ask about, and what one could ask."""

    loaded: bool = False
    has_documents: bool = False
    reading_count: int = 0
    percent: int = 0
    failed_count: int = 0
    loading_samples: bool = False
    questions: list[str] = []

    @rx.event
    async def load(self) -> None:
        """Look whether documents are ready and collect questions about them."""
        scope = await current_scope(self)
        with contextlib.suppress(RagAppError):
            await self._read(scope)
        self.loaded = True

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def load_samples(self) -> EventSpec:
        """Add the sample documents and show them being processed."""
        self.loading_samples = True
        scope = await current_scope(self)
        try:
            await current().documents.load_samples(scope)
        except RagAppError as error:
            return feedback.show(error, (await self.get_state(LanguageState)).language)
        finally:
            self.loading_samples = False
        return rx.redirect("/documents")

    async def _look(self, scope: TenantScope) -> None:
        if not self.has_documents or self.reading_count:
            await self._read(scope)

    async def _read(self, scope: TenantScope) -> None:
        documents = current().documents
        ready = await documents.list(scope, limit=_COUNTED, status=DocumentStatus.READY)
        reading = await documents.list(scope, limit=_COUNTED, is_in_progress=True)
        failed = (
            () if ready.items else (await documents.list(scope, limit=_COUNTED, status=DocumentStatus.FAILED)).items
        )
        questions = await documents.suggested_questions(scope, limit=_QUESTION_COUNT) if ready.items else ()
        set_changed(
            self,
            has_documents=bool(ready.items),
            reading_count=len(reading.items),
            percent=_percent([view.progress for view in reading.items], done_count=len(ready.items)),
            failed_count=len(failed),
            questions=list(questions),
        )


def _percent(progress: list[int], *, done_count: int) -> int:
    """Return how much of all documents is read, those being read counted by how far they are."""
    return (100 * done_count + sum(progress)) // max(1, done_count + len(progress))
