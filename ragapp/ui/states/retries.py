"""Processing several documents once more: how many could be, and what is told of it."""

from collections.abc import Sequence

from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import DocumentId
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.i18n import translate, translate_plural


async def retry_documents(scope: TenantScope, document_ids: Sequence[str]) -> list[RagAppError]:
    """Queue each document once more and return why some could not be; one that fails keeps no other from it."""
    failures = []
    for document_id in document_ids:
        try:
            await current().documents.retry(scope, DocumentId(document_id))
        except RagAppError as error:
            failures.append(error)
    return failures


def told_of_retries(asked_count: int, failures: Sequence[RagAppError], language: str) -> EventSpec:
    """Return what tells how that ended."""
    if len(failures) == asked_count and failures:
        return feedback.show(failures[-1], language)
    reason = feedback.message_for(failures[-1], language) if failures else ""
    count = asked_count - len(failures)
    again = translate_plural(language, "{n} document is tried again", "{n} documents are tried again", count)
    failed = translate_plural(
        language, "{n} cannot be: {reason}", "{n} cannot be: {reason}", len(failures), reason=reason
    )
    done = again if failures else translate(language, "Trying again")
    return feedback.outcome(count, len(failures), done=done, failed=failed)
