"""A process that can be killed at any await: nothing it calls works any more, nothing it left open commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragapp.adapters.blobs import LocalBlobStore, Write
from ragapp.core.ports import StagedBlob
from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store, TenantTransaction


class Killed(BaseException):
    """The process died here."""


@dataclass(frozen=True)
class Moment:
    """An instant of a run: before, during or after a call; `does` lists what a transaction did until then."""

    phase: str
    when: str
    call: str
    does: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((f"{self.phase}:", self.when, self.call, *self.does))


class KillSwitch:
    """Counts the moments a process passes and kills it at one of them, for good.

    Args:
        at: The number of the moment, from 0; None lets the process live.
        of: What moments to count; the others pass uncounted.
    """

    def __init__(self, at: int | None = None, of: Callable[[Moment], bool] = lambda _: True) -> None:
        self.at = at
        self.phase = ""
        self.passed: list[Moment] = []
        self.is_dead = False
        self._of = of

    def point(self, when: str, call: str, does: Sequence[str] = ()) -> None:
        moment = Moment(self.phase, when, call, tuple(does))
        if self._of(moment):
            self.passed.append(moment)
        self.is_dead = self.is_dead or (self.at is not None and len(self.passed) > self.at)
        if self.is_dead:
            raise Killed(str(moment))


class _Recorded:
    """Stands before a repository and notes what is called."""

    def __init__(self, target: Any, name: str, does: list[str]) -> None:
        self._target, self._name, self._does = target, name, does

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found) or name.startswith("_"):
            return found

        def call(*args: Any, **options: Any) -> Any:
            self._does.append(f"{self._name}.{name}")
            return found(*args, **options)

        return call


class _RecordedTransaction:
    def __init__(self, tx: Any) -> None:
        self._tx, self.does = tx, list[str]()

    def __getattr__(self, name: str) -> Any:
        return _Recorded(getattr(self._tx, name), name, self.does)


class MortalStore(Store):
    """Dies before or after a commit, or after a reading."""

    def __init__(self, store: Store, switch: KillSwitch) -> None:
        super().__init__(store._engine, store._clock)
        self._switch = switch

    @asynccontextmanager
    async def begin(self, scope: TenantScope) -> AsyncIterator[TenantTransaction]:
        async with super().begin(scope) as tx:
            recorded: Any = _RecordedTransaction(tx)
            yield recorded
            self._switch.point("before", "commit", recorded.does)
        self._switch.point("after", "commit", recorded.does)

    @asynccontextmanager
    async def read(self, scope: TenantScope) -> AsyncIterator[TenantTransaction]:
        async with super().read(scope) as tx:
            recorded: Any = _RecordedTransaction(tx)
            yield recorded
        self._switch.point("after", "read", recorded.does)

    @asynccontextmanager
    async def begin_platform(self, scope: PlatformScope) -> AsyncIterator[PlatformTransaction]:
        async with super().begin_platform(scope) as tx:
            recorded: Any = _RecordedTransaction(tx)
            yield recorded
            self._switch.point("before", "commit", recorded.does)
        self._switch.point("after", "commit", recorded.does)


class Mortal:
    """Stands before an adapter or fake; dies before, during or after any of its calls."""

    def __init__(self, target: Any, switch: KillSwitch) -> None:
        self._target = target
        self._switch = switch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        async def call(*args: Any, **options: Any) -> Any:
            self._switch.point("before", name)
            result = await self._underway(name, found(*args, **options))
            self._switch.point("after", name)
            return result

        return call

    async def _underway(self, name: str, work: Awaitable[Any]) -> Any:
        running = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        try:
            self._switch.point("during", name)
        except Killed:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            raise
        return await running


class MortalIndex(Mortal):
    """Also dies with half of a batch written."""

    async def add(self, ref: Any, ids: Sequence[Any], vectors: Any) -> None:
        self._switch.point("before", "add")
        half = len(ids) // 2
        await self._target.add(ref, ids[:half], vectors[:half])
        self._switch.point("during", "add")
        await self._target.add(ref, ids[half:], vectors[half:])
        self._switch.point("after", "add")


class MortalBlobs(LocalBlobStore):
    """Real files; dies between the steps of storing them, too, and cleans nothing up when dead."""

    def __init__(self, root: Path, switch: KillSwitch) -> None:
        super().__init__(root)
        self._switch = switch
        self._write = type("BoundWrite", (_MortalWrite,), {"switch": switch})

    @asynccontextmanager
    async def stage(self, *args: Any, **options: Any) -> AsyncIterator[StagedBlob]:
        self._switch.point("before", "stage")
        async with super().stage(*args, **options) as staged:
            self._switch.point("after", "stage")
            yield staged

    async def keep(self, *args: Any) -> None:
        self._switch.point("before", "keep")
        await super().keep(*args)
        self._switch.point("after", "keep")

    async def open_path(self, *args: Any) -> Any:
        self._switch.point("before", "open_path")
        path = await super().open_path(*args)
        self._switch.point("after", "open_path")
        return path

    async def delete(self, *args: Any) -> None:
        self._switch.point("before", "delete")
        await super().delete(*args)
        self._switch.point("after", "delete")


class _MortalWrite(Write):
    switch: KillSwitch

    def append(self, piece: bytes) -> None:
        super().append(piece)
        self.switch.point("after", "append")

    def sync(self) -> None:
        super().sync()
        self.switch.point("after", "fsync of the file")

    @classmethod
    def move(cls, path: Path, target: Path) -> None:
        super().move(path, target)
        cls.switch.point("after", "rename")

    @classmethod
    def make_durable(cls, target: Path) -> None:
        super().make_durable(target)
        cls.switch.point("after", "fsync of the folder")

    def discard(self) -> None:
        if self.switch.is_dead:
            self._file.close()
        else:
            super().discard()
