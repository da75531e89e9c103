"""The parser sandbox under attack: nothing a document does may reach further than its own failure."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from ragapp.adapters.parsers.formats import HTML, MARKDOWN, PDF, PLAIN
from ragapp.adapters.parsers.landlock import landlock_version
from ragapp.adapters.parsers.limits import MEBIBYTE, ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.errors import DocumentTooComplex, ParseFailed
from tests.fakes import files

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 10


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(concurrent_count=2, idle_s=30)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def slow_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slow") / "slow.html"
    path.write_bytes(files.slow_html())
    return path


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(data)
    return path


async def child_of(sandbox: Sandbox) -> psutil.Process:
    """Wait until the sandbox works on something and return the process that does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if sandbox.zygote_pid and (children := psutil.Process(sandbox.zygote_pid).children()):
                return children[0]
            await asyncio.sleep(0)


def assert_gone(process: psutil.Process) -> None:
    gone, alive = psutil.wait_procs([process], timeout=PATIENCE_S)
    assert process in gone, alive


async def test_the_wall_clock_ends_the_child(sandbox: Sandbox, slow_file: Path) -> None:
    parser = SandboxedParser(sandbox, ParseLimits(wall_clock_s=0.5))
    parsing = asyncio.create_task(parser.parse(slow_file, content_type=HTML))
    child = await child_of(sandbox)
    with pytest.raises(DocumentTooComplex):
        await parsing
    assert_gone(child)


async def test_processor_time_is_limited(sandbox: Sandbox, slow_file: Path) -> None:
    with pytest.raises(DocumentTooComplex) as failure:
        await SandboxedParser(sandbox, ParseLimits(cpu_s=1)).parse(slow_file, content_type=HTML)
    assert failure.value.details["signal"] in {signal.SIGXCPU, signal.SIGKILL}


async def test_memory_is_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, b"word " * (4 * MEBIBYTE))
    with pytest.raises(DocumentTooComplex):
        await SandboxedParser(sandbox, ParseLimits(memory_bytes=24 * MEBIBYTE)).parse(path, content_type=PLAIN)


async def test_output_is_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, b"word " * 1000)
    with pytest.raises(DocumentTooComplex):
        await SandboxedParser(sandbox, ParseLimits(text_bytes=4_000)).parse(path, content_type=PLAIN)


async def test_input_is_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, b"word " * 1000)
    with pytest.raises(DocumentTooComplex):
        await SandboxedParser(sandbox, ParseLimits(input_bytes=4_000)).parse(path, content_type=PLAIN)


@pytest.mark.parametrize(("kill", "error"), [(signal.SIGSEGV, ParseFailed), (signal.SIGKILL, DocumentTooComplex)])
async def test_a_child_that_crashes_fails_only_its_document(
    sandbox: Sandbox, slow_file: Path, tmp_path: Path, kill: signal.Signals, error: type[Exception]
) -> None:
    parser = SandboxedParser(sandbox, ParseLimits())
    crashing = asyncio.create_task(parser.parse(slow_file, content_type=HTML))
    (await child_of(sandbox)).send_signal(kill)
    with pytest.raises(error):
        await crashing
    assert (await parser.parse(write(tmp_path, b"fine"), content_type=PLAIN)).text == "fine"


async def test_cancelling_the_caller_kills_the_child(sandbox: Sandbox, slow_file: Path) -> None:
    parsing = asyncio.create_task(SandboxedParser(sandbox, ParseLimits()).parse(slow_file, content_type=HTML))
    child = await child_of(sandbox)
    parsing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parsing
    assert_gone(child)


async def test_a_document_outlives_the_death_of_the_zygote(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, files.make_pdf(["page"] * 400))
    parser = SandboxedParser(sandbox, ParseLimits())
    parsing = asyncio.create_task(parser.parse(path, content_type=PDF))
    await child_of(sandbox)
    first = sandbox.zygote_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert len((await parsing).pages) == 400
    assert sandbox.zygote_pid != first


async def test_a_document_that_takes_every_zygote_down_is_given_up(sandbox: Sandbox, slow_file: Path) -> None:
    parsing = asyncio.create_task(SandboxedParser(sandbox, ParseLimits()).parse(slow_file, content_type=HTML))
    for _ in range(2):
        zygote = psutil.Process((await child_of(sandbox)).ppid())
        zygote.kill()
        async with asyncio.timeout(PATIENCE_S):
            while sandbox.zygote_pid == zygote.pid:  # noqa: ASYNC110 - another process's end has no event
                await asyncio.sleep(0)
    with pytest.raises(DocumentTooComplex):
        await parsing


async def test_an_idle_zygote_ends_and_the_next_document_starts_another(tmp_path: Path) -> None:
    sandbox = Sandbox(concurrent_count=1, idle_s=0.05)
    parser = SandboxedParser(sandbox, ParseLimits())
    path = write(tmp_path, b"# text")
    try:
        for _ in range(2):
            assert (await parser.parse(path, content_type=MARKDOWN)).title == "text"
            async with asyncio.timeout(PATIENCE_S):
                while sandbox.zygote_pid is not None:  # noqa: ASYNC110 - another process's end has no event
                    await asyncio.sleep(0)
    finally:
        sandbox.close()


