"""The serving process's side of the parser sandbox: keeps one zygote, hands it jobs, enforces the wall clock."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from pathlib import Path

from ragapp.adapters.parsers import wire
from ragapp.adapters.parsers.wire import Reply, Request
from ragapp.adapters.parsers.zygote_handle import ZygoteGone, ZygoteHandle
from ragapp.core.errors import DocumentTooComplex, ParseFailed, StorageUnavailable, Unavailable

_HEADER_ALLOWANCE_BYTES = 16 * 1024 * 1024
_LIMIT_SIGNALS = frozenset({signal.SIGXCPU, signal.SIGKILL})
_ZYGOTE_ATTEMPTS = 2
_LARGEST_FRAME_BYTES = 1024 * 1024
_LARGE_FILE_BYTES = 1024 * 1024


class Sandbox:
    """Runs one job at a time per slot in a confined process of its own.

    Large files leave one slot to the small ones, so that nobody's note waits for somebody's archive of figures.
    """

    def __init__(self, *, concurrent_count: int, idle_s: float) -> None:
        self._slots = asyncio.Semaphore(concurrent_count)
        self._slots_of_large = asyncio.Semaphore(max(1, concurrent_count - 1))
        self._idle_s = idle_s
        self._zygote: ZygoteHandle | None = None

    @property
    def zygote_pid(self) -> int | None:
        """The zygote's process id while one is running."""
        return self._zygote.pid if self._zygote and self._zygote.alive else None

    async def run(self, path: Path, request: Request) -> Reply:
        """Do one job on the file at `path`. Cancelling the caller kills the child.

        Raises:
            ParseFailed: the child crashed or reported that the file is damaged.
            DocumentTooComplex: the child went over a limit and was ended, or took the zygote down with it.
            StorageUnavailable: the file cannot be opened.
            Unavailable: no child process can be started on this machine now.
            RagAppError: any other failure that the child reported.
        """
        async with self._slot_for(path):
            for _ in range(_ZYGOTE_ATTEMPTS):
                zygote = self._ensure_zygote()
                try:
                    return await self._attempt(zygote, path, request)
                except ZygoteGone:
                    self._discard(zygote)
            # Twice is no accident: this document takes its surroundings down, and must not be retried for ever.
            raise DocumentTooComplex(details={"cause": "sandbox_lost"})

    async def stream(self, path: Path, request: Request, *, limit_bytes: int) -> AsyncGenerator[bytes]:
        """Do one job whose result is a stream of frames; closing the iterator kills the child.

        Only time spent waiting for the child counts against the wall clock.

        Raises:
            As `run`.
        """
        async with self._slot_for(path):
            for attempt in range(1, _ZYGOTE_ATTEMPTS + 1):
                zygote, is_begun = self._ensure_zygote(), False
                try:
                    async with aclosing(_stream_once(zygote, path, request, limit_bytes)) as frames:
                        async for frame in frames:
                            is_begun = True
                            yield frame
                    return
                except ZygoteGone as error:
                    self._discard(zygote)
                    if is_begun or attempt == _ZYGOTE_ATTEMPTS:
                        raise DocumentTooComplex(details={"cause": "sandbox_lost"}) from error

    @asynccontextmanager
    async def _slot_for(self, path: Path) -> AsyncIterator[None]:
        if not _is_large(path):
            async with self._slots:
                yield
            return
        async with self._slots_of_large, self._slots:
            yield

    def close(self) -> None:
        """End the zygote and everything it runs."""
        if self._zygote is not None:
            self._zygote.stop()
            self._zygote = None

    async def _attempt(self, zygote: ZygoteHandle, path: Path, request: Request) -> Reply:
        with ExitStack() as held:
            output, leash = _submit(zygote, held, path, request)
            limit_bytes = max(request.limits.text_bytes, request.limits.picture_bytes) + _HEADER_ALLOWANCE_BYTES
            try:
                async with asyncio.timeout(request.limits.wall_clock_s):
                    raw = await _receive_all(output, limit_bytes)
                    exit_report = await _receive_all(leash, wire.EXIT.size)
            except TimeoutError as error:
                raise DocumentTooComplex(details={"limit_wall_clock_s": request.limits.wall_clock_s}) from error
        _check_exit(exit_report)
        return wire.unpack_reply(raw)

    def _ensure_zygote(self) -> ZygoteHandle:
        if self._zygote is None or not self._zygote.alive:
            self.close()
            try:
                self._zygote = ZygoteHandle(self._idle_s)
            except OSError as error:
                raise Unavailable(details={"cause": "parser_sandbox", "errno": error.errno}) from error
        return self._zygote

    def _discard(self, zygote: ZygoteHandle) -> None:
        # Another job may have found the loss first and started a new one.
        if self._zygote is zygote:
            self.close()


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > _LARGE_FILE_BYTES
    except OSError:  # opening it will say why
        return False


