"""Text rules every format shares: NFC, line feeds, no control characters, no invisible hyphens."""

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060-\u2064]")
_SPACES = re.compile(r"\s+")


def clean_verbatim(text: str) -> str:
    """Return the text as written, in NFC, with line feeds as line ends and without control characters."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def clean(text: str) -> str:
    """Return `clean_verbatim` of the text without soft hyphens and zero-width spaces."""
    return clean_verbatim(_INVISIBLE.sub("", text))


def clean_inline(text: str) -> str:
    """Return the text on one line, cleaned, each run of white space as one space."""
    # Most cells of most tables: nothing to clean, and a million of them.
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", clean(text)).strip()
