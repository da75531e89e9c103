"""What the serving process and the child say to each other: a length, a JSON header of that length, then raw bytes.

The child may be in a hostile document's hands, so everything read from it is checked.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core import errors
from ragapp.core.document_notes import DocumentNote, NoteCode, collect_notes
from ragapp.core.errors import ParseFailed, RagAppError
from ragapp.rag.types import ArchiveMember, Heading, PageSpan, ParsedDocument, Table

LENGTH = struct.Struct("!I")
EXIT = struct.Struct("!i")
"""Exit report of a child: its return code, negative for the signal that ended it."""

FRAME = struct.Struct("!i")
"""Before each piece of a member: its length; 0 ends it well, and a negative number is an error reply of that length."""

_MAX_NAME_CHARS = 4096
_MAX_COLUMNS = 1024
_MAX_COLUMN_CHARS = 200
_MAX_NOTE_COUNT = 1_000_000
_ERRORS: dict[str, type[RagAppError]] = {
    leaf.code: leaf
    for leaf in (
        errors.ParseFailed,
        errors.NoTextFound,
        errors.EncryptedFile,
        errors.DocumentTooComplex,
        errors.UnsupportedFileType,
        errors.TextRecognitionMissing,
        errors.NotFound,
    )
}


class Job(StrEnum):
    """What a child can be asked to do."""

    PARSE = "parse"
    RECOGNISE = "recognise"
    DRAW = "draw"
    LIST_MEMBERS = "list_members"
    READ_MEMBER = "read_member"


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """Which page to draw (from 1) and which characters [start, end) of the whole extracted text to mark on it.

    `page_start` is where that page starts in the extracted text where that is known, else negative: text that was
    recognised on other pages is not in the file. `layout` is what came back with an earlier picture of the same bytes,
    or empty.
    """

    page: int
    start: int
    end: int
    layout: str = ""
    page_start: int = -1


@dataclass(frozen=True, slots=True)
class Request:
    """One job on a document: `job` says which.

    `number` is the page to recognise (from 1) or the archive's member to read (from 0); `picture` says what to draw.
    """

    content_type: str
    limits: ParseLimits
    job: Job = Job.PARSE
    number: int = 0
    picture: PictureRequest | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `header` as sent, `body` raw (UTF-8 text or a PNG)."""

    header: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""


def pack_request(request: Request) -> bytes:
    """Return a request as bytes, length first."""
    payload = json.dumps(asdict(request)).encode()
    return LENGTH.pack(len(payload)) + payload


def unpack_request(payload: bytes) -> Request:
    """Read a request; it comes from the serving process and is trusted."""
    raw = json.loads(payload)
    picture = raw["picture"]
    wanted = PictureRequest(**picture) if picture else None
    return Request(raw["content_type"], ParseLimits(**raw["limits"]), Job(raw["job"]), raw["number"], wanted)


def pack_document(document: ParsedDocument, unread: Sequence[int] = ()) -> bytes:
    """Return a parsed document, and the pages whose text is still to be recognised, as reply bytes."""
    header = {
        "unread": list(unread),
        "title": document.title,
        "pages": [(page.number, page.start, page.end) for page in document.pages],
        "headings": [(heading.level, heading.title, heading.start) for heading in document.headings],
        "tables": [(table.start, table.body_start, table.end, table.columns) for table in document.tables],
        "attachment_count": document.attachment_count,
        "notes": [(note.code, note.count) for note in document.notes],
    }
    # One character stays one character, or every offset behind it would be wrong.
    return _pack(header, document.text.encode("utf-8", "replace"))


def pack_picture(png: bytes, layout: str) -> bytes:
    """Return a page picture, and the layout to send along for the next one, as reply bytes."""
    return _pack({"layout": layout}, png)


def pack_error(error: RagAppError) -> bytes:
    """Return a failure as reply bytes."""
    return _pack({"error": error.code, "message": error.user_message, "details": dict(error.details)}, b"")


def pack_members(members: Sequence[ArchiveMember]) -> bytes:
    """Return the files of an archive as reply bytes."""
    found = [(member.number, member.name, member.size_bytes, member.problem) for member in members]
    return _pack({"members": found}, b"")


