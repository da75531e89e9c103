"""What an answer says that its cited passages do not hold: numbers, dates, codes and names."""

import re
from collections.abc import Iterator, Sequence

from ragapp.core.evidence import Passage, Source, Unsupported, UnsupportedKind
from ragapp.core.folding import fold
from ragapp.rag.identifiers import codes_of, tells_one_thing
from ragapp.rag.language import detect_language
from ragapp.rag.sentences import split_sentences
from ragapp.rag.types import Language
from ragapp.rag.values import Values, find_values, values_of
from ragapp.rag.words import is_stop_word

_MARKER = re.compile(r"\[(\d{1,3})\]")
_FENCE = re.compile(r"(?ms)^\s*(```|~~~).*?(?:^\s*\1\s*$|\Z)")
_ITEM_NUMBER = re.compile(r"(?m)^[ \t]*(?:\d{1,3}[.)]|#{1,6})[ \t]+")
_CODE = re.compile(r"(?<![\w@])[^\W_]+(?:[-/._][^\W_]+)*(?!\w)")
_NAME = re.compile(r"(?<!\w)[A-ZČĆŠŽĐ][\w’'-]*(?:[ \u00a0][A-ZČĆŠŽĐ][\w’'-]*)*")
_BEGINS = re.compile(r"(?:^|[.!?:;]|[-*•–>|\n\"„“(])[\s*_\"„“(]*$")
_WORD = re.compile(r"\w+")
_SHORTEST_NAME = 3
_SHORTEST_ACRONYM = 5
_COMMON_NUMBER = 1.0


def find_unsupported(
    answer: str, language: Language, sources: Sequence[Source], question: str = ""
) -> tuple[Unsupported, ...]:
    """Return the numbers, dates, codes and names of an answer that are not in the passages it cites, in order.

    A sentence answers for the passages it cites itself; one that cites none for all that the answer cites. Numbers and
    dates are compared by value, names by their beginnings, since Croatian bends them. Names are left alone where the
    passages are in another language: there they may be translated. What the question says needs no source.

    Args:
        answer: Markdown with `[n]` markers.
        language: Of the answer.
        sources: Its sources; without any, nothing is said about it.
        question: As asked.
    """
    if not sources:
        return ()
    blank = _blanked(answer)
    found: list[Unsupported] = []
    for start, end in _stretches(blank, language):
        cited = {int(number) for number in _MARKER.findall(answer[start:end])}
        passages = [source.passage for source in sources if not cited or source.n in cited]
        held = _Held(passages or [source.passage for source in sources], question, language)
        for first, last, kind in _claims(blank[start:end], held):
            found.append(Unsupported(start + first, start + last, answer[start + first : start + last], kind))
    return tuple(sorted(found, key=lambda one: one.start))


class _Held:
    """What passages and the question hold, ready to be compared."""

    def __init__(self, passages: Sequence[Passage], question: str, language: Language) -> None:
        parts = [f"{p.document_title}\n{p.heading}\n{' '.join(p.columns)}\n{p.text}" for p in passages]
        text = "\n".join([*parts, question])
        self.values: Values = values_of(text)
        self.codes = frozenset(codes_of(text))
        self.words = " ".join(["", *_WORD.findall(fold(text))])
        others = {passage.language or detect_language(passage.text).value for passage in passages}
        self.compares_names = others == {language.value}
        self.language = language


def _claims(text: str, held: _Held) -> Iterator[tuple[int, int, UnsupportedKind]]:
    codes = [match.span() for match in _CODE.finditer(text) if _is_code(match.group())]
    for start, end in codes:
        if held.codes.isdisjoint(codes_of(text[start:end])):
            yield start, end, UnsupportedKind.CODE
    values = list(find_values(text))
    for value in values:
        inside_code = any(start < value.end and value.start < end for start, end in codes)
        if inside_code or value.numbers == {_COMMON_NUMBER} or value.agrees_with(held.values):
            continue
        yield value.start, value.end, UnsupportedKind.DATE if value.dates else UnsupportedKind.NUMBER
    if held.compares_names:
        taken = [*codes, *((value.start, value.end) for value in values)]
        for first, last in _names(text, held):
            if not any(start < last and first < end for start, end in taken):
                yield first, last, UnsupportedKind.NAME


def _names(text: str, held: _Held) -> Iterator[tuple[int, int]]:
    """Yield proper names that are nowhere: capital letters inside a sentence, or two of them in a row."""
    for match in _NAME.finditer(text):
        words = match.group().replace("\u00a0", " ").split(" ")
        start = match.start()
        if _BEGINS.search(text[: match.start()]) and (
            len(words) == 1 or is_stop_word(fold(words[0]), held.language) or len(words) > 3
        ):
            start += len(words[0]) + 1
            words = words[1:]
        missing = [word for word in words if _tells(word) and not _is_held(word, held)]
        if missing and len(missing) == len([word for word in words if _tells(word)]):
            yield start, match.end()


def _tells(word: str) -> bool:
    is_acronym = word.isupper() and len(word) < _SHORTEST_ACRONYM
    return len(word) >= _SHORTEST_NAME and not is_acronym


def _is_held(word: str, held: _Held) -> bool:
    folded = re.sub(r"\W.*", "", fold(word))
    if is_stop_word(folded, held.language):
        return True
    return f" {folded[: max(_SHORTEST_NAME, len(folded) - 2)]}" in held.words


def _is_code(run: str) -> bool:
    has_letter, has_digit = any(map(str.isalpha, run)), any(map(str.isdigit, run))
    return has_letter and has_digit and any(map(tells_one_thing, codes_of(run)))


def _blanked(answer: str) -> str:
    """Return the answer with markers, code and the numbers of items blank, every other character in its place."""
    for pattern in (_FENCE, _MARKER, _ITEM_NUMBER):
        answer = pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), answer)
    return answer


def _stretches(blank: str, language: Language) -> list[tuple[int, int]]:
    """Return the sentences, each up to where the next begins, so that a marker behind a full stop belongs to it."""
    starts = [start for start, _ in split_sentences(blank, language)]
    return list(zip(starts, [*starts[1:], len(blank)], strict=True))
