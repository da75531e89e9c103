"""Subtitles (SubRip and WebVTT): what is said, sentence by sentence, each with the time at which it begins."""

import html
import re

from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.core.errors import ParseFailed
from ragapp.rag.types import ParsedDocument

_CUE = re.compile(r"\s*((?:\d{1,3}:)?\d{1,2}:\d{2})[.,]\d{1,3}\s*-->\s*(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}")
_SPEAKER = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,100})>")
_TAG = re.compile(r"</?[A-Za-z0-9][^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_SENTENCE_END = re.compile(r"[.!?…][\"'”»)]*$")
_MAX_SENTENCE_CHARS = 400


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the spoken text; cues that go on in the next one are joined, repeated ones are left out.

    Raises:
        ParseFailed: it has no cues.
    """
    builder, blocks = TextBuilder(limits), re.split(r"\n\s*\n", clean(decode_text(data)))
    begun, pieces, last, is_first, found = "", [], "", True, False
    for time, text in map(_cue, blocks):
        found = found or bool(time)
        if not time or not text or text == last:
            continue
        begun, last = begun or time, text
        pieces.append(text)
        if _SENTENCE_END.search(text) or sum(map(len, pieces)) > _MAX_SENTENCE_CHARS:
            builder.add_row(f"{begun} {' '.join(pieces)}", first=is_first)
            begun, pieces, is_first = "", [], False
    if pieces:
        builder.add_row(f"{begun} {' '.join(pieces)}", first=is_first)
    if not found:
        raise ParseFailed
    return builder.build()


def _cue(block: str) -> tuple[str, str]:
    """Return the start time and the text of a cue; no time for a block that is none."""
    lines = block.strip("\n").split("\n")
    for number, line in enumerate(lines[:2]):
        if found := _CUE.match(line):
            said = " ".join(lines[number + 1 :])
            said = _TAG.sub("", _SPEAKER.sub(r"\1: ", said))
            return found[1], " ".join(html.unescape(said).split())
    return "", ""
