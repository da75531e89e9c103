"""Text without the marks of Markdown: what a reader would read aloud."""

import re

_ATTRIBUTES = re.compile(r"[ \t]*\{[#.][^{}\n]*\}[ \t]*$", re.MULTILINE)
_LINE_MARKS = re.compile(r"^[ \t]{0,3}(?:#{1,6}|(?:>[ \t]?)+)[ \t]+", re.MULTILINE)
_RULES = re.compile(r"^[ \t]*(?:\|?[ \t]*:?-{3,}:?[ \t]*)+\|?[ \t]*$\n?|^[ \t]*(?:```|~~~)[^\n]*$\n?", re.MULTILINE)
_ROW_EDGES = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)
_LINKS = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*(?:\s+\"[^\"\n]*\")?\)")
_EMPHASIS = re.compile(r"(?<![\w*_])(\*{1,3}|_{1,3})(?=\S)([^*_\n]+?)(?<=\S)\1(?![\w*_])")
_CODE = re.compile(r"`([^`\n]+)`")


def without_marks(text: str) -> str:
    """Return the text without heading marks, attributes, emphasis, code ticks, link targets and table edges.

    Words, punctuation and line breaks stay; marks inside words (`snake_case`, `2*3*4`) are none.
    """
    text = _RULES.sub("", text)
    text = _LINE_MARKS.sub("", _ATTRIBUTES.sub("", text))
    text = _CODE.sub(r"\1", _LINKS.sub(r"\1", _ROW_EDGES.sub("", text)))
    return _EMPHASIS.sub(r"\2", text).strip()
