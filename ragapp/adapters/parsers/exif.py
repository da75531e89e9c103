"""How a photograph was held: the orientation that cameras write into JPEG, PNG and WebP files."""

import struct
from collections.abc import Iterator

_ORIENTATION_TAG = 0x0112
_SHORT = 3
_MOST_PARTS = 1000
_JPEG_START, _PNG_START = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_EXIF_HEAD = b"Exif\0\0"
_APP1, _START_OF_SCAN = 0xE1, 0xDA


def read_orientation(data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; 1, upright, where none is stated or what is stated makes no sense."""
    for part in _exif_parts(data):
        found = _orientation_in(part.removeprefix(_EXIF_HEAD))
        if 1 <= found <= 8:
            return found
    return 1


def _exif_parts(data: bytes) -> Iterator[bytes]:
    if data.startswith(_JPEG_START):
        return _jpeg_parts(data)
    if data.startswith(_PNG_START):
        return _chunks(data, len(_PNG_START), b"eXIf", is_png=True)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _chunks(data, 12, b"EXIF", is_png=False)
    return iter(())


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    at = 2
    for _ in range(_MOST_PARTS):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] == _START_OF_SCAN:
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        if data[at + 1] == _APP1 and data.startswith(_EXIF_HEAD, at + 4):
            yield data[at + 4 : at + 2 + length]
        at += 2 + max(2, length)


def _chunks(data: bytes, start: int, wanted: bytes, *, is_png: bool) -> Iterator[bytes]:
    """Yield the wanted chunks of a PNG (length, name, content, checksum) or a WebP (name, length, content)."""
    at = start
    for _ in range(_MOST_PARTS):
        if at + 8 > len(data):
            return
        name = data[at + 4 : at + 8] if is_png else data[at : at + 4]
        (length,) = struct.unpack_from(">I", data, at) if is_png else struct.unpack_from("<I", data, at + 4)
        if name == wanted:
            yield data[at + 8 : at + 8 + length]
        at += 8 + length + (4 if is_png else length % 2)


def _orientation_in(exif: bytes) -> int:
    """Return the value of the tag in the first directory, 0 without one."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return 0
    (at,) = struct.unpack_from(order + "I", exif, 4)
    if at + 2 > len(exif):
        return 0
    (count,) = struct.unpack_from(order + "H", exif, at)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == _ORIENTATION_TAG and kind == _SHORT:
            return int(value)
    return 0
