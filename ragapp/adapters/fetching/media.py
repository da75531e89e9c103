"""What may be at an address, and the file name it gets."""

from pathlib import PurePosixPath
from urllib.parse import unquote

from ragapp.adapters.fetching.urls import WebAddress
from ragapp.core.file_types import FILE_TYPES, JPEG, PLAIN, PNG, TIFF, WEBP, ZIP, extensions_by_media_type

# A page of the web may be any of them but a picture or an archive.
_NOT_FETCHED = frozenset({PNG, JPEG, TIFF, WEBP, ZIP, PLAIN})
_EXTENSIONS = {
    name: extension
    for name, extension in extensions_by_media_type().items()
    if extension not in {known.extensions[0] for known in FILE_TYPES if known.media_type in _NOT_FETCHED}
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
