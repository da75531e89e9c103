"""What a file is, from its name and its bytes, which must agree; what the sender says only helps a nameless one.

Standard library only, bounded reads, nothing inflated: this runs in the serving process.
"""

import mmap
import re
import struct
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ragapp.adapters.parsers.encoding import decode_sample, looks_binary
from ragapp.adapters.parsers.formats import FORMATS, Content, Format
from ragapp.core.errors import EmptyFile, FileTypeMismatch, StorageUnavailable, UnsupportedFileType
from ragapp.core.file_types import FILE_TYPES, PLAIN

_HEAD_BYTES = 64 * 1024
_TAIL_BYTES = 64 * 1024 + 22
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE_START = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage"
_STATED, _STATED_WITHIN = b"mimetypeapplication/", 128
_RTF_START = b"{\\rtf"
_FOREIGN_STARTS = (
    b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF", b"MZ\x90", b"\x1f\x8b", b"\xfd7zXZ", b"7z\xbc\xaf", b"SQLite format 3\0",
    _RTF_START, _OLE_START, *_ZIP_STARTS,
)  # fmt: skip
# Starts made of letters, which a text may begin with as well: what follows tells the two apart.
_LETTERED_STARTS = re.compile(
    rb"GIF8[79]a(?![\s.,:;)])|%PDF-\d\.\d[\s\S]{0,4096}?\d \d+ obj\b"
    rb"|(?:BZh|Rar!|RIFF|ID3|OggS|%PDF-)[\s\S]{0,40}?[\x00-\x08\x0e-\x1a]"
)
# What the first bytes of an Office, OpenDocument or EPUB archive hold, even when its end is lost.
_FIRST_MEMBERS = (b"[Content_Types].xml", b"mimetypeapplication/")
# A page begins with tags one after the other; a text about pages goes on in words.
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype html[^>]*>|<html\b[^>]*>)\s*(?:<!--.*?-->\s*)*<[a-z!]",
    re.IGNORECASE | re.DOTALL,
)
_HEADER_LINE = re.compile(r"(?:\s*|From [^\n]*\n)[A-Za-z][A-Za-z0-9-]{0,75}:")
_DIRECTORY_END = struct.Struct("<4s4H2IH")
_DIRECTORY_ENTRY = struct.Struct("<4s6H3I5H2I")
_MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
_NAMES_OF = {known.media_type: {known.media_type, *known.also_declared} for known in FILE_TYPES}
_UNMISTAKABLE = frozenset(
    {Content.PDF, Content.ARCHIVE, Content.OLE, Content.PICTURE, Content.FILES, Content.RICH_TEXT}
)
_NO_EXTENSION = re.compile(r"\.(?:[\d\s.]*|.*\s.*)")


def identify_file(path: Path, *, filename: str, declared_type: str | None) -> str:
    """Return the media type of the file at `path`.

    Args:
        path: The bytes.
        filename: The sender's name for it; only its extension is looked at.
        declared_type: The sender's media type: advice, which helps where the name has no extension.

    Raises:
        EmptyFile: no bytes.
        UnsupportedFileType: no parser for the extension or, where there is none, for the content.
        FileTypeMismatch: content and extension disagree.
        StorageUnavailable: the file cannot be opened.
    """
    try:
        head, tail = _read_ends(path)
    except OSError as error:
        raise StorageUnavailable(details={"errno": error.errno}) from error
    if not head:
        raise EmptyFile
    extension = _extension_of(filename)
    candidates = _named(extension) if extension else _nameless(declared_type, head)
    for claimed in candidates:
        if _content_agrees(claimed, path, head, tail):
            return claimed.content_type
    if extension:
        raise FileTypeMismatch(details={"extension": extension[:16]})
    raise UnsupportedFileType


def _read_ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        return head, file.read()


def _extension_of(filename: str) -> str:
    """Return the extension of a name; what only follows a full stop in it, as in "No. 12", is none."""
    extension = PurePosixPath(filename.replace("\\", "/")).suffix.lower()
    return "" if extension and _NO_EXTENSION.fullmatch(extension) else extension


def _named(extension: str) -> Sequence[Format]:
    """Return the formats of files with that extension.

    Raises:
        UnsupportedFileType: no parser reads them.
    """
    named = [known for known in FORMATS if extension in known.extensions]
    if not named:
        raise UnsupportedFileType(details={"extension": extension[:16]})
    return named


