"""Builder of Outlook messages: a compound file with the properties that a mail has."""

import struct
from collections.abc import Mapping, Sequence

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STRING, _BINARY, _NUMBER = 0x001F, 0x0102, 0x0003
_Tree = Mapping[str, "bytes | _Tree"]


def make_msg(
    *,
    subject: str = "",
    sender: str = "",
    to: str = "",
    body: str = "",
    html: bytes = b"",
    headers: str = "",
    attachments: Sequence[tuple[str, bytes, str]] = (),
) -> bytes:
    """Return a message with attachments given as (name, content, content id)."""
    values: dict[tuple[int, int], bytes] = {
        (0x001A, _STRING): "IPM.Note".encode("utf-16-le"),
        (0x0037, _STRING): subject.encode("utf-16-le"),
        (0x0C1F, _STRING): sender.encode("utf-16-le"),
        (0x0E04, _STRING): to.encode("utf-16-le"),
        (0x007D, _STRING): headers.encode("utf-16-le"),
        (0x1000, _STRING): body.encode("utf-16-le"),
        (0x1013, _BINARY): html,
    }
    head = struct.pack("<8x4I8x", 0, len(attachments), 0, len(attachments))
    tree: dict[str, bytes | _Tree] = dict(_properties(head, values))
    for number, (name, content, content_id) in enumerate(attachments):
        held = {
            (0x3707, _STRING): name.encode("utf-16-le"),
            (0x3701, _BINARY): content,
            (0x3712, _STRING): content_id.encode("utf-16-le"),
        }
        tree[f"__attach_version1.0_#{number:08X}"] = _properties(bytes(8), held)
    return make_compound_file(tree)


def _properties(head: bytes, values: Mapping[tuple[int, int], bytes]) -> dict[str, bytes | _Tree]:
    kept = {key: value for key, value in values.items() if value}
    entries = b"".join(
        struct.pack("<HHIII", kind, pid, 6, len(value) + 2 * (kind == _STRING), 0)
        for (pid, kind), value in kept.items()
    )
    streams = {f"__substg1.0_{pid:04X}{kind:04X}": value for (pid, kind), value in kept.items()}
    return {"__properties_version1.0": head + entries, **streams}


def make_compound_file(tree: _Tree) -> bytes:
    """Return a compound file (OLE) with those streams, and storages as mappings."""
    entries: list[list[object]] = []
    mini, large = bytearray(), []
    _add("Root Entry", 5, tree, entries, mini, large)
    sectors: list[bytes] = []
    chains: list[int] = []

    def store(data: bytes) -> int:
        first = len(sectors)
        pieces = [data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR)]
        sectors.extend(pieces)
        chains.extend([*range(first + 1, first + len(pieces)), _END][: len(pieces)])
        return first if pieces else _END

    for entry, data in large:
        entry[5] = store(data)
    mini_chain = [number + 1 for number in range(len(mini) // _MINI)]
    for entry in entries:
        if entry[1] == 2 and isinstance(entry[7], int):  # streams in the small sectors end their chains there
            mini_chain[entry[7] - 1] = _END
    entries[0][5], entries[0][6] = store(bytes(mini)), len(mini)
    mini_fat_count = -(-len(mini_chain) // 128)
    mini_fat = store(_numbers(mini_chain).ljust(mini_fat_count * _SECTOR, b"\xff"))
    directory = store(b"".join(map(_entry, entries)))
    fat_count = 1
    while fat_count * 128 < len(sectors) + fat_count:
        fat_count += 1
    first_fat = len(sectors)
    table = [*chains, *([_FAT] * fat_count)]
    fat = _numbers(table).ljust(fat_count * _SECTOR, b"\xff")
    listed = [first_fat + number for number in range(fat_count)]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += _numbers([0, fat_count, directory, 0, _CUTOFF, mini_fat, mini_fat_count, _END, 0])
    header += _numbers(listed).ljust(436, b"\xff")
    return header + b"".join(sectors) + fat


def _numbers(values: Sequence[int]) -> bytes:
    return b"".join(struct.pack("<I", each) for each in values)


def _add(
    name: str,
    kind: int,
    content: "bytes | _Tree",
    entries: list[list[object]],
    mini: bytearray,
    large: list[tuple[list[object], bytes]],
) -> int:
    """Add an entry and what is below it: [name, kind, next, child, unused, start, size, end in the small sectors]."""
    number = len(entries)
    entry: list[object] = [name, kind, _FREE, _FREE, 0, _END, 0, None]
    entries.append(entry)
    if isinstance(content, bytes):
        entry[6] = len(content)
        if len(content) >= _CUTOFF:
            large.append((entry, content))
        elif content:
            entry[5] = len(mini) // _MINI
            mini += content.ljust(-(-len(content) // _MINI) * _MINI, b"\0")
            entry[7] = len(mini) // _MINI
        return number
    last: list[object] | None = None
    for below, inner in content.items():
        child = _add(below, 2 if isinstance(inner, bytes) else 1, inner, entries, mini, large)
        if last is None:
            entry[3] = child
        else:
            last[2] = child
        last = entries[child]
    return number


def _entry(entry: list[object]) -> bytes:
    name, kind, following, child, _, start, size, _ = entry
    encoded = (str(name) + "\0").encode("utf-16-le")
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded), kind, 1, _FREE, following, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
