"""Finds the sentence of a passage that supports a claim."""

import re
from collections.abc import Sequence

from ragapp.rag.sentences import split_sentences
from ragapp.rag.types import Language
from ragapp.rag.words import TOKEN, normalise, stems_of_token

Unit = tuple[int, int, str]
"""Where a sentence or a row of a table stands in its passage, and how it is worded."""

_MARKERS = re.compile(r"\s*\[[0-9]+\]")
_HEADING = re.compile(r"#{1,6}\s|.*\{#[^{}\n]*\}\s*$")
_ITEM = re.compile(r"(?:[-*•–−▪]|[a-zčćšžđ]\)|\d+[.)])\s|.*:\s")
_LONGEST_HEADING = 8
_CLAIM_WINDOW_CHARS = 1_000
_TELLING_WORDS = 5
_EXCERPT_CHARS = 240


def last_sentence(text: str, language: Language) -> str:
    """Return the last sentence of an answer so far, without its citation markers; empty when there is none."""
    plain = _MARKERS.sub("", text[-_CLAIM_WINDOW_CHARS:])
    sentences = split_sentences(plain, language)
    return plain[slice(*sentences[-1])] if sentences else ""


def find_quote(
    passage: str, claim: str, language: Language, units: Sequence[Unit] | None = None
) -> tuple[int, int]:
    """Return where in `passage` the sentence stands that shares most words with `claim`.

    Sentences are scored by the Dice coefficient of their stems, so a long sentence does not win by length alone.

    Args:
        passage: The passage's text, verbatim.
        claim: What the answer says, in any wording.
        language: The language both are analysed in.
        units: What can be quoted of the passage, see `tables.quotable`; None for its sentences.

    Returns:
        Character offsets [start, end) into `passage`; the first sentence when nothing is shared, the whole passage when
        it has no sentence.
    """
    found = sentences_of(passage, language) if units is None else units
    if not found:
        return 0, len(passage)
    wanted = _stems(claim, language)
    return max(found, key=lambda unit: _dice(wanted, _stems(unit[2], language)))[:2]


def find_excerpt(
    passage: str, question: str, language: Language, units: Sequence[Unit] | None = None
) -> tuple[int, int]:
    """Return where in `passage` a reader best sees what it is about: its most fitting sentence that says something.

    Returns:
        Character offsets [start, end) into `passage`; headings and bare numbers are passed over where there is more.
    """
    found = sentences_of(passage, language) if units is None else units
    telling = [unit for unit in found if len(unit[2].split()) >= _TELLING_WORDS]
    if not telling:
        return _beginning(passage)
    wanted = _stems(question, language)
    return max(telling, key=lambda unit: _dice(wanted, _stems(unit[2], language)))[:2]


def sentences_of(passage: str, language: Language) -> list[Unit]:
    """Return the sentences of a passage without its headings, if that leaves any."""
    found = [(start, end, passage[start:end]) for start, end in split_sentences(passage, language)]
    return [unit for unit in found if not _is_heading(passage, unit)] or found


def _is_heading(passage: str, unit: Unit) -> bool:
    """Return whether a unit is marked as a heading, or is a short line of its own that no sign ends."""
    start, end, text = unit
    if _HEADING.match(text):
        return True
    stands_alone = passage[:start].endswith("\n") or start == 0
    is_line = stands_alone and passage[end : end + 1] == "\n" and "\n" not in text
    return is_line and text[-1].isalnum() and not _ITEM.match(text) and len(text.split()) <= _LONGEST_HEADING


def _beginning(passage: str) -> tuple[int, int]:
    if len(passage) <= _EXCERPT_CHARS:
        return 0, len(passage)
    return 0, max(passage.rfind(" ", 0, _EXCERPT_CHARS), _EXCERPT_CHARS // 2)


def _dice(left: frozenset[str], right: frozenset[str]) -> float:
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def _stems(text: str, language: Language) -> frozenset[str]:
    return frozenset(stem for token in TOKEN.findall(normalise(text)) for stem in stems_of_token(token, language))
