"""The files in an uploaded archive: what they are called, which can be taken out, and their bytes."""

import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import BinaryIO

from ragapp.adapters.parsers.archive import inflate
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.member_names import MAX_NAME_CHARS, is_plain_name
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, InvalidFileName, NotFound, ParseFailed
from ragapp.rag.types import ArchiveMember, MemberProblem

_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
_UTF8_FLAG = 0x800
_UNIX = 3
_LOCAL_HEADER_BYTES = 30
_HANDLED_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_NESTED = frozenset(
    {
        *(".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst"),
        *(".jar", ".war", ".cab", ".iso"),
    }
)
# What systems leave in archives beside the files a person put there.
_LEFTOVERS = re.compile(r"(?:.*/)?(?:__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)")


def list_members(file: BinaryIO, limits: ParseLimits) -> list[ArchiveMember]:
    """Return the files of an archive in its order, each with its problem if it has one.

    Raises:
        ParseFailed: it is damaged, or members share bytes. DocumentTooComplex: more members or bytes than allowed.
    """
    infos = _open(file).infolist()
    if len(infos) > limits.archive_entry_count:
        raise DocumentTooComplex(details={"archive_entry_count": len(infos)})
    _refuse_overlaps(infos)
    members = [_member(number, info, limits) for number, info in enumerate(infos) if not _is_beside_the_point(info)]
    # A member never gives more bytes than it states: the sum of what they state bounds them all.
    if sum(member.size_bytes for member in members if not member.problem) > limits.archive_total_bytes:
        raise DocumentTooComplex(details={"limit_archive_total_bytes": limits.archive_total_bytes})
    return members


def open_member(file: BinaryIO, limits: ParseLimits, number: int) -> Iterator[bytes]:
    """Yield the bytes of member `number`, unpacked.

    Raises:
        NotFound: there is no such member. ParseFailed: it is damaged. DocumentTooComplex: it is over a limit.
    """
    archive = _open(file)
    infos = archive.infolist()
    if not 0 <= number < len(infos):
        raise NotFound
    yield from inflate(archive, infos[number], limits)


def _open(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error) as error:
        raise ParseFailed from error


def _refuse_overlaps(infos: Sequence[zipfile.ZipInfo]) -> None:
    """Members that share bytes make a small file endless; no honest program writes them."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for before, after in pairwise(ordered):
        if before.header_offset + _LOCAL_HEADER_BYTES + before.compress_size > after.header_offset:
            raise ParseFailed(details={"cause": "overlapping_members"})


def _is_beside_the_point(info: zipfile.ZipInfo) -> bool:
    return info.is_dir() or _LEFTOVERS.fullmatch(info.filename) is not None


def _member(number: int, info: zipfile.ZipInfo, limits: ParseLimits) -> ArchiveMember:
    name = _name(info)
    return ArchiveMember(number, name[:MAX_NAME_CHARS], info.file_size, _problem(info, name, limits))


def _problem(info: zipfile.ZipInfo, name: str, limits: ParseLimits) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    if not is_plain_name(name):
        return InvalidFileName.code
    if kind not in (0, stat.S_IFREG):
        return MemberProblem.LINK
    if info.flag_bits & _ENCRYPTED_FLAGS:
        return EncryptedFile.code
    if PurePosixPath(name).suffix.lower() in _NESTED:
        return MemberProblem.NESTED_ARCHIVE
    if info.compress_type not in _HANDLED_METHODS:
        return ParseFailed.code
    return DocumentTooComplex.code if info.file_size > limits.archive_entry_bytes else ""


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name with slashes; without a stated encoding it is UTF-8, or as Windows writes it in Croatia."""
    raw = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        try:
            encoded = raw.encode("cp437")
            raw = _decode(encoded)
        except UnicodeEncodeError:
            pass
    return unicodedata.normalize("NFC", raw.replace("\\", "/"))


def _decode(encoded: bytes) -> str:
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError:
        return encoded.decode("cp852", "replace")
