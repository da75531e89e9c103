"""The process that parser children are forked from.

It holds the parser libraries, never a document: starting a child costs a fork, not an interpreter. One request on the
control socket carries three descriptors: the document, the reply channel, and a leash. The zygote reports a child's end
on its leash, and when the other end of the leash closes it kills the child's whole group. When the control socket
closes, or nothing is asked for a while, it ends.
"""

import os
import selectors
import signal
import socket
import sys
from contextlib import suppress

from ragapp.adapters.parsers import formats, wire
from ragapp.adapters.parsers.child import run_child
from ragapp.adapters.parsers.confinement import AddressSpace, seal_zygote
from ragapp.adapters.parsers.wire import Job, Request


class Zygote:
    """The event loop over the control socket, the leashes of running children and their ends."""

    def __init__(self, control: socket.socket, address_space: AddressSpace, *, idle_s: float) -> None:
        self._control = control
        self._address_space = address_space
        self._idle_s = idle_s
        self._leashes: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._ended_reader, self._ended_writer = _nonblocking_pipe()
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._ended_writer, warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._ended_reader, selectors.EVENT_READ)

    def serve(self) -> None:
        """Work until the control socket closes or nothing happens for the idle time."""
        while True:
            events = self._selector.select(None if self._leashes else self._idle_s)
            if not events and not self._leashes:
                return
            for key, _ in events:
                if key.fileobj is self._control:
                    if not self._take_request():
                        return
                elif key.fd == self._ended_reader:
                    self._reap()
                elif key.data in self._leashes:
                    _kill_unreaped(key.data)

    def end(self) -> None:
        """Kill every child that still runs."""
        for pid in self._leashes:
            _kill_unreaped(pid)

    def _take_request(self) -> bool:
        head, descriptors, _, _ = socket.recv_fds(self._control, wire.LENGTH.size, 3)
        if not head:
            return False
        request = wire.unpack_request(_receive_exactly(self._control, wire.LENGTH.unpack(head)[0]))
        # Libraries are loaded here, once, so that children find them in memory; a failure shows in the child.
        with suppress(Exception):
            _load(request)
        self._fork(request, *descriptors)
        return True

    def _fork(self, request: Request, input_fd: int, output_fd: int, leash_fd: int) -> None:
        leash = socket.socket(fileno=leash_fd)
        zygote_pid, held_bytes = os.getpid(), self._address_space.held_bytes()
        pid = os.fork()
        if pid == 0:
            self._forget_everything(leash)
            run_child(
                request, input_fd=input_fd, output_fd=output_fd, zygote_pid=zygote_pid, held_bytes=held_bytes
            )
        os.close(input_fd)
        os.close(output_fd)
        self._leashes[pid] = leash
        self._selector.register(leash, selectors.EVENT_READ, data=pid)

    def _forget_everything(self, own_leash: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        self._address_space.close()
        for held in (self._control, own_leash, *self._leashes.values()):
            held.close()
        os.close(self._ended_reader)
        os.close(self._ended_writer)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._ended_reader, 4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
                self._report(*ended)

    def _report(self, pid: int, status: int) -> None:
        _kill_group(pid)
        leash = self._leashes.pop(pid)
        self._selector.unregister(leash)
        with leash, suppress(OSError):
            leash.sendall(wire.EXIT.pack(os.waitstatus_to_exitcode(status)))


def _load(request: Request) -> None:
    if request.job is Job.RECOGNISE:
        from ragapp.adapters.parsers.ocr_engine import load_engine

        load_engine()
    if request.job not in (Job.LIST_MEMBERS, Job.READ_MEMBER):
        formats.load_parse_function(request.content_type)


def _kill_unreaped(pid: int) -> None:
    _kill_group(pid)
    # Between fork and setsid a child has no group of its own yet; unreaped, its number cannot mean another process.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _nonblocking_pipe() -> tuple[int, int]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    return reader, writer


def _receive_exactly(source: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        piece = source.recv(count - len(received))
        if not piece:
            sys.exit(1)
        received += piece
    return bytes(received)


def main(control_fd: int, idle_s: float) -> None:
    """Run the zygote on an inherited control socket."""
    address_space = AddressSpace()
    seal_zygote()
    zygote = Zygote(socket.socket(fileno=control_fd), address_space, idle_s=idle_s)
    try:
        zygote.serve()
    finally:
        zygote.end()
