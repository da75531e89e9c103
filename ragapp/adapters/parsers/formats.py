"""The formats that can be read. A new one is a file with a `parse` function and one line here."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import cast

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import UnsupportedFileType
from ragapp.rag.types import ParsedDocument

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

ParseFunction = Callable[[bytes, ParseLimits], ParsedDocument]


class Content(Enum):
    """What kind of bytes a format is made of."""

    TEXT = auto()
    HTML_TEXT = auto()
    PDF = auto()
    WORD_ARCHIVE = auto()


@dataclass(frozen=True, slots=True)
class Format:
    """One readable format: `module` holds `parse(data, limits)`; `also_declared` are other names senders use."""

    content_type: str
    module: str
    content: Content
    extensions: frozenset[str]
    also_declared: frozenset[str] = frozenset()


FORMATS: tuple[Format, ...] = (
    Format(PLAIN, "plain", Content.TEXT, frozenset({".txt", ".text"})),
    Format(
        MARKDOWN,
        "markdown",
        Content.TEXT,
        frozenset({".md", ".markdown"}),
        frozenset({"text/x-markdown", "text/plain", "application/markdown"}),
    ),
    Format(
        HTML,
        "html",
        Content.HTML_TEXT,
        frozenset({".html", ".htm", ".xhtml"}),
        frozenset({"application/xhtml+xml"}),
    ),
    Format(PDF, "pdf", Content.PDF, frozenset({".pdf"}), frozenset({"application/x-pdf"})),
    Format(
        DOCX,
        "docx",
        Content.WORD_ARCHIVE,
        frozenset({".docx"}),
        frozenset({"application/zip", "application/x-zip-compressed", "application/msword"}),
    ),
)


def get_format(content_type: str) -> Format:
    """Return the format of a media type.

    Raises:
        UnsupportedFileType: no parser reads it.
    """
    for known in FORMATS:
        if known.content_type == content_type:
            return known
    raise UnsupportedFileType(details={"content_type": content_type})


def load_parse_function(content_type: str) -> ParseFunction:
    """Import the parser of a media type. Only the child process may call this: it loads parser libraries."""
    module = importlib.import_module(f"ragapp.adapters.parsers.{get_format(content_type).module}")
    return cast(ParseFunction, module.parse)
