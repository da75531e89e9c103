"""The one list of what files are taken: media types, the extensions they come under, and what people call them."""

from collections.abc import Mapping
from dataclasses import dataclass

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
RESTRUCTURED = "text/x-rst"
TEX = "text/x-tex"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
RTF = "application/rtf"
EPUB = "application/epub+zip"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"
CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
NOTEBOOK = "application/x-ipynb+json"
SUBRIP = "application/x-subrip"
WEBVTT = "text/vtt"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
ZIP = "application/zip"


@dataclass(frozen=True, slots=True)
class FileType:
    """Files of one media type, read alike: what people call them, their extensions, and other names senders use."""

    media_type: str
    label: str
    extensions: tuple[str, ...]
    also_declared: frozenset[str] = frozenset()


def _declared(*names: str) -> frozenset[str]:
    return frozenset(names)


FILE_TYPES: tuple[FileType, ...] = (
    FileType(PDF, "PDF", (".pdf",), _declared("application/x-pdf")),
    FileType(DOCX, "Word", (".docx", ".docm", ".dotx", ".dotm")),
    FileType(XLSX, "Excel", (".xlsx", ".xlsm", ".xltx", ".xltm")),
    FileType(PPTX, "PowerPoint", (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")),
    FileType(ODT, "OpenDocument", (".odt", ".ott")),
    FileType(ODS, "OpenDocument", (".ods", ".ots")),
    FileType(ODP, "OpenDocument", (".odp", ".otp")),
    FileType(RTF, "RTF", (".rtf",), _declared("text/rtf", "text/richtext")),
    FileType(EPUB, "EPUB", (".epub",)),
    FileType(EML, "e-mail", (".eml",)),
    FileType(MSG, "e-mail", (".msg",)),
    FileType(HTML, "HTML", (".html", ".htm", ".xhtml"), _declared("application/xhtml+xml")),
    FileType(MARKDOWN, "Markdown", (".md", ".markdown"), _declared("text/x-markdown", "application/markdown")),
    FileType(CSV, "CSV", (".csv",), _declared("application/csv", "text/x-csv")),
    FileType(TSV, "CSV", (".tsv", ".tab")),
    FileType(JSON, "JSON", (".json",), _declared("text/json")),
    FileType(JSON_LINES, "JSON", (".jsonl", ".ndjson"), _declared("application/jsonl", "application/x-jsonlines")),
    FileType(NOTEBOOK, "notebooks", (".ipynb",)),
    FileType(SUBRIP, "subtitles", (".srt",), _declared("text/srt", "text/x-subrip")),
    FileType(WEBVTT, "subtitles", (".vtt",)),
    FileType(PLAIN, "text", (".txt", ".text")),
    FileType(RESTRUCTURED, "text", (".rst", ".rest"), _declared("text/prs.fallenstein.rst")),
    FileType(TEX, "text", (".tex",), _declared("application/x-tex", "application/x-latex")),
    FileType(
        PLAIN,
        "program text",
        (
            *(".py", ".js", ".jsx", ".mjs", ".ts", ".tsx", ".java", ".kt", ".c", ".h", ".cpp", ".hpp", ".cs", ".go"),
            *(".rs", ".rb", ".php", ".sql", ".sh", ".css", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".xml"),
            ".log",
        ),
    ),
    FileType(PNG, "pictures", (".png",)),
    FileType(JPEG, "pictures", (".jpg", ".jpeg"), _declared("image/jpg")),
    FileType(TIFF, "pictures", (".tif", ".tiff"), _declared("image/tif")),
    FileType(WEBP, "pictures", (".webp",)),
    FileType(ZIP, "ZIP", (".zip",), _declared("application/x-zip-compressed", "multipart/x-zip")),
)

EXTENSIONS: tuple[str, ...] = tuple(extension for known in FILE_TYPES for extension in known.extensions)
"""Every extension that is taken, lowercase, with its dot."""


def list_labels() -> str:
    """Return what people call the files that are taken, in one English phrase."""
    labels = list(dict.fromkeys(known.label for known in FILE_TYPES))
    return f"{', '.join(labels[:-1])} or {labels[-1]}"


def extensions_by_media_type() -> Mapping[str, str]:
    """Return the first extension of each media type, also under the other names that senders use."""
    found: dict[str, str] = {}
    for known in FILE_TYPES:
        for name in (known.media_type, *sorted(known.also_declared)):
            found.setdefault(name, known.extensions[0])
    return found
