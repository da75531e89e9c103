"""The short life of the process that touches a document: confine, read, answer, end."""

import os
from typing import NoReturn

from ragapp.adapters.parsers import formats, wire
from ragapp.adapters.parsers.confinement import confine_child
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.wire import Request
from ragapp.core.errors import DocumentTooComplex, NoTextFound, NotFound, ParseFailed, RagAppError
from ragapp.rag.types import ParsedDocument


def run_child(request: Request, *, input_fd: int, output_fd: int, zygote_pid: int, held_bytes: int) -> NoReturn:
    """Do one job on the document open at `input_fd`, write the reply to `output_fd` and end this process."""
    code = 1
    try:
        confine_child(request.limits, zygote_pid=zygote_pid, held_bytes=held_bytes)
        _write_all(output_fd, perform(request, input_fd))
        code = 0
    finally:
        # Neither exit handlers nor the finalisers of half-used native objects may run in a fork.
        os._exit(code)


def perform(request: Request, input_fd: int) -> bytes:
    """Return the reply to a request; every failure becomes a reply of its own."""
    try:
        return _reply(request, _read_all(input_fd, request.limits.input_bytes))
    except RagAppError as error:
        return wire.pack_error(error)
    except (MemoryError, RecursionError) as error:
        return wire.pack_error(DocumentTooComplex(details={"cause": type(error).__name__}))
    except Exception as error:  # whatever a hostile file makes a parser raise, it is the file that cannot be read
        return wire.pack_error(ParseFailed(details={"cause": type(error).__name__}))


def _reply(request: Request, data: bytes) -> bytes:
    if request.picture is None:
        document = formats.load_parse_function(request.content_type)(data, request.limits)
        return wire.pack_document(_checked(document, request.limits))
    if request.content_type != formats.PDF:
        raise NotFound(details={"page": request.picture.page})
    from ragapp.adapters.parsers.pdf_picture import draw_page

    picture = draw_page(data, request.limits, request.picture)
    return wire.pack_picture(picture.png, picture.layout)


def _checked(document: ParsedDocument, limits: ParseLimits) -> ParsedDocument:
    if not any(map(str.isalnum, document.text)):
        raise NoTextFound
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


