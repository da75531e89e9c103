"""Questions to begin with, made from what the documents are about."""

from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest

from ragapp.models import Document
from ragapp.rag.types import Language

_PATTERNS = {
    Language.CROATIAN.value: "Što piše o temi „{topic}“?",
    Language.ENGLISH.value: "What does it say about “{topic}”?",
}
_PER_DOCUMENT = 2
_TOPIC_CHARACTERS = range(4, 61)


def suggest_questions(
    documents: Sequence[tuple[Document, Sequence[str]]], prepared: Mapping[str, Sequence[str]], *, limit: int
) -> tuple[str, ...]:
    """Return up to `limit` different questions, taking turns between documents.

    Args:
        documents: Documents, the most interesting first, each with the titles of its headings.
        prepared: Questions known to be answered by certain bytes, by SHA-256.
        limit: Most questions to return.
    """
    per_document = [prepared.get(row.sha256) or _from_headings(row, headings) for row, headings in documents]
    in_turn = chain.from_iterable(zip_longest(*per_document))
    return tuple(dict.fromkeys(question for question in in_turn if question))[:limit]


def _from_headings(document: Document, headings: Sequence[str]) -> list[str]:
    pattern = _PATTERNS.get(document.language, _PATTERNS[Language.ENGLISH.value])
    topics = [topic for topic in map(_topic_of, headings) if topic and topic.casefold() != document.title.casefold()]
    return [pattern.format(topic=topic) for topic in (topics or [document.title])[:_PER_DOCUMENT]]


def _topic_of(heading: str) -> str:
    topic = " ".join(heading.split()).rstrip(".:;,?!")
    return topic if len(topic) in _TOPIC_CHARACTERS and any(map(str.isalpha, topic)) else ""