def _nameless(declared_type: str | None, head: bytes) -> Sequence[Format]:
    """Return what a file without an extension may be, in the order to try: as its sender says, or as its bytes look."""
    stated = (declared_type or "").split(";")[0].strip().lower()
    return [
        *(known for known in FORMATS if stated in _NAMES_OF.get(known.content_type, ())),
        *(known for known in FORMATS if known.content in _UNMISTAKABLE),
        *(known for known in FORMATS if known.content is Content.HTML_TEXT and _starts_as_html(head)),
        *(known for known in FORMATS if known.content_type == PLAIN),
    ]


def _content_agrees(claimed: Format, path: Path, head: bytes, tail: bytes) -> bool:
    match claimed.content:
        case Content.PDF:
            return head.lstrip(b"\xef\xbb\xbf\x00\t\r\n\x0c ").startswith(b"%PDF-") and not _ends_as_archive(tail)
        case Content.ARCHIVE:
            if head.startswith(_OLE_START):
                return _holds_name(path, _ENCRYPTED_PACKAGE)
            return (
                head.startswith(_ZIP_STARTS)
                and _states(claimed, head)
                and _holds_member(claimed.member, path, head, tail)
            )
        case Content.OLE:
            return head.startswith(_OLE_START) and _holds_name(path, claimed.member)
        case Content.PICTURE:
            return re.match(claimed.starts, head, re.DOTALL) is not None and not _ends_as_archive(tail)
        case Content.FILES:
            return head.startswith(_ZIP_STARTS) and _is_plain_archive(path, head, tail)
        case Content.RICH_TEXT:
            return head.lstrip().startswith(_RTF_START) and not _ends_as_archive(tail)
        case Content.MESSAGE:
            return _is_text(head) and _HEADER_LINE.match(decode_sample(head)) is not None
        case Content.HTML_TEXT:
            return _is_text(head) and "<" in decode_sample(head)
        case Content.TEXT:
            return _is_text(head) and not _starts_as_html(head)
        case Content.SOURCE:
            return _is_text(head)


def _holds_member(pattern: str, path: Path, head: bytes, tail: bytes) -> bool:
    """Whether an archive holds such a member; one too damaged to list passes, for the parser to say so."""
    names = _member_names(path, tail)
    return any(re.fullmatch(pattern, name) for name in names) or (
        not names and any(member in head for member in _FIRST_MEMBERS)
    )


def _is_plain_archive(path: Path, head: bytes, tail: bytes) -> bool:
    """Whether the file is an archive to its last byte, and no document that is packed as one."""
    packed = b"mimetypeapplication/" in head[:128] or "[Content_Types].xml" in _member_names(path, tail)
    return _ends_as_archive(tail) and not packed


def _is_text(head: bytes) -> bool:
    is_foreign = head.startswith(_FOREIGN_STARTS) or _LETTERED_STARTS.match(head) is not None
    return not is_foreign and not looks_binary(decode_sample(head))


def _starts_as_html(head: bytes) -> bool:
    return _HTML_START.match(decode_sample(head[:4096])) is not None


def _ends_as_archive(tail: bytes) -> bool:
    return _find_directory_end(tail) is not None


def _find_directory_end(tail: bytes) -> tuple[int, int] | None:
    """Return (size, offset) of an archive's central directory if the file ends in one."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _DIRECTORY_END.size:
        return None
    _, _, _, _, _, size, offset, comment_bytes = _DIRECTORY_END.unpack_from(tail, at)
    return (size, offset) if at + _DIRECTORY_END.size + comment_bytes == len(tail) else None


def _member_names(path: Path, tail: bytes) -> set[str]:
    found = _find_directory_end(tail)
    if found is None or found[0] > _MAX_DIRECTORY_BYTES:
        return set()
    with path.open("rb") as file:
        file.seek(found[1])
        directory = file.read(found[0])
    names, at = set(), 0
    while at + _DIRECTORY_ENTRY.size <= len(directory) and directory.startswith(b"PK\x01\x02", at):
        fields = _DIRECTORY_ENTRY.unpack_from(directory, at)
        name_bytes, extra_bytes, comment_bytes = fields[10:13]
        name_at = at + _DIRECTORY_ENTRY.size
        names.add(directory[name_at : name_at + name_bytes].decode("utf-8", "replace"))
        at = name_at + name_bytes + extra_bytes + comment_bytes
    return names


def _states(claimed: Format, head: bytes) -> bool:
    """Whether an archive says in its first member that it is of this format, if it says anything."""
    at = head.find(_STATED, 0, _STATED_WITHIN)
    return not claimed.states or at < 0 or head.startswith(claimed.states.encode(), at + len(b"mimetype"))


def _holds_name(path: Path, name: str) -> bool:
    """Whether an OLE file names such a stream: a message, or an Office document under a password for the parser."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(name.encode("utf-16-le")) >= 0
