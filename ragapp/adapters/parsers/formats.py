"""The formats that can be read. A new one is a file with a `parse` function and one line here."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import BinaryIO, Protocol, cast

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import UnsupportedFileType
from ragapp.core.lifecycle import ARCHIVE_TYPE
from ragapp.rag.types import ArchiveMember, ParsedDocument

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
RTF = "application/rtf"
EPUB = "application/epub+zip"
EML = "message/rfc822"
CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
ZIP = ARCHIVE_TYPE

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
    PICTURE = auto()
    FILES = auto()


@dataclass(frozen=True, slots=True)
class Format:
    """One readable format: `module` holds `parse(data, limits)`; `also_declared` are other names senders use.

    `member` is the name, as a regular expression, of a part that only an archive of this format holds, and `starts` how
    the bytes of a picture begin. `members` is the module that takes out the files inside a file:
    it holds `list_members(file, limits)` and `open_member(file, limits, number)`.
    """

    content_type: str
    module: str
    content: Content
    extensions: frozenset[str]
    also_declared: frozenset[str] = frozenset()
    member: str = ""
    starts: bytes = b""
    members: str = ""


_ARCHIVE_NAMES = frozenset({"application/zip", "application/x-zip-compressed"})
_SOURCE_EXTENSIONS = frozenset(
    {
        *(".py", ".js", ".jsx", ".mjs", ".ts", ".tsx", ".java", ".kt", ".c", ".h", ".cpp", ".hpp", ".cs", ".go", ".rs"),
        *(".rb", ".php", ".sql", ".sh", ".css", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".xml", ".log"),
    }
)
_SOURCE_NAMES = frozenset(
    {
        *("text/x-python", "text/x-script.python", "application/x-python-code", "text/javascript", "text/typescript"),
        *("application/javascript", "application/x-javascript", "application/typescript", "text/x-java"),
        *("text/x-java-source", "text/x-kotlin", "text/x-c", "text/x-csrc", "text/x-chdr", "text/x-c++"),
        *("text/x-c++src", "text/x-c++hdr", "text/x-csharp", "text/x-go", "text/x-rust", "text/rust", "text/x-ruby"),
        *("application/x-ruby", "application/x-php", "application/x-httpd-php", "text/x-php", "text/php", "text/css"),
        *("application/sql", "application/x-sql", "text/x-sql", "application/x-sh", "application/x-shellscript"),
        *("text/x-sh", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "application/toml"),
        *("text/xml", "application/xml", "text/x-log", "text/x-ini"),
        # What browsers take a TypeScript file for.
        *("video/mp2t", "video/vnd.dlna.mpeg-tts"),
    }
)


def _picture(content_type: str, *extensions: str, starts: bytes, also_declared: str = "") -> Format:
    declared = frozenset({also_declared} - {""})
    return Format(
        content_type, "picture", Content.PICTURE, frozenset(extensions), declared, starts=starts
    )


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
    Format(
        PDF,
        "pdf",
        Content.PDF,
        frozenset({".pdf"}),
        frozenset({"application/x-pdf"}),
        members="pdf_attachments",
    ),
    Format(
        DOCX,
        "docx",
        Content.ARCHIVE,
        frozenset({".docx"}),
        _ARCHIVE_NAMES | {"application/msword"},
        member=r"word/document\d*\.xml",
    ),
    Format(
        XLSX,
        "xlsx",
        Content.ARCHIVE,
        frozenset({".xlsx"}),
        _ARCHIVE_NAMES | {"application/vnd.ms-excel"},
        member=r"xl/workbook\d*\.xml",
    ),
    Format(
        PPTX,
        "pptx",
        Content.ARCHIVE,
        frozenset({".pptx"}),
        _ARCHIVE_NAMES | {"application/vnd.ms-powerpoint"},
        member=r"ppt/presentation\d*\.xml",
    ),
    Format(ODT, "odt", Content.ARCHIVE, frozenset({".odt"}), _ARCHIVE_NAMES, member=r"content\.xml"),
    Format(
        RTF,
        "rtf",
        Content.RICH_TEXT,
        frozenset({".rtf"}),
        frozenset({"text/rtf", "text/richtext", "application/msword"}),
    ),
    Format(EPUB, "epub", Content.ARCHIVE, frozenset({".epub"}), _ARCHIVE_NAMES, member=r"META-INF/container\.xml"),
    Format(EML, "eml", Content.MESSAGE, frozenset({".eml"}), frozenset({"text/plain"})),
    Format(
        CSV,
        "delimited",
        Content.TEXT,
        frozenset({".csv"}),
        frozenset({"text/plain", "application/csv", "text/x-csv", "application/vnd.ms-excel"}),
    ),
    Format(TSV, "delimited", Content.TEXT, frozenset({".tsv", ".tab"}), frozenset({"text/plain"})),
    Format(JSON, "json", Content.TEXT, frozenset({".json"}), frozenset({"text/plain", "text/json"})),
    _picture(PNG, ".png", starts=rb"\x89PNG\r\n\x1a\n"),
    _picture(JPEG, ".jpg", ".jpeg", starts=rb"\xff\xd8\xff", also_declared="image/jpg"),
    _picture(TIFF, ".tif", ".tiff", starts=rb"II\*\x00|MM\x00\*", also_declared="image/tif"),
    _picture(WEBP, ".webp", starts=rb"RIFF.{4}WEBP"),
    # Its members become documents of their own; as a document it is never parsed.
    Format(
        ZIP, "", Content.FILES, frozenset({".zip"}), _ARCHIVE_NAMES | {"multipart/x-zip"}, members="zip_members"
    ),
    # Program text is plain text by any other name.
    Format(PLAIN, "plain", Content.SOURCE, _SOURCE_EXTENSIONS, _SOURCE_NAMES),
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
