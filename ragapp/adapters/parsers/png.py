"""The one kind of PNG we write: 8-bit RGB, no interlacing."""

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 2


def encode_png(pixels: bytes, width: int, height: int, *, stride_bytes: int) -> bytes:
    """Return a PNG of rows of RGB pixels.

    Args:
        pixels: `height` rows of `stride_bytes` bytes, of which the first `3 * width` are pixels.
        width: In pixels.
        height: In pixels.
        stride_bytes: Distance between rows.

    Source: PNG (Third Edition), W3C Recommendation, chapters 5 and 11.
    """
    view = memoryview(pixels).cast("B")
    # Each row is preceded by its filter type: 0, none.
    rows = b"".join(b"\0" + bytes(view[at : at + 3 * width]) for at in range(0, height * stride_bytes, stride_bytes))
    header = struct.pack("!2I5B", width, height, 8, _RGB, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
