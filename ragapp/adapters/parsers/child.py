"""The short life of the process that touches a document: confine, read, answer, end."""

import os
from typing import NoReturn

from ragapp.adapters.parsers import formats, wire
from ragapp.adapters.parsers.confinement import confine_child
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.wire import Job, Request
from ragapp.core.errors import DocumentTooComplex, InvariantBroken, NoTextFound, NotFound, ParseFailed, RagAppError
from ragapp.core.file_types import PDF
from ragapp.rag.types import ParsedDocument


def run_child(request: Request, *, input_fd: int, output_fd: int, zygote_pid: int, held_bytes: int) -> NoReturn:
    """Do one job on the document open at `input_fd`, write the reply to `output_fd` and end this process."""
    code = 1
    try:
        confine_child(request.limits, zygote_pid=zygote_pid, held_bytes=held_bytes)
        if request.job is Job.READ_MEMBER:
            stream_member(request, input_fd, output_fd)
        else:
            _write_all(output_fd, perform(request, input_fd))
        code = 0
    finally:
        # Neither exit handlers nor the finalisers of half-used native objects may run in a fork.
        os._exit(code)


def perform(request: Request, input_fd: int) -> bytes:
    """Return the reply to a request; every failure becomes a reply of its own."""
    try:
        if request.job is Job.LIST_MEMBERS:
            return _list_members(request, input_fd)
        return _reply(request, _read_all(input_fd, request.limits.input_bytes))
    except Exception as error:
        return _as_reply(error)


def _list_members(request: Request, input_fd: int) -> bytes:
    with open(input_fd, "rb", closefd=False) as file:
        members = formats.load_members_module(request.content_type).list_members(file, request.limits)
        return wire.pack_members(members)


def stream_member(request: Request, input_fd: int, output_fd: int) -> None:
    """Write a member of an archive as frames, then how it ended."""
    ending = b""
    try:
        with open(input_fd, "rb", closefd=False) as file:
            members = formats.load_members_module(request.content_type)
            for piece in members.open_member(file, request.limits, request.number):
                _write_all(output_fd, wire.FRAME.pack(len(piece)) + piece)
    except Exception as error:
        ending = _as_reply(error)
    _write_all(output_fd, wire.FRAME.pack(-len(ending)) + ending)


def _as_reply(error: Exception) -> bytes:
    if isinstance(error, RagAppError):
        return wire.pack_error(error)
    if isinstance(error, (MemoryError, RecursionError)):
        return wire.pack_error(DocumentTooComplex(details={"cause": type(error).__name__}))
    # Whatever a hostile file makes a parser raise, it is the file that cannot be read.
    return wire.pack_error(ParseFailed(details={"cause": type(error).__name__}))


def _reply(request: Request, data: bytes) -> bytes:
    match request.job:
        case Job.RECOGNISE:
            from ragapp.adapters.parsers.recognition import recognise

            document = recognise(data, request.limits, request.content_type, request.number)
            return wire.pack_document(_bounded(document, request.limits))
        case Job.DRAW:
            return _draw(request, data)
    return _parse(request, data)


def _parse(request: Request, data: bytes) -> bytes:
    document = _bounded(formats.load_parse_function(request.content_type)(data, request.limits), request.limits)
    if not document.unread and not document.attachment_count and not any(map(str.isalnum, document.text)):
        raise NoTextFound
    return wire.pack_document(document)


def _draw(request: Request, data: bytes) -> bytes:
    if request.picture is None:
        raise InvariantBroken
    if request.content_type != PDF:
        raise NotFound(details={"page": request.picture.page})
    from ragapp.adapters.parsers.pdf_picture import draw_page

    picture = draw_page(data, request.limits, request.picture)
    return wire.pack_picture(picture.png, picture.layout)


def _bounded(document: ParsedDocument, limits: ParseLimits) -> ParsedDocument:
    if len(document.text.encode("utf-8", "replace")) > limits.text_bytes:
        raise DocumentTooComplex(details={"limit_text_bytes": limits.text_bytes})
    return document


def _read_all(fd: int, limit_bytes: int) -> bytes:
    if os.fstat(fd).st_size > limit_bytes:
        raise DocumentTooComplex(details={"limit_input_bytes": limit_bytes})
    with open(fd, "rb", closefd=False) as file:
        return file.read(limit_bytes + 1)


def _write_all(fd: int, payload: bytes) -> None:
    view = memoryview(payload)
    while view:
        view = view[os.write(fd, view) :]


