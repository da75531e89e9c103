"""No file does more than fail: in time, with a reason, without memory, files or connections of the serving process."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ragapp.adapters.parsers.limits import MEBIBYTE, ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from tests.safety.bombs import Bomb, bombs
from tests.safety.reading import PeakMemory, Reader

LIMITS = ParseLimits(wall_clock_s=8.0, cpu_s=6, recognition_page_s=6.0)
GRACE_S = 2.0
MOST_GROWTH_BYTES = 50 * MEBIBYTE
NAMES = [bomb.name for bomb in bombs("")]


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(concurrent_count=2, idle_s=30)
    yield sandbox
    sandbox.close()


def bomb_named(name: str, listener: socket.socket) -> Bomb:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    return next(bomb for bomb in bombs(url) if bomb.name == name)


def held_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_there_are_enough_different_bombs() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len(NAMES) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
async def test_a_bomb_ends_in_time_with_a_reason_and_harms_nothing(
    name: str, sandbox: Sandbox, listener: socket.socket, tmp_path: Path
) -> None:
    bomb = bomb_named(name, listener)
    path, neighbour = tmp_path / "bomb", tmp_path / "neighbour"
    path.write_bytes(bomb.build())
    neighbour.write_text("An ordinary file.", encoding="utf-8")
    gc.collect()
    reader = Reader(sandbox, LIMITS)
    async with PeakMemory() as memory:
        ending, beside = await asyncio.gather(
            reader.read(path, bomb.filename, bomb.declared), reader.read(neighbour, "neighbour.txt")
        )
    assert ending.elapsed_s < LIMITS.wall_clock_s + GRACE_S
    assert memory.growth_bytes < MOST_GROWTH_BYTES
    assert beside.reason == ""
    assert beside.elapsed_s < GRACE_S
    assert ending.reason or bomb.harmless, "it was read as if nothing were wrong with it"
    assert held_in(tmp_path) == {path.name, neighbour.name}
    with pytest.raises(BlockingIOError):
        listener.accept()