def unpack_members(reply: Reply) -> tuple[ArchiveMember, ...]:
    """Build the list of an archive's files from a reply.

    Raises:
        ParseFailed: the reply is no such list.
    """
    try:
        return tuple(
            ArchiveMember(int(number), str(name)[:_MAX_NAME_CHARS], int(size_bytes), str(problem))
            for number, name, size_bytes, problem in reply.header["members"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ParseFailed(details={"cause": "bad_reply"}) from error


def unpack_reply(raw: bytes) -> Reply:
    """Read what a child sent.

    Raises:
        ParseFailed: the bytes are no reply, or the child reported so.
        RagAppError: any other failure that the child reported.
    """
    try:
        (length,) = LENGTH.unpack_from(raw)
        header = json.loads(raw[LENGTH.size : LENGTH.size + length])
        reply = Reply(header, raw[LENGTH.size + length :])
        complete = len(reply.body) == header["body_bytes"]
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise ParseFailed(details={"cause": "bad_reply"}) from error
    if not complete:
        raise ParseFailed(details={"cause": "cut_reply"})
    if "error" in header:
        raise _reported_error(header)
    return reply


def unpack_document(reply: Reply) -> ParsedDocument:
    """Build the document from a reply, checking that every offset lies inside the text.

    Raises:
        ParseFailed: the reply does not describe a document.
    """
    try:
        text = reply.body.decode("utf-8")
        pages = tuple(PageSpan(int(number), int(start), int(end)) for number, start, end in reply.header["pages"])
        found = reply.header["headings"]
        headings = tuple(Heading(int(level), str(title), int(start)) for level, title, start in found)
        tables = tuple(_table(*found) for found in reply.header["tables"])
        title = str(reply.header["title"])
        attachment_count = max(0, int(reply.header["attachment_count"]))
        notes = collect_notes(_note(code, count) for code, count in reply.header["notes"])
    except (ValueError, KeyError, TypeError) as error:
        raise ParseFailed(details={"cause": "bad_reply"}) from error
    inside = all(0 <= page.start <= page.end <= len(text) for page in pages)
    if not inside or not all(0 <= heading.start <= len(text) for heading in headings) or not _lie_apart(tables, text):
        raise ParseFailed(details={"cause": "bad_offsets"})
    return ParsedDocument(text, pages, headings, title, tables, notes, attachment_count)


def unpack_unread(reply: Reply, document: ParsedDocument) -> tuple[int, ...]:
    """Return the pages of the document whose text is still to be recognised.

    Raises:
        ParseFailed: the reply names pages that the document does not have.
    """
    found = reply.header.get("unread", [])
    known = {page.number for page in document.pages}
    if not isinstance(found, list) or not all(isinstance(number, int) and number in known for number in found):
        raise ParseFailed(details={"cause": "bad_reply"})
    return tuple(sorted(set(found)))


def _table(start: int, body_start: int, end: int, columns: Sequence[str]) -> Table:
    names = tuple(str(name)[:_MAX_COLUMN_CHARS] for name in columns[:_MAX_COLUMNS])
    return Table(int(start), int(body_start), int(end), names)


def _note(code: str, count: int) -> DocumentNote:
    return DocumentNote(NoteCode(code), min(max(int(count), 0), _MAX_NOTE_COUNT))


def _lie_apart(tables: Sequence[Table], text: str) -> bool:
    """Return whether tables follow each other inside the text, and each has columns."""
    edges = [0, *(edge for table in tables for edge in (table.start, table.body_start, table.end)), len(text)]
    return all(before <= after for before, after in pairwise(edges)) and all(table.columns for table in tables)


def _pack(header: dict[str, Any], body: bytes) -> bytes:
    encoded = json.dumps({**header, "body_bytes": len(body)}).encode()
    return LENGTH.pack(len(encoded)) + encoded + body


def _reported_error(header: Mapping[str, Any]) -> RagAppError:
    leaf = _ERRORS.get(str(header["error"]), ParseFailed)
    message, details = header.get("message"), header.get("details")
    return leaf(str(message) if message else None, details=details if isinstance(details, dict) else None)