async def test_no_more_children_than_slots(tmp_path: Path, slow_file: Path) -> None:
    sandbox = Sandbox(concurrent_count=1, idle_s=30)
    parser = SandboxedParser(sandbox, ParseLimits(wall_clock_s=0.5))
    parsing = [asyncio.create_task(parser.parse(slow_file, content_type=HTML)) for _ in range(2)]
    child = await child_of(sandbox)
    assert psutil.Process(child.ppid()).children() == [child]
    await asyncio.gather(*parsing, return_exceptions=True)
    sandbox.close()


SERVER = """
import asyncio, sys
from pathlib import Path
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.sandbox import Sandbox

async def main():
    sandbox = Sandbox(concurrent_count=1, idle_s=30)
    parser = SandboxedParser(sandbox, ParseLimits())
    parsing = asyncio.create_task(parser.parse(Path(sys.argv[1]), content_type="text/html"))
    while not sandbox.zygote_pid:
        await asyncio.sleep(0)
    print(sandbox.zygote_pid, flush=True)
    await parsing

asyncio.run(main())
"""


def test_nothing_survives_a_killed_server(slow_file: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(slow_file)], stdout=subprocess.PIPE, cwd=ROOT) as server:
        assert server.stdout is not None
        zygote = psutil.Process(int(server.stdout.readline()))
        while not (children := zygote.children()):
            assert server.poll() is None
        server.kill()
    for process in (zygote, *children):
        assert_gone(process)


IMPORTING = """
import asyncio, sys
from pathlib import Path
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.renderer import SandboxedPageRenderer
from ragapp.adapters.parsers.sandbox import Sandbox

async def main():
    sandbox = Sandbox(concurrent_count=1, idle_s=30)
    parser = SandboxedParser(sandbox, ParseLimits())
    path = Path(sys.argv[1])
    content_type = await parser.identify(path, filename="a.pdf", declared_type=None)
    parsed = await parser.parse(path, content_type=content_type)
    await SandboxedPageRenderer(sandbox, ParseLimits()).render(path, content_type=content_type, page=1, start=0, end=3)
    sandbox.close()
    print(parsed.text, *sorted({name.split(".")[0] for name in sys.modules}))

asyncio.run(main())
"""


def test_the_serving_process_loads_no_parser_library(tmp_path: Path) -> None:
    path = write(tmp_path, files.make_pdf(["text"]))
    printed = subprocess.run(
        [sys.executable, "-c", IMPORTING, str(path)], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split()
    assert printed[0] == "text"
    assert not {"pypdfium2", "pypdfium2_raw", "lxml", "docx", "PIL", "pyexpat", "html"} & set(printed)


CONFINED = """
import os, socket
from ragapp.adapters.parsers.confinement import AddressSpace, confine_child, seal_zygote
from ragapp.adapters.parsers.limits import ParseLimits

held_bytes = AddressSpace().held_bytes()
seal_zygote()
zygote = os.getpid()
if os.fork():
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
confine_child(ParseLimits(), zygote_pid=zygote, held_bytes=held_bytes)

def attempt(name, action):
    try:
        action()
    except OSError:
        print(name, "refused", flush=True)
    else:
        print(name, "worked", flush=True)

def write(path):
    with open(path, "w") as file:
        file.write("x")

attempt("write-here", lambda: write("x"))
attempt("write-there", lambda: write(OUTSIDE))
attempt("create", lambda: open(OUTSIDE, "w").close())
attempt("read", lambda: open(SECRET).read())
attempt("connect", lambda: socket.create_connection(("127.0.0.1", PORT), timeout=2))
attempt("signal", lambda: os.kill(SERVER, 0))
attempt("descriptors", lambda: [os.dup(1) for _ in range(80)])
print("session", os.getsid(0) == os.getpid(), flush=True)
"""


def test_a_confined_process_can_neither_write_nor_connect_nor_read_what_is_not_code(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("another tenant's document")
    with socket.create_server(("127.0.0.1", 0)) as server:
        given = {
            "SERVER": os.getpid(),
            "PORT": server.getsockname()[1],
            "OUTSIDE": str(tmp_path / "new"),
            "SECRET": str(secret),
        }
        script = "".join(f"{name} = {value!r}\n" for name, value in given.items()) + CONFINED
        printed = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False, text=True, env={}
        ).stdout
    expected = {"write-here refused", "write-there refused", "descriptors refused", "session True"}
    if landlock_version() > 0:
        expected |= {"create refused", "read refused"}
    if landlock_version() >= 4:
        expected.add("connect refused")
    if landlock_version() >= 6:
        expected.add("signal refused")
    assert expected <= set(printed.splitlines()), printed


async def test_a_small_file_does_not_wait_for_large_ones(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = tmp_path / "large", tmp_path / "small"
    large.write_bytes(b"x" * 2 * MEBIBYTE)
    small.write_bytes(b"x")
    gate, done = asyncio.Event(), []

    async def attempt(_self: Sandbox, _zygote: object, path: Path, _request: object) -> None:
        if path == large:
            await gate.wait()
        done.append(path.name)

    monkeypatch.setattr(Sandbox, "_ensure_zygote", lambda _self: None)
    monkeypatch.setattr(Sandbox, "_attempt", attempt)
    waiting = [asyncio.create_task(sandbox.run(large, None)) for _ in range(3)]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await asyncio.wait_for(sandbox.run(small, None), PATIENCE_S)  # type: ignore[arg-type]
    assert done == ["small"]
    gate.set()
    await asyncio.gather(*waiting)
    assert done == ["small", "large", "large", "large"]