def _submit(zygote: ZygoteHandle, held: ExitStack, path: Path, request: Request) -> tuple[socket.socket, socket.socket]:
    """Hand a job to the zygote; return our ends of the reply channel and of the leash, both in the care of `held`."""
    document_fd = _open(path)
    try:
        output, output_theirs = socket.socketpair()
        leash, leash_theirs = socket.socketpair()
        # Closing our end of the leash, whatever the reason, is what ends the child.
        held.enter_context(output)
        held.enter_context(leash)
        with output_theirs, leash_theirs:
            zygote.send(wire.pack_request(request), [document_fd, output_theirs.fileno(), leash_theirs.fileno()])
    finally:
        os.close(document_fd)
    output.setblocking(False)
    leash.setblocking(False)
    return output, leash


async def _receive_all(source: socket.socket, limit_bytes: int) -> bytes:
    loop = asyncio.get_running_loop()
    received = bytearray()
    while piece := await _receive(loop, source):
        received += piece
        if len(received) > limit_bytes:
            raise DocumentTooComplex(details={"limit_output_bytes": limit_bytes})
    return bytes(received)


async def _receive(loop: asyncio.AbstractEventLoop, source: socket.socket) -> bytes:
    try:
        return await loop.sock_recv(source, 256 * 1024)
    except ConnectionError:  # the other end was killed: the exit report tells the rest
        return b""


async def _stream_once(
    zygote: ZygoteHandle, path: Path, request: Request, limit_bytes: int
) -> AsyncGenerator[bytes]:
    with ExitStack() as held:
        output, leash = _submit(zygote, held, path, request)
        patient = _PatientReader(output, request.limits.wall_clock_s)
        streamed_bytes = 0
        while (head := await patient.read_exactly(wire.FRAME.size)) is not None:
            (length,) = wire.FRAME.unpack(head)
            streamed_bytes += abs(length)
            if abs(length) > _LARGEST_FRAME_BYTES or streamed_bytes > limit_bytes:
                raise DocumentTooComplex(details={"limit_output_bytes": limit_bytes})
            if length == 0:
                break
            frame = await patient.read_exactly(abs(length))
            if frame is None:
                raise ParseFailed(details={"cause": "cut_reply"})
            if length < 0:
                wire.unpack_reply(frame)
                raise ParseFailed(details={"cause": "bad_reply"})
            yield frame
        is_whole = head is not None
        async with asyncio.timeout(request.limits.wall_clock_s):
            exit_report = await _receive_all(leash, wire.EXIT.size)
    _check_exit(exit_report)
    if not is_whole:
        raise ParseFailed(details={"cause": "cut_reply"})


class _PatientReader:
    """Reads from a child; the time between two reads is the caller's own and does not count."""

    def __init__(self, source: socket.socket, limit_s: float) -> None:
        self._source = source
        self._limit_s = limit_s
        self._waited_s = 0.0
        self._held = bytearray()

    async def read_exactly(self, count: int) -> bytes | None:
        """Return that many bytes, or None where the child ended before them.

        Raises:
            DocumentTooComplex: the child took too long.
        """
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        try:
            async with asyncio.timeout(self._limit_s - self._waited_s):
                while len(self._held) < count:
                    piece = await _receive(loop, self._source)
                    if not piece:
                        return None
                    self._held += piece
        except TimeoutError as error:
            raise DocumentTooComplex(details={"limit_wall_clock_s": self._limit_s}) from error
        finally:
            self._waited_s += loop.time() - begun_at
        read = bytes(self._held[:count])
        del self._held[:count]
        return read


def _check_exit(report: bytes) -> None:
    if len(report) != wire.EXIT.size:
        raise ZygoteGone
    (code,) = wire.EXIT.unpack(report)
    if -code in _LIMIT_SIGNALS:
        raise DocumentTooComplex(details={"signal": -code})
    if code != 0:
        raise ParseFailed(details={"exit_code": code})


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageUnavailable(details={"errno": error.errno}) from error
