"""Addresses out of a sitemap. Only the `loc` elements are looked at, by pattern: nothing of the XML is expanded."""

import html
import re
import zlib
from urllib.parse import urlsplit

_INDEX = re.compile(r"<sitemapindex[\s>]", re.IGNORECASE)
_LOCATION = re.compile(r"<(?:[a-z]+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,2000}?)\s*(?:\]\]>)?\s*</", re.IGNORECASE)
_GZIP_START = b"\x1f\x8b"
_MOST_BYTES = 50 * 1024 * 1024


def read_sitemap(content: bytes, base: str, *, limit: int) -> tuple[list[str], bool]:
    """Return the addresses of a sitemap, without repeats, and whether they are of further sitemaps.

    Args:
        content: The sitemap: XML, gzipped XML, or one address a line.
        base: Where it was read; only addresses of the same host count, as the format's rules say.
        limit: Most addresses to return.
    """
    text = _unpack(content).decode("utf-8", "replace")
    found = _LOCATION.findall(text) if "<" in text else text.split()
    host = _host_of(base)
    addresses = dict.fromkeys(html.unescape(address) for address in found)
    return [address for address in addresses if _host_of(address) == host][:limit], bool(_INDEX.search(text))


def _unpack(content: bytes) -> bytes:
    if not content.startswith(_GZIP_START):
        return content
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(content, _MOST_BYTES)
    except zlib.error:
        return b""


def _host_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None
