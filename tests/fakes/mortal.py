"""A process that can be killed at any await: nothing it calls works any more, nothing it left open commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store, TenantTransaction


class Killed(BaseException):
    """The process died here."""


class KillSwitch:
    """Counts the points a process passes and kills it at one of them, for good."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.passed: list[str] = []

    def point(self, name: str) -> None:
        self.passed.append(name)
        if self.at is not None and len(self.passed) > self.at:
            raise Killed(name)


class MortalStore(Store):
    """Dies before or after a commit."""

    def __init__(self, store: Store, switch: KillSwitch) -> None:
        super().__init__(store._engine, store._clock)
        self._switch = switch

    @asynccontextmanager
    async def begin(self, scope: TenantScope) -> AsyncIterator[TenantTransaction]:
        async with super().begin(scope) as tx:
            yield tx
            self._switch.point("before commit")
        self._switch.point("after commit")

    @asynccontextmanager
    async def begin_platform(self, scope: PlatformScope) -> AsyncIterator[PlatformTransaction]:
        async with super().begin_platform(scope) as tx:
            yield tx
            self._switch.point("before queue commit")
        self._switch.point("after queue commit")


class Mortal:
    """Stands before an adapter or fake; dies before or after any of its calls."""

    def __init__(self, target: Any, switch: KillSwitch) -> None:
        self._target = target
        self._switch = switch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        async def call(*args: Any, **options: Any) -> Any:
            self._switch.point(f"before {name}")
            result = await found(*args, **options)
            self._switch.point(f"after {name}")
            return result

        return call
