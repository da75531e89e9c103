"""Follow-up questions: "And in winter?" means little without the question before it."""

import re
from collections.abc import Sequence

from ragapp.core.folding import fold
from ragapp.rag.analysis import analyse_question
from ragapp.rag.language import detect_language
from ragapp.rag.types import Language

_FEW_WORDS = 2
_ENGLISH_OPENING = re.compile(r"^\W*(?:and|but|or|so|then|what about|how about)\b")
# "I" and "a" begin English sentences that continue nothing.
_CROATIAN_OPENING = re.compile(r"^\W*(?:a|i|ali|pa|sto s|sto ako)\b")


def in_context(question: str, earlier: Sequence[str]) -> str:
    """Return what to search for: the question alone, or with the one before it where it says too little by itself.

    Args:
        question: As asked now.
        earlier: The questions before it in the same chat, oldest first.

    Returns:
        `question`, preceded by the last earlier one when it begins as a continuation ("And in winter?") or has at most
        two words that tell a topic.
    """
    if not earlier or not (continues(question) or _topic_word_count(question) <= _FEW_WORDS):
        return question
    return f"{earlier[-1]} {question}"


def continues(question: str) -> bool:
    """Return whether a question begins as one that goes on with the question before it."""
    folded = fold(question)
    if _ENGLISH_OPENING.match(folded):
        return True
    return detect_language(question) is not Language.ENGLISH and bool(_CROATIAN_OPENING.match(folded))


def _topic_word_count(question: str) -> int:
    language = detect_language(question)
    counts = (len(analyse_question(question, known).words) for known in _LANGUAGES)
    return len(analyse_question(question, language).words) if language is not Language.OTHER else min(counts)


_LANGUAGES = (Language.CROATIAN, Language.ENGLISH)
