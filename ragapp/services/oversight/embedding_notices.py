"""What is to be said of the embedding model although it answers: a stand-in is in use, or vectors are being made."""

from dataclasses import dataclass
from enum import StrEnum

from ragapp.core.scope import Origin, PlatformScope
from ragapp.store.store import Store


class EmbeddingNotice(StrEnum):
    """Why searches by meaning are not yet what they could be."""

    STAND_IN = "multilingual_model_missing"
    BEING_EMBEDDED = "passages_being_embedded"


_WORDS = {
    EmbeddingNotice.STAND_IN: (
        "The multilingual model could not be had when this was set up: searches by meaning know English only "
        "(MiniLM). Run `python -m ragapp setup-models` and restart."
    ),
    EmbeddingNotice.BEING_EMBEDDED: (
        "Passages are being embedded again: {base_count} knowledge bases to go, {percent} % of them done. Vectors made "
        "before answer meanwhile."
    ),
}


@dataclass(frozen=True, slots=True)
class NoticeFound:
    """A notice and its words in English, for programs and the command line."""

    notice: EmbeddingNotice
    text: str


class EmbeddingNotices:
    """Looks at the queue across tenants; of what is being embedded it knows only how far it is."""

    def __init__(self, store: Store, *, is_stand_in: bool) -> None:
        self._store = store
        self._is_stand_in = is_stand_in

    async def find(self) -> NoticeFound | None:
        """Return what is to be said now, the lasting one first."""
        if self._is_stand_in:
            return NoticeFound(EmbeddingNotice.STAND_IN, _WORDS[EmbeddingNotice.STAND_IN])
        async with self._store.read_platform(PlatformScope(Origin.TASK)) as tx:
            base_count, percent = await tx.queue.reindexing_progress()
        if not base_count:
            return None
        words = _WORDS[EmbeddingNotice.BEING_EMBEDDED].format(base_count=base_count, percent=percent)
        return NoticeFound(EmbeddingNotice.BEING_EMBEDDED, words)
