"""How close single sentences are to a question in meaning, where words cannot tell because the languages differ."""

from collections.abc import Mapping, Sequence

from ragapp.core.evidence import Passage
from ragapp.rag.retrieval import VectorLeg
from ragapp.rag.tables import split_units, worded
from ragapp.rag.types import Language

_READ_PASSAGES = 3
_MOST_UNITS = 40
_FEWEST_WORDS = 3


async def measure_closeness(
    question: str, language: Language, passages: Sequence[Passage], leg: VectorLeg
) -> Mapping[tuple[int, int], float]:
    """Return the closeness of the sentences and rows of the first three passages in another language.

    That is the dot product of the sentence's vector with the question's less the mean of questions in its language:
    what a question has because it is Croatian, no English sentence answers to.

    Args:
        question: As searched for.
        language: Of the question.
        passages: Best first.
        leg: The embedder that found them.

    Returns:
        Values by passage index and start of the sentence; only their order means something. Empty where the first
        passage is in the language of the question, or nothing is known of what its questions have in common.

    Raises:
        EmbedderUnavailable: the model cannot be reached or loaded.
    """
    if leg.typical is None or not passages or not _is_foreign(passages[0], language):
        return {}
    mean = await leg.typical.mean(language)
    units = _units(passages, language)[:_MOST_UNITS]
    if mean is None or not units:
        return {}
    vector = await leg.embedder.embed_question(question) - mean
    vectors = await leg.embedder.embed_passages([text for _, _, text in units])
    scores = (vectors @ vector).tolist()
    return {(index, start): score for (index, start, _), score in zip(units, scores, strict=True)}


def _units(passages: Sequence[Passage], language: Language) -> list[tuple[int, int, str]]:
    return [
        (index, start, text)
        for index, passage in enumerate(passages[:_READ_PASSAGES])
        if _is_foreign(passage, language)
        for start, end in split_units(passage, language)
        if len((text := worded(passage, start, end)).split()) >= _FEWEST_WORDS
    ]


def _is_foreign(passage: Passage, language: Language) -> bool:
    return {language.value, passage.language} == {Language.CROATIAN.value, Language.ENGLISH.value}
