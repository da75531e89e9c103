"""The bytes of an answer, unpacked under limits."""

import zlib
from collections.abc import AsyncIterator

from ragapp.core.errors import PageTooLarge, PageTypeRefused, SiteUnreachable

MOST_EXPANSION = 100
_PIECE_BYTES = 64 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


async def read_limited(raw: AsyncIterator[bytes], encoding: str, *, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield the unpacked bytes of an answer.

    Args:
        raw: The bytes as they were sent.
        encoding: Its `Content-Encoding`: none, gzip or deflate, once.
        max_bytes: Most bytes after unpacking.

    Raises:
        PageTooLarge: more than `max_bytes`, or more than 100 times what was sent.
        PageTypeRefused: another encoding. SiteUnreachable: the packing is damaged or cut.
    """
    sent = made = 0
    async for data, piece in _unpack(raw, encoding.strip().lower()):
        sent, made = sent + data, made + len(piece)
        if made > max_bytes or made > _PIECE_BYTES + MOST_EXPANSION * sent:
            raise PageTooLarge(details={"max_bytes": max_bytes})
        yield piece


async def _unpack(raw: AsyncIterator[bytes], encoding: str) -> AsyncIterator[tuple[int, bytes]]:
    """Yield how many sent bytes were used, and at most 64 KiB of what they make."""
    if encoding in ("", "identity"):
        async for data in raw:
            yield len(data), data
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise PageTypeRefused
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    async for data in raw:
        counted, rest = len(data), data
        while rest and not unpacker.eof:
            try:
                piece = unpacker.decompress(rest, _PIECE_BYTES)
            except zlib.error as error:
                raise SiteUnreachable from error
            yield counted, piece
            counted, rest = 0, unpacker.unconsumed_tail
    if not unpacker.eof:
        raise SiteUnreachable
