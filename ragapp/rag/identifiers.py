"""Codes of things: part and case numbers, models, fault codes. A word says what a text is about, a code says which one.

A code is a run of letters and digits, parts joined by "-", "/", "." or "_", that is no amount, date, ordinal, range or
quantity with its unit. Codes are compared without case and joints: "INV-2026-1350" is "inv20261350".
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from ragapp.core.folding import fold
from ragapp.rag.references import without_references

_RUN = re.compile(r"(?<![\w@])[^\W_]+(?:[-/._][^\W_]+)*(?!\w)")
_JOINT = re.compile(r"[-/._]")
_SPACED = re.compile(r"(?<![\w-])([A-ZČĆŠŽĐ]{1,4}) (\d{2,6})(?![\w.,:/]*\w)")
_PART_OF_CODE = re.compile(r"[^\W\d_]+|\d+")
_UNIT = (
    r"(?:[kcmdµ]?m[23²³]?|[km]?g|t|[kmdc]?l|[kM]?wh?|[mk]?va?|m?ah?|[gmk]?hz|[kmgt]b|h|min|s|ms|x|c|f|k|kn|eur|usd|gbp"
    r"|e|am|pm|bar|rpm|db|ft|in|lb|oz|px|pt|bit|st|nd|rd|th|mph|kmh|ph)"
)
_NO_CODE = re.compile(
    rf"\d+{_UNIT}|\d+s|\d{{1,4}}[./]\d{{1,2}}(?:[./]\d{{1,4}})?|\d{{4}}-\d{{2}}-\d{{2}}(?:t\d+)?|\d{{1,4}}[-/.]\d{{1,4}}"
    r"|\d+(?:\.\d{3})+|\d{1,4}|[a-z]\.(?:[a-z]\.?)+",
    re.IGNORECASE,
)
_NUMBER_OF_YEAR = re.compile(r"\d{1,4}/(?:19|20)\d{2}")
_COUNTED = re.compile(r"\d+-[^\W\d_]{2,}")
_LONG_DIGITS = 5
_LONGEST = 40


def codes_of(text: str) -> list[str]:
    """Return the codes of a text, compact, in order of appearance, each once.

    A compound code stands for its beginnings as well, so that "BM-114" meets "BM-114/2025".
    """
    return list(dict.fromkeys(code for run in _runs(text) for code in _with_beginnings(run)))


def asked_codes(question: str) -> list[str]:
    """Return the codes a question names, whole ones only, in order of appearance, each once."""
    return list(dict.fromkeys(_compact(run) for run in _runs(question)))


def tells_one_thing(code: str) -> bool:
    """Return whether a compact code can stand for nothing but itself: it has letters and digits, or many digits."""
    digits = sum(character.isdigit() for character in code)
    return digits >= _LONG_DIGITS or 0 < digits < len(code)


def _runs(text: str) -> Iterator[str]:
    if not any(character.isdigit() for character in text):
        return
    text = without_references(text)
    for match in _RUN.finditer(text):
        if _is_code(match.group()):
            yield match.group()
        elif _JOINT.search(match.group()):
            yield from filter(_is_mixed, _JOINT.split(match.group()))
    for match in _SPACED.finditer(text):
        yield f"{match[1]}-{match[2]}"


@lru_cache(maxsize=50_000)
def _is_code(run: str) -> bool:
    if len(run) > _LONGEST or not any(character.isdigit() for character in run):
        return False
    if _NUMBER_OF_YEAR.fullmatch(run):
        return True
    if _NO_CODE.fullmatch(run) or _COUNTED.fullmatch(run):
        return False
    words = [part for part in _PART_OF_CODE.findall(run) if part.isalpha()]
    if not words:
        return sum(map(str.isdigit, run)) >= _LONG_DIGITS and "." not in run
    return all(len(word) <= 4 or word.isupper() for word in words)


def _is_mixed(part: str) -> bool:
    return _is_code(part) and _has_both(part)


def _with_beginnings(run: str) -> Iterator[str]:
    yield _compact(run)
    joints = [match.start() for match in _JOINT.finditer(run)]
    for end in joints[1:] if joints else ():
        if tells_one_thing(beginning := _compact(run[:end])) and _has_both(beginning):
            yield beginning


def _has_both(code: str) -> bool:
    return any(map(str.isalpha, code)) and any(map(str.isdigit, code))


def _compact(run: str) -> str:
    return fold(_JOINT.sub("", run))
