"""Bytes to text for files that do not say, or misstate, how they are encoded."""

import codecs
import re

from ragapp.core.errors import ParseFailed

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 64 * 1024
_WIDE_ZERO_SHARE = 0.3
_CONTROL_SHARE = 0.02
_STRAY_CONTROLS = 4
_BINARY_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]{1,3}")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")

# Bytes by which the 8-bit alphabets differ. Č Ć Đ č ć đ stand at the same place in both Central European ones.
_CROATIAN_SHARED = b"\xc8\xc6\xd0\xe8\xe6\xf0"
_CROATIAN_1250 = b"\x8a\x8e\x9a\x9e"
_CROATIAN_8859 = b"\xa9\xae\xb9\xbe"
# Č č Ć ć Ž ž of DOS; the other alphabets have signs there, which do not touch a letter.
_CROATIAN_852 = re.compile(rb"[A-Za-z][\x9f\x86\xa7]|[\xac\x8f\xa6][A-Za-z]")
_WESTERN = b"\xc0\xc5\xca\xd1\xd5\xd8\xd9\xdb\xe0\xe3\xe5\xe9\xea\xec\xef\xf1\xf5\xf8\xf9\xfb"


def is_wide(data: bytes) -> bool:
    """Return whether a file is UTF-16 or UTF-32, by its mark or its zero bytes."""
    wide_marks = (mark for mark, name in _BOMS if name != "utf-8")
    return data.startswith(tuple(wide_marks)) or _wide_encoding(data[:_SAMPLE_BYTES]) is not None


def decode_text(data: bytes) -> str:
    """Return the text of a plain file.

    In this order: byte order mark, UTF-16 by its zero bytes, UTF-8, UTF-8 with a few broken bytes, then Windows-1250,
    ISO 8859-2, DOS 852 or Windows-1252 by the letters they would give; Windows-1250 on a tie. Bytes that mean nothing
    in the chosen encoding become U+FFFD.

    Raises:
        ParseFailed: whatever the encoding, this is not text.
    """
    text = _decode(data)
    if looks_binary(text):
        raise ParseFailed("This file does not contain readable text. Save it as UTF-8 text and upload it again.")
    return text


def decode_sample(data: bytes) -> str:
    """Return the text of the beginning of a file, which may end inside a character."""
    return _decode(data)


def looks_binary(text: str) -> bool:
    """Whether so many characters are controls or undecodable that this was never text."""
    sample = text[:_SAMPLE_BYTES]
    return len(_BINARY_CONTROLS.findall(sample)) > max(_STRAY_CONTROLS, _CONTROL_SHARE * len(sample))


def decode_as(data: bytes, name: str) -> str | None:
    """Return the text under a declared encoding, or None if it is unknown or does not fit."""
    try:
        codec = codecs.lookup(name)
        # Browsers read Latin-1 as its superset; and a codec that gives no text (hex, zip) is no declaration.
        return data.decode("cp1252" if codec.name in {"iso8859-1", "ascii"} else codec.name)
    except (LookupError, ValueError):
        return None


def _decode(data: bytes) -> str:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    wide = _wide_encoding(data[:_SAMPLE_BYTES])
    if wide:
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_narrow_encoding(data), "replace")


def _wide_encoding(sample: bytes) -> str | None:
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > _WIDE_ZERO_SHARE * half and even <= odd / 10:
        return "utf-16-le"
    if even > _WIDE_ZERO_SHARE * half and odd <= even / 10:
        return "utf-16-be"
    return None


def _narrow_encoding(data: bytes) -> str:
    sample = data[: 16 * _SAMPLE_BYTES]
    multibyte = sum(map(len, _MULTIBYTE.findall(sample)))
    if multibyte > 0.8 * len(_NOT_ASCII.findall(sample)):
        return "utf-8"
    dos = len(_CROATIAN_852.findall(sample))
    if dos > _count(sample, b"\xe8\xf0\xc8\xc6\xb9\xa9\x9a\x8a\x9e\x8e\xb3\xe9\xe0"):
        return "cp852"
    windows, iso = _count(sample, _CROATIAN_1250), _count(sample, _CROATIAN_8859)
    if _count(sample, _WESTERN) > windows + iso + _count(sample, _CROATIAN_SHARED):
        return "cp1252"
    return "iso8859-2" if iso > windows else "cp1250"


def _count(sample: bytes, letters: bytes) -> int:
    return sum(map(sample.count, (bytes([letter]) for letter in letters)))
