"""The files that hang on an e-mail, and on the messages it forwards."""

from collections.abc import Iterator
from typing import BinaryIO

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.mail_parts import file_name_of, find_attachments, parse_message, payload_of
from ragapp.adapters.parsers.member_names import is_plain_name
from ragapp.core.errors import DocumentTooComplex, InvalidFileName, NotFound
from ragapp.rag.types import ArchiveMember

_PIECE_BYTES = 64 * 1024


def list_members(file: BinaryIO, limits: ParseLimits) -> list[ArchiveMember]:
    """Return the attached files in order.

    Raises:
        DocumentTooComplex: more files or bytes than allowed.
    """
    return describe_members(
        [
            (file_name_of(part, number), payload_of(part))
            for number, part in enumerate(find_attachments(parse_message(file.read())))
        ],
        limits,
    )


def open_member(file: BinaryIO, limits: ParseLimits, number: int) -> Iterator[bytes]:
    """Yield the bytes of attached file `number`.

    Raises:
        NotFound: there is no such file. DocumentTooComplex: it is over a limit.
    """
    for at, part in enumerate(find_attachments(parse_message(file.read()))):
        if at == number:
            yield from in_pieces(payload_of(part), limits)
            return
    raise NotFound


def describe_members(files: list[tuple[str, bytes]], limits: ParseLimits) -> list[ArchiveMember]:
    """Return files given as (name, content) as members, those that cannot be taken out with their problem.

    Raises:
        DocumentTooComplex: more files or bytes than allowed.
    """
    if len(files) > limits.archive_entry_count:
        raise DocumentTooComplex(details={"archive_entry_count": len(files)})
    if sum(len(content) for _, content in files) > limits.archive_total_bytes:
        raise DocumentTooComplex(details={"limit_archive_total_bytes": limits.archive_total_bytes})
    return [
        ArchiveMember(number, name, len(content), _problem(name, content, limits))
        for number, (name, content) in enumerate(files)
    ]


def in_pieces(content: bytes, limits: ParseLimits) -> Iterator[bytes]:
    """Yield bytes piece by piece.

    Raises:
        DocumentTooComplex: there are more than one file may have.
    """
    if len(content) > limits.archive_entry_bytes:
        raise DocumentTooComplex(details={"limit_archive_entry_bytes": limits.archive_entry_bytes})
    for start in range(0, len(content), _PIECE_BYTES):
        yield content[start : start + _PIECE_BYTES]


def _problem(name: str, content: bytes, limits: ParseLimits) -> str:
    if not is_plain_name(name):
        return InvalidFileName.code
    return DocumentTooComplex.code if len(content) > limits.archive_entry_bytes else ""
