"""A multipart upload, read as it arrives: the file's bytes go on while the rest is still on the wire."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from ragapp.api.problems import HttpProblem
from ragapp.core.errors import InvalidInput

FILE_FIELD = "file"
TEXT_FIELDS = frozenset({"title", "knowledge_base_id"})
MAX_FIELD_CHARACTERS = 300
_MAX_FIELD_BYTES = 4 * MAX_FIELD_CHARACTERS


@dataclass(slots=True)
class _Part:
    """The head of one part; `filename` is None for a plain field."""

    name: str = ""
    filename: str | None = None
    content_type: str | None = None


class _PartEnd:
    """A part is complete."""


_Piece = _Part | bytes | _PartEnd


class _Parser:
    """Push bytes in, pull pieces out; `finished` once the closing boundary was seen."""

    def __init__(self, boundary: bytes) -> None:
        self.finished = False
        self._pieces: deque[_Piece] = deque()
        self._header = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_part,
                "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
                "on_part_end": lambda: self._pieces.append(_PartEnd()),
                "on_end": self._finish,
            },
        )

    def feed(self, data: bytes) -> Iterator[_Piece]:
        """Yield the pieces that `data` completes."""
        self._parser.write(data)
        while self._pieces:
            yield self._pieces.popleft()

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _begin_part(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise InvalidInput("Every part of the upload needs a Content-Disposition with a name.")
        filename = options.get(b"filename")
        content_type = self._headers.get(b"content-type", b"").decode("latin-1") or None
        shown_name = None if filename is None else filename.decode("utf-8", "replace")
        self._pieces.append(_Part(options[b"name"].decode("utf-8", "replace"), shown_name, content_type))

    def _finish(self) -> None:
        self.finished = True


@dataclass(slots=True)
class UploadForm:
    """An upload in progress.

    Fields that come before the file are known when `open_upload` returns; those behind it once `chunks` is exhausted.
    """

    filename: str
    content_type: str | None
    chunks: AsyncGenerator[bytes]
    fields: dict[str, str] = field(default_factory=dict)


async def open_upload(request: Request) -> UploadForm:
    """Read a multipart body up to the first byte of its file.

    The chunks end only after the whole body proved well-formed: a broken or cut-off body raises out of the iterator, so
    whoever stores the bytes drops them.

    Raises:
        HttpProblem: 415, the body is not multipart/form-data.
        InvalidInput: the body is malformed, has no file or has a field that is not known.
    """
    fields: dict[str, str] = {}
    pieces = _read_pieces(request.stream(), _boundary(request))
    async for piece in pieces:
        if isinstance(piece, _Part):
            if piece.name == FILE_FIELD:
                return UploadForm(piece.filename or "", piece.content_type, _file_chunks(pieces, fields), fields)
            await _read_field(piece, pieces, fields)
    raise InvalidInput(f"The upload needs a part named '{FILE_FIELD}'.")


def _boundary(request: Request) -> bytes:
    media_type, options = parse_options_header(request.headers.get("content-type"))
    if media_type != b"multipart/form-data":
        raise HttpProblem(415, "unsupported_media_type", "Send the file as multipart/form-data.")
    if not options.get(b"boundary"):
        raise InvalidInput("The multipart body needs a boundary.")
    return options[b"boundary"]


async def _read_pieces(stream: AsyncIterator[bytes], boundary: bytes) -> AsyncGenerator[_Piece]:
    try:
        parser = _Parser(boundary)
        async for data in stream:
            for piece in parser.feed(data):
                yield piece
    except FormParserError as error:
        raise InvalidInput("The multipart body is malformed.") from error
    if not parser.finished:
        raise InvalidInput("The upload was cut off. Send it again.")


async def _file_chunks(pieces: AsyncGenerator[_Piece], fields: dict[str, str]) -> AsyncGenerator[bytes]:
    async for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
        elif isinstance(piece, _PartEnd):
            break
    async for piece in pieces:
        if isinstance(piece, _Part):
            if piece.name == "knowledge_base_id":
                # Its service was already told where the bytes go; raising here makes it drop them.
                raise InvalidInput("Send 'knowledge_base_id' before the file.")
            await _read_field(piece, pieces, fields)


async def _read_field(part: _Part, pieces: AsyncGenerator[_Piece], fields: dict[str, str]) -> None:
    if part.name not in TEXT_FIELDS or part.filename is not None or part.name in fields:
        raise InvalidInput("One file and at most one 'title' and one 'knowledge_base_id' belong into an upload.")
    value = bytearray()
    async for piece in pieces:
        if isinstance(piece, bytes):
            value += piece
        if isinstance(piece, _PartEnd):
            break
        if len(value) > _MAX_FIELD_BYTES:
            raise InvalidInput(f"The field '{part.name}' is too long.")
    fields[part.name] = _decode(part.name, bytes(value))


def _decode(name: str, value: bytes) -> str:
    try:
        text = value.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise InvalidInput(f"The field '{name}' is not valid UTF-8.") from None
    if "\x00" in text:
        raise InvalidInput(f"The field '{name}' must not contain NUL characters.")
    if len(text) > MAX_FIELD_CHARACTERS:
        raise InvalidInput(f"The field '{name}' may have at most {MAX_FIELD_CHARACTERS} characters.")
    return text
