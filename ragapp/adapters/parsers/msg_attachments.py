"""The files that hang on an e-mail of Outlook."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from oxmsg.attachment import Attachment

from ragapp.adapters.parsers.eml_attachments import describe_members, in_pieces
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.msg import find_attachments, name_of, open_message
from ragapp.core.errors import NotFound, ParseFailed
from ragapp.rag.types import ArchiveMember


def list_members(file: BinaryIO, limits: ParseLimits) -> list[ArchiveMember]:
    """Return the attached files in order.

    Raises:
        ParseFailed: the message is damaged. DocumentTooComplex: more files or bytes than allowed.
    """
    return describe_members(_files(file), limits)


def open_member(file: BinaryIO, limits: ParseLimits, number: int) -> Iterator[bytes]:
    """Yield the bytes of attached file `number`.

    Raises:
        NotFound: there is no such file. ParseFailed: the message is damaged. DocumentTooComplex: it is over a limit.
    """
    files = _files(file)
    if not 0 <= number < len(files):
        raise NotFound
    yield from in_pieces(files[number][1], limits)


def _files(file: BinaryIO) -> list[tuple[str, bytes]]:
    try:
        attachments = find_attachments(open_message(file.read()))
        return [(_plain_name(found, number), found.file_bytes or b"") for number, found in enumerate(attachments)]
    except (ValueError, KeyError, IndexError, AssertionError, OSError, AttributeError, TypeError) as error:
        raise ParseFailed(details={"cause": type(error).__name__}) from error


def _plain_name(attachment: Attachment, number: int) -> str:
    return PurePosixPath(name_of(attachment).replace("\\", "/")).name or f"attachment-{number + 1}"
