"""What a file is, from its bytes, its name and what the sender says: all three must agree.

Standard library only, bounded reads, nothing inflated: this runs in the serving process.
"""

import mmap
import re
import struct
from pathlib import Path, PurePosixPath

from ragapp.adapters.parsers.encoding import decode_sample, looks_binary
from ragapp.adapters.parsers.formats import FORMATS, Content, Format
from ragapp.core.errors import EmptyFile, FileTypeMismatch, StorageUnavailable, UnsupportedFileType

_HEAD_BYTES = 64 * 1024
_TAIL_BYTES = 64 * 1024 + 22
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE_START = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_RTF_START = b"{\\rtf"
_FOREIGN_STARTS = (
    b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x7fELF", b"MZ\x90", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"Rar!",
    b"7z\xbc\xaf", _RTF_START, b"RIFF", b"ID3", b"OggS", b"SQLite format 3", _OLE_START, *_ZIP_STARTS,
)  # fmt: skip
# What the first bytes of an Office, OpenDocument or EPUB archive hold, even when its end is lost.
_FIRST_MEMBERS = (b"[Content_Types].xml", b"mimetypeapplication/")
_HTML_STARTS = ("<!doctype html", "<html")
_HEADER_LINE = re.compile(r"(?:\s*|From [^\n]*\n)[A-Za-z][A-Za-z0-9-]{0,75}:")
_DIRECTORY_END = struct.Struct("<4s4H2IH")
_DIRECTORY_ENTRY = struct.Struct("<4s6H3I5H2I")
_MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
_UNDECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def identify_file(path: Path, *, filename: str, declared_type: str | None) -> str:
    """Return the media type of the file at `path`.

    Args:
        path: The bytes.
        filename: The sender's name for it; only its extension is looked at.
        declared_type: The sender's media type; parameters and generic types are ignored.

    Raises:
        EmptyFile: no bytes.
        UnsupportedFileType: no parser for the extension or the declared type.
        FileTypeMismatch: content, extension and declaration disagree.
        StorageUnavailable: the file cannot be opened.
    """
    try:
        head, tail = _read_ends(path)
    except OSError as error:
        raise StorageUnavailable(details={"errno": error.errno}) from error
    if not head:
        raise EmptyFile
    claimed = _by_extension(filename) or _by_declaration(declared_type)
    if claimed is None:
        raise UnsupportedFileType(details={"extension": PurePosixPath(filename).suffix[:16]})
    declared = _media_type(declared_type)
    if declared not in _UNDECLARED and declared != claimed.content_type and declared not in claimed.also_declared:
        raise FileTypeMismatch(details={"declared_type": declared[:100], "content_type": claimed.content_type})
    if not _content_agrees(claimed, path, head, tail):
        raise FileTypeMismatch(details={"content_type": claimed.content_type})
    return claimed.content_type


def _read_ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        return head, file.read()


def _by_extension(filename: str) -> Format | None:
    extension = PurePosixPath(filename.replace("\\", "/")).suffix.lower()
    known = next((known for known in FORMATS if extension in known.extensions), None)
    if extension and known is None:
        raise UnsupportedFileType(details={"extension": extension[:16]})
    return known


def _by_declaration(declared_type: str | None) -> Format | None:
    declared = _media_type(declared_type)
    return next((known for known in FORMATS if declared == known.content_type), None)


def _media_type(declared_type: str | None) -> str:
    return (declared_type or "").split(";")[0].strip().lower()


def _content_agrees(claimed: Format, path: Path, head: bytes, tail: bytes) -> bool:
    match claimed.content:
        case Content.PDF:
            return head.lstrip(b"\xef\xbb\xbf\x00\t\r\n\x0c ").startswith(b"%PDF-") and not _ends_as_archive(tail)
        case Content.ARCHIVE:
            if head.startswith(_OLE_START):
                return _holds_encrypted_package(path)
            return head.startswith(_ZIP_STARTS) and _holds_member(claimed.member, path, head, tail)
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
    return not head.startswith(_FOREIGN_STARTS) and not looks_binary(decode_sample(head))


def _starts_as_html(head: bytes) -> bool:
    return decode_sample(head[:1024]).lstrip().lower().startswith(_HTML_STARTS)


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


def _holds_encrypted_package(path: Path) -> bool:
    """Whether an OLE file is a password-protected Office document, which only the parser may refuse by its name."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(_ENCRYPTED_PACKAGE) >= 0
