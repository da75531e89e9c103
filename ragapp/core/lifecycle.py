"""The states of documents, tasks and messages, and the only allowed ways between them."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from ragapp.core.errors import InvalidTransition
from ragapp.core.file_types import ZIP


class DocumentStatus(StrEnum):
    """Where a document is on its way from bytes to searchable passages."""

    QUEUED = "queued"
    PARSING = "parsing"
    CHUNKING = "chunking"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"
    DELETING = "deleting"


class TaskKind(StrEnum):
    """What a durable task does."""

    INGEST = "ingest"
    EXPAND = "expand"
    DELETE = "delete"
    REINDEX = "reindex"
    FETCH = "fetch"
    """Read a document from its web address, then ingest what is new."""
    SYNC = "sync"
    """Look at a source again."""
    ERASE = "erase"
    """Remove a whole tenant."""
    VERIFY = "verify"
    """Compare rows, bytes and indexes of a tenant while everybody works."""
    MEASURE = "measure"
    """Ask the test questions of a knowledge base and judge what comes."""


ARCHIVE_TYPE = ZIP
"""The media type of documents whose members become documents of their own."""


def work_on(content_type: str) -> TaskKind:
    """Return the kind of task that turns a stored file of that type into something readable."""
    return TaskKind.EXPAND if content_type == ARCHIVE_TYPE else TaskKind.INGEST


class TaskPriority(IntEnum):
    """What goes first within a tenant: the lower number."""

    AWAITED = 0
    """Somebody waits for it, or it is soon done."""
    BULK = 1
    """One of many: an archive's file, a source's page, one of more uploads than anybody can wait for; a measurement."""


class TaskStatus(StrEnum):
    """The public states of a durable task."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class MessageStatus(StrEnum):
    """The states of an assistant message; the last four are terminal."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


_WORKING = (
    DocumentStatus.PARSING,
    DocumentStatus.CHUNKING,
    DocumentStatus.EMBEDDING,
    DocumentStatus.INDEXING,
)
_ENDS = frozenset({DocumentStatus.QUEUED, DocumentStatus.FAILED, DocumentStatus.DELETING})

DOCUMENT_TRANSITIONS: Mapping[DocumentStatus, frozenset[DocumentStatus]] = {
    # Every working stage may be entered again: a rescued task starts from the first stage it cannot prove done.
    DocumentStatus.QUEUED: frozenset({*_WORKING, *_ENDS}),
    # A short text is split and stored in one go: nobody could see it being chunked.
    # An archive is ready once its members are documents: it has nothing to embed itself.
    DocumentStatus.PARSING: frozenset(
        {
            DocumentStatus.PARSING,
            DocumentStatus.CHUNKING,
            DocumentStatus.EMBEDDING,
            DocumentStatus.READY,
            *_ENDS,
        }
    ),
    DocumentStatus.CHUNKING: frozenset({DocumentStatus.PARSING, DocumentStatus.EMBEDDING, *_ENDS}),
    DocumentStatus.EMBEDDING: frozenset(
        {DocumentStatus.PARSING, DocumentStatus.EMBEDDING, DocumentStatus.INDEXING, *_ENDS}
    ),
    DocumentStatus.INDEXING: frozenset(
        {DocumentStatus.PARSING, DocumentStatus.EMBEDDING, DocumentStatus.READY, *_ENDS}
    ),
    DocumentStatus.READY: frozenset({DocumentStatus.QUEUED, DocumentStatus.DELETING}),
    DocumentStatus.FAILED: frozenset({DocumentStatus.QUEUED, DocumentStatus.DELETING}),
    DocumentStatus.DELETING: frozenset({DocumentStatus.DELETING}),
}

UNFINISHED_TASKS = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING})


def sources_of(target: DocumentStatus) -> frozenset[DocumentStatus]:
    """Return the states from which a document may go to `target`."""
    return frozenset(source for source, targets in DOCUMENT_TRANSITIONS.items() if target in targets)


def ensure_transition(current: DocumentStatus, target: DocumentStatus) -> None:
    """Check that a document may go from `current` to `target`.

    Raises:
        InvalidTransition: the table above does not allow it.
    """
    if target not in DOCUMENT_TRANSITIONS[current]:
        raise InvalidTransition(details={"from": current.value, "to": target.value})
