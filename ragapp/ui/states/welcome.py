"""What an empty chat offers: the first steps, then questions made from what was indexed."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import LanguageState

_QUESTION_COUNT = 4


class WelcomeState(rx.State):
    """Whether there is anything to ask about, and what one could ask."""

    loaded: bool = False
    has_documents: bool = False
    loading_samples: bool = False
    questions: list[str] = []

    @rx.event
    async def load(self) -> None:
        """Look whether documents are ready and collect questions about them."""
        scope = await current_scope(self)
        try:
            ready = await current().documents.list(scope, limit=1, status=DocumentStatus.READY)
            self.has_documents = bool(ready.items)
            self.questions = list(await current().documents.suggested_questions(scope, limit=_QUESTION_COUNT))
        except RagAppError:
            self.questions = []
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
