"""Turns the `[n]` a model writes into citations that code has checked.

A marker is a bracket with passage numbers: `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `【1】`, `【1†source】`, `［１］`. It
reaches the reader as `[1]`, `[1][2]`, only with numbers that name a passage; other numbers are dropped and counted.
Code fences pass as they are: there a bracket is an index. Everything passes `LinkGuard`, so that no link looks like a
citation.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ragapp.core.events import CitationAdded, TextDelta
from ragapp.core.evidence import Passage, Source, source_url
from ragapp.core.ids import version_of
from ragapp.rag.link_guard import LinkGuard
from ragapp.rag.quotes import find_quote, last_sentence
from ragapp.rag.tables import quotable
from ragapp.rag.types import Language

_OPENING = "[【［"
_DIGIT = "[0-9０-９⁰¹²³⁴-⁹₀-₉]"
_NUMBERS = rf"{_DIGIT}+(?:\s*(?:[,;–-]|and|i)\s*{_DIGIT}+)*"
_MARKER = re.compile(rf"(?:\[\s*\^?\s*{_NUMBERS}\s*\]|【\s*{_NUMBERS}\s*(?:†[^】\n]*)?】|［\s*{_NUMBERS}\s*］)")
_BEGINNING = re.compile(rf"(?:\[\s*\^?|【|［)\s*(?:{_DIGIT}+\s*(?:(?:[,;–-]|and?|an|i)\s*)?)*(?:†[^】\n]*)?")
_ITEM = re.compile(r"([0-9]+)(?:\s*[–-]\s*([0-9]+))?")
_LONGEST_MARKER = 80
_LONGEST_RANGE = 20
_FENCE_LINE = re.compile(r"\s*(`{3,}|~{3,})")
_NO_SPACE_BEFORE = frozenset(".,;:!?)\n")
# `[1](address)` is a link and `[1]: address` a definition in markdown; neither may come from a model.
_MAKES_MARKER_A_LINK = frozenset("(:")

AnswerPiece = TextDelta | CitationAdded


class CitationStream:
    """Streams answer text through, resolving citation markers on the way.

    The concatenated `TextDelta`s equal `text`, however the input was cut into deltas. Text that may be the beginning of
    a marker is held back until it is one or is not.

    Args:
        passages: Passage i is cited as `[i + 1]`.
        language: The language of the answer, for finding the supporting sentence.
        question: Stands for the claim where a marker has no text before it.
    """

    def __init__(self, passages: Sequence[Passage], language: Language, *, question: str = "") -> None:
        self._passages = passages
        self._language = language
        self._question = question
        self._sources: dict[int, Source] = {}
        self._text = ""
        self._pieces: list[AnswerPiece] = []
        self._out = ""
        self._candidate = ""
        self._space = ""
        self._line = ""
        self._fence = ""
        self._after_marker = False
        self._after_dropped = False
        self._guard = LinkGuard()
        self.dropped_marker_count = 0

    @property
    def text(self) -> str:
        """Return everything handed out so far."""
        return self._text

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the cited passages in order of first citation."""
        return tuple(self._sources.values())

    def feed(self, delta: str) -> list[AnswerPiece]:
        """Take more text; return what may be shown. A `CitationAdded` precedes the delta with its first marker."""
        for character in delta:
            self._take(character)
        return self._hand_out()

    def finish(self) -> list[AnswerPiece]:
        """Return what was held back; call once, at the end of the text or when it breaks off.

        An unfinished marker at the very end is dropped, so that half a marker never stays in an answer.
        """
        if self._candidate and not any(character.isdigit() for character in self._candidate):
            self._release()
        self._candidate = ""
        self._space = ""
        self._out += self._guard.finish()
        return self._hand_out()

    def _take(self, character: str) -> None:
        if self._candidate:
            self._extend(character)
        elif character in _OPENING and not self._fence:
            self._candidate = character
        else:
            self._pass(character)

    def _extend(self, character: str) -> None:
        self._candidate += character
        if _MARKER.fullmatch(self._candidate):
            marker, self._candidate = self._candidate, ""
            self._resolve(marker)
        elif len(self._candidate) > _LONGEST_MARKER or not _BEGINNING.fullmatch(self._candidate):
            self._release()

    def _release(self) -> None:
        """The held text is no marker; its first character passes and the rest is looked at again."""
        held, self._candidate = self._candidate, ""
        self._pass(held[0])
        for character in held[1:]:
            self._take(character)

    def _pass(self, character: str) -> None:
        self._follow_fences(character)
        if character in " \t" and not self._fence:
            if not (self._after_dropped and self._space):
                self._space += character
            return
        if self._after_dropped and character in _NO_SPACE_BEFORE:
            self._space = ""
        elif self._after_marker and not self._space and character in _MAKES_MARKER_A_LINK:
            self._space = " "
        elif self._after_dropped and character not in _OPENING:
            # What stood around a dropped marker must not close up into a new one: `[[8]9]`.
            self._space = " "
        self._write(self._space + character)

    def _write(self, text: str) -> None:
        self._out += self._guard.feed(text)
        self._space = ""
        self._after_marker = self._after_dropped = False

    def _follow_fences(self, character: str) -> None:
        if character != "\n":
            self._line += character
            return
        fence = _FENCE_LINE.match(self._line)
        if not self._fence:
            self._fence = fence[1] if fence else ""
        elif self._line.strip().startswith(self._fence) and not self._line.strip().strip(self._fence[0]):
            self._fence = ""
        self._line = ""

    def _resolve(self, marker: str) -> None:
        known = [number for number in _numbers(marker) if self._knows(number)]
        for number in dict.fromkeys(known):
            self._cite(number)
        if known:
            self._after_marker = True
        else:
            self._after_dropped = True

    def _knows(self, number: int) -> bool:
        if 1 <= number <= len(self._passages):
            return True
        self.dropped_marker_count += 1
        return False

    def _cite(self, number: int) -> None:
        if number not in self._sources:
            self._sources[number] = self._source(number)
            self._pieces.append(CitationAdded(self._sources[number]))
        self._write(f"{self._space}[{number}]")

    def _source(self, number: int) -> Source:
        passage = self._passages[number - 1]
        claim = last_sentence(self._text + self._out + self._guard.held, self._language) or self._question
        units = quotable(passage, self._language) if passage.columns else None
        start, end = find_quote(passage.text, claim, self._language, units)
        first, last = passage.start + start, passage.start + end
        return Source(
            n=number,
            passage=passage,
            quote=passage.text[start:end],
            quote_start=first,
            quote_end=last,
            url=source_url(passage.document_id, passage.page, first, last, version_of(passage.chunk_id)),
        )

    def _hand_out(self) -> list[AnswerPiece]:
        pieces, self._pieces = self._pieces, []
        if self._out:
            pieces.append(TextDelta(self._out))
            self._text += self._out
            self._out = ""
        return pieces


def _numbers(marker: str) -> Iterator[int]:
    inside = unicodedata.normalize("NFKC", marker.split("†")[0])
    for first, last in _ITEM.findall(inside):
        start, end = _bounded(first), _bounded(last or first)
        yield from range(start, end + 1) if 0 <= end - start <= _LONGEST_RANGE else (start, end)


def _bounded(digits: str) -> int:
    """Return the number; a million for longer ones, which name no passage either way."""
    return int(digits) if len(digits) <= 6 else 10**6
