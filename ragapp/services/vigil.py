"""Streams and sockets outlive the moment their caller was checked: here they are checked again while they last."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from ragapp.core.scope import Permission, TenantScope, require

LOOK_EVERY_S = 0.2
"""Mostly a look at what is remembered for a second; what changes in this process is forgotten there at once."""

T = TypeVar("T")
Refresh = Callable[[TenantScope], Awaitable[TenantScope]]


class Vigil:
    """Ends what a caller follows as soon as their credential, membership, tenant or right has ended."""

    def __init__(self, refresh: Refresh, *, every_s: float = LOOK_EVERY_S) -> None:
        self._refresh = refresh
        self._every_s = every_s

    async def over(
        self, scope: TenantScope, events: AsyncIterator[T], permission: Permission
    ) -> AsyncGenerator[T]:
        """Yield what `events` yields, as long as the caller may have it, also while nothing comes.

        Raises:
            NotAuthenticated: whoever is behind the scope may no longer come in.
            PermissionDenied: they no longer hold `permission`.
        """
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        pending: asyncio.Future[T] | None = None
        try:
            while True:
                pending = pending or asyncio.ensure_future(_next(events))
                await asyncio.wait({pending}, timeout=max(0.0, checked_at + self._every_s - loop.time()))
                if loop.time() >= checked_at + self._every_s:
                    require(await self._refresh(scope), permission)
                    checked_at = loop.time()
                if pending.done():
                    try:
                        event = pending.result()
                    except StopAsyncIteration:
                        return
                    pending = None
                    yield event
        except asyncio.CancelledError:
            await _end(pending)
            await _cancel(events)
            raise
        finally:
            await _end(pending)
            await _close(events)


async def _next(events: AsyncIterator[T]) -> T:
    return await anext(events)


async def _end(pending: "asyncio.Future[T] | None") -> None:
    if pending is not None:
        pending.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await pending


async def _cancel(events: AsyncIterator[T]) -> None:
    """Let a producer that was just handing something over know that it was cancelled, not merely closed."""
    if isinstance(events, AsyncGenerator):
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await events.athrow(asyncio.CancelledError())


async def _close(events: AsyncIterator[T]) -> None:
    if isinstance(events, AsyncGenerator):
        await events.aclose()
