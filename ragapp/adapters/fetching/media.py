"""What may be at an address, and the file name it gets."""

from pathlib import PurePosixPath
from urllib.parse import unquote

from ragapp.adapters.fetching.urls import WebAddress

_OFFICE = "application/vnd.openxmlformats-officedocument"
_EXTENSIONS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    f"{_OFFICE}.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "message/rfc822": ".eml",
}
_UNDECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
DOCUMENT_TYPES = frozenset({*_EXTENSIONS, *_UNDECLARED, "text/plain"})
SITEMAP_TYPES = frozenset(
    {"application/xml", "text/xml", "text/plain", "application/rss+xml", "application/gzip", "application/x-gzip"}
)
_LONGEST_STEM = 100


def media_type_of(content_type: str) -> str:
    """Return a `Content-Type` without its parameters, lowercase."""
    return content_type.partition(";")[0].strip().lower()


def filename_for(address: WebAddress, media_type: str) -> str:
    """Return a file name whose extension says what the server said; a plain text keeps the one of the address."""
    last = PurePosixPath(unquote(address.name, errors="replace").replace("/", "_"))
    own = last.suffix.lower() if len(last.suffix) <= 10 else ""
    known = _EXTENSIONS.get(media_type)
    extension = known or own or (".txt" if media_type == "text/plain" else "")
    stem = (last.stem if own else str(last)).strip(". ") or address.host
    return stem[:_LONGEST_STEM] + extension
