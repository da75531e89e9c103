"""The formats that can be read. A new one is a file with a `parse` function, a line here and in `core.file_types`."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import BinaryIO, Protocol, cast

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import UnsupportedFileType
from ragapp.core.file_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    FILE_TYPES,
    HTML,
    JPEG,
    JSON,
    JSON_LINES,
    MARKDOWN,
    MSG,
    NOTEBOOK,
    ODP,
    ODS,
    ODT,
    PDF,
    PLAIN,
    PNG,
    PPTX,
    RESTRUCTURED,
    RTF,
    SUBRIP,
    TEX,
    TIFF,
    TSV,
    WEBP,
    WEBVTT,
    XLSX,
    ZIP,
)  # fmt: skip
from ragapp.rag.types import ArchiveMember, ParsedDocument

ParseFunction = Callable[[bytes, ParseLimits], ParsedDocument]


class MembersModule(Protocol):
    """A module that takes out the files inside a file."""

    def list_members(self, file: BinaryIO, limits: ParseLimits) -> list[ArchiveMember]:
        """Return the files inside in order, each with its problem if it has one."""

    def open_member(self, file: BinaryIO, limits: ParseLimits, number: int) -> Iterator[bytes]:
        """Yield the bytes of member `number`, never more than its `size_bytes`."""


class Content(Enum):
    """What kind of bytes a format is made of."""

    TEXT = auto()
    SOURCE = auto()
    HTML_TEXT = auto()
    RICH_TEXT = auto()
    MESSAGE = auto()
    PDF = auto()
    ARCHIVE = auto()
    OLE = auto()
    PICTURE = auto()
    FILES = auto()


@dataclass(frozen=True, slots=True)
class Format:
    """One readable format: `module` holds `parse(data, limits)`.

    `member` is the name of a part that only an archive of this format holds, as a regular expression, or of a stream of
    an OLE file; `states` is the media type that an OpenDocument file or a book says in its first member. `starts` is
    how the bytes of a picture begin. `members` is the module that takes out the files inside a file:
    it holds `list_members(file, limits)` and `open_member(file, limits, number)`.
    """

    content_type: str
    module: str
    content: Content
    extensions: frozenset[str]
    member: str = ""
    states: str = ""
    starts: bytes = b""
    members: str = ""


def _format(
    content_type: str,
    module: str,
    content: Content,
    *,
    label: str = "",
    member: str = "",
    states: str = "",
    starts: bytes = b"",
    members: str = "",
) -> Format:
    types = [known for known in FILE_TYPES if known.media_type == content_type and label in ("", known.label)]
    extensions = frozenset(extension for known in types for extension in known.extensions)
    return Format(content_type, module, content, extensions, member, states, starts, members)


def _picture(content_type: str, starts: bytes) -> Format:
    return _format(content_type, "picture", Content.PICTURE, starts=starts)


FORMATS: tuple[Format, ...] = (
    _format(PLAIN, "plain", Content.TEXT, label="text"),
    _format(MARKDOWN, "markdown", Content.TEXT),
    _format(RESTRUCTURED, "restructured", Content.TEXT),
    _format(TEX, "tex", Content.TEXT),
    _format(HTML, "html", Content.HTML_TEXT),
    _format(PDF, "pdf", Content.PDF, members="pdf_attachments"),
    _format(DOCX, "docx", Content.ARCHIVE, member=r"word/document\d*\.xml"),
    _format(XLSX, "xlsx", Content.ARCHIVE, member=r"xl/workbook\d*\.xml"),
    _format(PPTX, "pptx", Content.ARCHIVE, member=r"ppt/presentation\d*\.xml"),
    _format(ODT, "odt", Content.ARCHIVE, member=r"content\.xml", states=ODT),
    _format(ODS, "ods", Content.ARCHIVE, member=r"content\.xml", states=ODS),
    _format(ODP, "odp", Content.ARCHIVE, member=r"content\.xml", states=ODP),
    _format(RTF, "rtf", Content.RICH_TEXT),
    _format(EPUB, "epub", Content.ARCHIVE, member=r"META-INF/container\.xml", states=EPUB),
    _format(EML, "eml", Content.MESSAGE, members="eml_attachments"),
    _format(MSG, "msg", Content.OLE, member="__properties_version1.0", members="msg_attachments"),
    _format(CSV, "delimited", Content.TEXT),
    _format(TSV, "delimited", Content.TEXT),
    _format(JSON, "json", Content.TEXT),
    _format(JSON_LINES, "json", Content.TEXT),
    _format(NOTEBOOK, "notebook", Content.TEXT),
    _format(SUBRIP, "subtitles", Content.TEXT),
    _format(WEBVTT, "subtitles", Content.TEXT),
    _picture(PNG, rb"\x89PNG\r\n\x1a\n"),
    _picture(JPEG, rb"\xff\xd8\xff"),
    _picture(TIFF, rb"II\*\x00|MM\x00\*"),
    _picture(WEBP, rb"RIFF.{4}WEBP"),
    # Its members become documents of their own; as a document it is never parsed.
    _format(ZIP, "", Content.FILES, members="zip_members"),
    # Program text is plain text by any other name.
    _format(PLAIN, "plain", Content.SOURCE, label="program text"),
)


_BY_TYPE = {known.content_type: known for known in reversed(FORMATS) if known.module}


def get_format(content_type: str) -> Format:
    """Return the format of a media type.

    Raises:
        UnsupportedFileType: no parser reads it.
    """
    found = _BY_TYPE.get(content_type)
    if found is None:
        raise UnsupportedFileType(details={"content_type": content_type})
    return found


def load_parse_function(content_type: str) -> ParseFunction:
    """Import the parser of a media type. Only the child process may call this: it loads parser libraries."""
    module = importlib.import_module(f"ragapp.adapters.parsers.{get_format(content_type).module}")
    return cast(ParseFunction, module.parse)


def load_members_module(content_type: str) -> MembersModule:
    """Import what takes the files out of a file of that type. In the child.

    Raises:
        UnsupportedFileType: files of that type hold none.
    """
    name = next((known.members for known in FORMATS if known.content_type == content_type), "")
    if not name:
        raise UnsupportedFileType(details={"content_type": content_type})
    return cast(MembersModule, importlib.import_module(f"ragapp.adapters.parsers.{name}"))

