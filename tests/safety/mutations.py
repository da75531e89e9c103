"""Valid files damaged in ways that keep most of their structure: parsers get past the door before they stumble.

Everything follows from a seed, so that a file that does harm can be made again.
"""

import io
import random
import re
import zipfile
from collections.abc import Callable

_NUMBER = re.compile(rb"\d+")
_XML_TAG = re.compile(rb"<[^<>]{1,200}>")
_PDF_PART = re.compile(rb"/[A-Za-z]+|\d+ 0 R|<<|>>|endobj|endstream|\bstream\b|xref|trailer")
_RTF_PART = re.compile(rb"\\[a-z]+-?\d*|[{}]")
_ODD_NUMBERS = (b"0", b"-1", b"1", b"255", b"65536", b"2147483647", b"4294967296", b"99999999999999999999")
_ODD_BYTES = (
    *(b"\0", b"\xff", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\r", b"\x1a", "\u202e".encode()),
    *(b"<", b"&", b'"', b"{", b"%"),
)

Mutation = Callable[[bytes, random.Random], bytes]


def mutate(data: bytes, seed: str, *, packed: bool) -> bytes:
    """Return the file with one to four changes; of an archive, inside a member or in its own structure."""
    chooser = random.Random(seed)
    for _ in range(chooser.randint(1, 4)):
        if packed and chooser.random() < 0.7:
            data = _mutate_member(data, chooser)
        else:
            data = chooser.choice(_MUTATIONS)(data, chooser)
    return data


def _mutate_member(data: bytes, chooser: random.Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info, archive.read(info)) for info in archive.infolist()]
    except Exception:  # an earlier change has made it unreadable, which is fine
        return chooser.choice(_MUTATIONS)(data, chooser)
    if not members:
        return data
    at = chooser.randrange(len(members))
    info, content = members[at]
    match chooser.randrange(8):
        case 0:
            del members[at]
        case 1:
            members[at] = info, chooser.choice(members)[1]
        case _:
            members[at] = info, chooser.choice(_MUTATIONS)(content, chooser)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for info, content in members:
            archive.writestr(info, content, info.compress_type)
    return buffer.getvalue()


def _flip(data: bytes, chooser: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chooser.randint(1, 12)):
        if changed:
            changed[chooser.randrange(len(changed))] ^= 1 << chooser.randrange(8)
    return bytes(changed)


def _slice(data: bytes, chooser: random.Random) -> tuple[int, int]:
    start = chooser.randrange(len(data) + 1)
    return start, min(len(data), start + chooser.choice((1, 8, 64, 512, 4096)))


def _cut(data: bytes, chooser: random.Random) -> bytes:
    start, end = _slice(data, chooser)
    return data[:start] + data[end:]


def _repeat(data: bytes, chooser: random.Random) -> bytes:
    start, end = _slice(data, chooser)
    return data[:end] + data[start:end] * chooser.choice((1, 2, 50)) + data[end:]


def _move(data: bytes, chooser: random.Random) -> bytes:
    start, end = _slice(data, chooser)
    rest = data[:start] + data[end:]
    at = chooser.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


def _tear(data: bytes, chooser: random.Random) -> bytes:
    return data[: chooser.randrange(len(data) + 1)]


def _insert(data: bytes, chooser: random.Random) -> bytes:
    at = chooser.randrange(len(data) + 1)
    return data[:at] + chooser.choice(_ODD_BYTES) * chooser.choice((1, 3, 2000)) + data[at:]


def _renumber(data: bytes, chooser: random.Random) -> bytes:
    return _replace_one(_NUMBER, data, chooser, lambda _: chooser.choice(_ODD_NUMBERS))


def _swap_parts(data: bytes, chooser: random.Random) -> bytes:
    pattern = chooser.choice((_XML_TAG, _PDF_PART, _RTF_PART))
    parts = pattern.findall(data[:200_000])
    return _replace_one(pattern, data, chooser, lambda _: chooser.choice(parts)) if parts else _flip(data, chooser)


def _nest_part(data: bytes, chooser: random.Random) -> bytes:
    pattern = chooser.choice((_XML_TAG, _PDF_PART, _RTF_PART))
    return _replace_one(pattern, data, chooser, lambda part: part * chooser.choice((2, 100, 3000)))


def _replace_one(
    pattern: re.Pattern[bytes], data: bytes, chooser: random.Random, new: Callable[[bytes], bytes]
) -> bytes:
    found = list(pattern.finditer(data[:200_000]))
    if not found:
        return _flip(data, chooser)
    part = chooser.choice(found)
    return data[: part.start()] + new(part[0]) + data[part.end() :]


_MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _cut, _repeat, _move, _tear, _insert),
    *(_renumber, _renumber, _swap_parts, _swap_parts, _nest_part),
)
