"""Archives opened in the sandbox: names are labels, sizes are not believed, a member is a stream."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from ragapp.adapters.parsers.archive_reader import SandboxedArchiveReader
from ragapp.adapters.parsers.formats import ZIP
from ragapp.adapters.parsers.identification import identify_file
from ragapp.adapters.parsers.limits import MEBIBYTE, ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.errors import DocumentTooComplex, FileTypeMismatch, ParseFailed
from ragapp.rag.types import ArchiveMember
from tests.fakes import files
from tests.fakes.archives import MemoryArchiveReader, make_zip
from tests.fakes.office_files import make_odt

NAMES = {"ugovori/čćšžđ.txt": "prvi", "b.md": "# drugi"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(concurrent_count=2, idle_s=30)
    yield sandbox
    sandbox.close()


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(data)
    return path


async def read(reader: SandboxedArchiveReader | MemoryArchiveReader, path: Path, member: ArchiveMember) -> bytes:
    async with aclosing(reader.stream(path, member)) as pieces:
        return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("kind", ["sandboxed", "memory"])
async def test_members_come_in_order_with_their_bytes(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    reader = SandboxedArchiveReader(sandbox, ParseLimits()) if kind == "sandboxed" else MemoryArchiveReader()
    path = write(tmp_path, make_zip(NAMES))
    members = await reader.list_members(path)
    assert [(member.name, member.problem) for member in members] == [(name, "") for name in NAMES]
    assert [(await read(reader, path, member)).decode() for member in members] == list(NAMES.values())
    assert [member.size_bytes for member in members] == [len(text.encode()) for text in NAMES.values()]


async def test_folders_and_what_systems_leave_behind_are_no_members(sandbox: Sandbox, tmp_path: Path) -> None:
    left = {"a/": "", "a/x.txt": "x", "__MACOSX/a/._x.txt": "x", "a/.DS_Store": "x", "Thumbs.db": "x"}
    members = await SandboxedArchiveReader(sandbox, ParseLimits()).list_members(write(tmp_path, make_zip(left)))
    assert [member.name for member in members] == ["a/x.txt"]


@pytest.mark.parametrize("encoding", ["cp852", "utf-8"])
async def test_names_that_do_not_tell_their_encoding_keep_their_letters(
    sandbox: Sandbox, tmp_path: Path, encoding: str
) -> None:
    """As the archivers of Windows and of older systems write them."""
    name = "Ugovor o čišćenju, Đurđevac.txt"
    placeholder = "x" * len(name.encode(encoding))
    data = make_zip({placeholder: "text"}).replace(placeholder.encode(), name.encode(encoding))
    (member,) = await SandboxedArchiveReader(sandbox, ParseLimits()).list_members(write(tmp_path, data))
    assert (member.name, member.problem) == (name, "")


@pytest.mark.parametrize("name", [name for name in files.HOSTILE_NAMES if name.strip() and "\0" not in name])
async def test_a_hostile_name_is_left_in_the_archive_or_a_plain_label(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    before = set(tmp_path.parent.iterdir())
    members = await SandboxedArchiveReader(sandbox, ParseLimits()).list_members(
        write(tmp_path, make_zip({name: "text"}))
    )
    for member in members:
        parts = member.name.split("/")
        assert member.problem or (".." not in parts and parts[0] and member.name.isprintable()), member
    assert set(tmp_path.parent.iterdir()) == before


async def test_a_member_is_streamed_and_leaves_nobody_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    """The child waits for its reader, and ends when the reader stops listening."""
    path = write(tmp_path, stored({"big.txt": b"0123456789abcdef" * MEBIBYTE}))
    reader = SandboxedArchiveReader(sandbox, ParseLimits())
    (member,) = await reader.list_members(path)
    async with aclosing(reader.stream(path, member)) as pieces:
        first = await anext(pieces)
        assert sandbox.zygote_pid is not None
        (child,) = psutil.Process(sandbox.zygote_pid).children()
    assert 0 < len(first) <= MEBIBYTE
    gone, alive = psutil.wait_procs([child], timeout=10)
    assert (len(gone), alive) == (1, [])


async def test_the_time_a_slow_reader_takes_is_not_the_childs(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, stored({"big.txt": b"0123456789abcdef" * MEBIBYTE}))
    reader = SandboxedArchiveReader(sandbox, ParseLimits(wall_clock_s=1))
    (member,) = await reader.list_members(path)
    size = 0
    async with aclosing(reader.stream(path, member)) as pieces:
        async for piece in pieces:
            if not size:
                await asyncio.sleep(1.2)  # the point of the test: a disk that stalls
            size += len(piece)
    assert size == member.size_bytes


async def test_a_member_never_gives_more_than_it_states(sandbox: Sandbox, tmp_path: Path) -> None:
    data = make_zip({"a.txt": b"\0" * 100_000}).replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path = write(tmp_path, data)
    reader = SandboxedArchiveReader(sandbox, ParseLimits())
    (member,) = await reader.list_members(path)
    assert member.size_bytes == 10
    with pytest.raises(ParseFailed):
        await read(reader, path, member)


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (ParseLimits(archive_entry_count=1), DocumentTooComplex),
        (ParseLimits(archive_total_bytes=5), DocumentTooComplex),
    ],
)
async def test_an_archive_over_its_limits_is_refused_whole(
    sandbox: Sandbox, tmp_path: Path, limits: ParseLimits, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await SandboxedArchiveReader(sandbox, limits).list_members(write(tmp_path, make_zip(NAMES)))


async def test_one_member_over_its_limits_is_left_out_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, make_zip({"big.txt": "x" * 100, "small.txt": "x"}))
    members = await SandboxedArchiveReader(sandbox, ParseLimits(archive_entry_bytes=50)).list_members(path)
    assert [(member.name, member.problem) for member in members] == [
        ("big.txt", DocumentTooComplex.code),
        ("small.txt", ""),
    ]


@pytest.mark.parametrize("data", [files.make_docx(["x"]), make_odt("<text:p>x</text:p>"), files.make_pdf(["x"])])
def test_a_document_that_calls_itself_an_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FileTypeMismatch):
        identify_file(write(tmp_path, data), filename="a.zip", declared_type=None)


@pytest.mark.parametrize("declared", ["", "application/zip", "application/x-zip-compressed"])
def test_an_archive_is_known_by_its_bytes_and_name(tmp_path: Path, declared: str) -> None:
    path = write(tmp_path, make_zip(NAMES))
    assert identify_file(path, filename="a.zip", declared_type=declared) == ZIP


def stored(members: dict[str, bytes]) -> bytes:
    """Return an archive whose members are not compressed, so that they are in proportion."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
