"""Reading members of an archive whose own statements about sizes cannot be believed."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator

from ragapp.adapters.parsers.limits import MEBIBYTE, ParseLimits
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed

_PIECE_BYTES = 64 * 1024
_ENCRYPTED_FLAG = 0x1
# Small members of real documents (an empty header, a theme) compress better than any ratio worth setting.
_RATIO_COUNTS_FROM_BYTES = MEBIBYTE


class BoundedArchive:
    """A ZIP file; inflated bytes are counted over all members that are read."""

    def __init__(self, data: bytes, limits: ParseLimits) -> None:
        self._limits = limits
        self._inflated_bytes = 0
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise ParseFailed from error
        self._check_directory(self._archive.infolist())

    def names(self) -> list[str]:
        """Return the names of all members."""
        return self._archive.namelist()

    def stream(self, name: str) -> Iterator[bytes]:
        """Yield a member inflated, piece by piece; an absent member gives nothing.

        Raises:
            DocumentTooComplex: it inflates to more than allowed. ParseFailed: it is damaged.
        """
        if name not in self._archive.NameToInfo:
            return
        for piece in inflate(self._archive, self._archive.getinfo(name), self._limits):
            self._inflated_bytes += len(piece)
            if self._inflated_bytes > self._limits.archive_total_bytes:
                raise DocumentTooComplex(details={"inflated_bytes": self._inflated_bytes})
            yield piece

    def _check_directory(self, members: list[zipfile.ZipInfo]) -> None:
        if len(members) > self._limits.archive_entry_count:
            raise DocumentTooComplex(details={"archive_entry_count": len(members)})
        if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
            raise EncryptedFile
        # Stated sizes prove nothing when small, but when over the limit there is no need to look further.
        if sum(member.file_size for member in members) > self._limits.archive_total_bytes:
            raise DocumentTooComplex(details={"limit_archive_total_bytes": self._limits.archive_total_bytes})


def inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ParseLimits) -> Iterator[bytes]:
    """Yield a member piece by piece, counting what really comes out.

    Raises:
        DocumentTooComplex: more than allowed for one member, or out of proportion. ParseFailed: it is damaged.
    """
    member_bytes = 0
    try:
        with archive.open(info) as member:
            while piece := member.read(_PIECE_BYTES):
                member_bytes += len(piece)
                _check_growth(member_bytes, info.compress_size, limits)
                yield piece
    except (
        *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, ValueError, OSError),
        *(RuntimeError, struct.error),
    ) as error:
        raise ParseFailed from error


def _check_growth(member_bytes: int, compressed_bytes: int, limits: ParseLimits) -> None:
    if member_bytes > limits.archive_entry_bytes:
        raise DocumentTooComplex(details={"inflated_bytes": member_bytes})
    if member_bytes > max(_RATIO_COUNTS_FROM_BYTES, limits.archive_ratio * compressed_bytes):
        raise DocumentTooComplex(details={"limit_archive_ratio": limits.archive_ratio})
