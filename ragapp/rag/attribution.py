"""Sources for an answer that a model wrote without citing any: the passages its sentences stand on."""

from collections.abc import Sequence

from ragapp.core.evidence import Passage, Source, source_url
from ragapp.core.ids import version_of
from ragapp.rag.quotes import Unit, sentences_of
from ragapp.rag.sentences import split_sentences
from ragapp.rag.tables import quotable
from ragapp.rag.types import Language
from ragapp.rag.words import stems_of

_LEAST_SHARE = 0.5
_FEWEST_STEMS = 2


def attribute(answer: str, language: Language, passages: Sequence[Passage]) -> tuple[Source, ...]:
    """Return the passages that hold most of what a sentence of the answer says, in the order of the answer.

    A sentence stands on the sentence or row that holds the largest share of its words, at least half of them; what
    stands on nothing gets no source. Passage i is source number i + 1, as if it had been cited.
    """
    sources: dict[int, Source] = {}
    for start, end in split_sentences(answer, language):
        stems = frozenset(stems_of(answer[start:end], language))
        if len(stems) >= _FEWEST_STEMS and (found := _best(stems, language, passages)):
            index, first, last = found
            sources.setdefault(index, _source(index, passages[index], first, last))
    return tuple(sources.values())


def _best(
    stems: frozenset[str], language: Language, passages: Sequence[Passage]
) -> tuple[int, int, int] | None:
    ranked = [
        (len(stems & frozenset(stems_of(said, language))) / len(stems), -index, -start, -end)
        for index, passage in enumerate(passages)
        for start, end, said in _units(passage, language)
    ]
    share, index, start, end = max(ranked, default=(0.0, 0, 0, 0))
    return (-index, -start, -end) if share >= _LEAST_SHARE else None


def _units(passage: Passage, language: Language) -> list[Unit]:
    return quotable(passage, language) if passage.columns else sentences_of(passage.text, language)


def _source(index: int, passage: Passage, start: int, end: int) -> Source:
    first, last = passage.start + start, passage.start + end
    url = source_url(passage.document_id, passage.page, first, last, version_of(passage.chunk_id))
    return Source(index + 1, passage, passage.text[start:end], first, last, url)
