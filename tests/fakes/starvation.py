"""Real time without what other processes took of it: promises of "within a second" are held on a busy machine, too."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

_BEAT_S = 0.01


@dataclass
class Stopwatch:
    """Time since the block began, less the time in which this process wanted to run and could not."""

    started_at: float
    starved_s: float = 0.0

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started_at - self.starved_s


@asynccontextmanager
async def stopwatch() -> AsyncIterator[Stopwatch]:
    """Run a stopwatch; what this process's own code takes, blocking the event loop or not, counts in full."""
    watch = Stopwatch(time.monotonic())

    async def beat() -> None:
        while True:
            woken_at, spent_s = time.monotonic(), time.process_time()
            await asyncio.sleep(_BEAT_S)
            late_s = time.monotonic() - woken_at - _BEAT_S
            watch.starved_s += max(0.0, late_s - (time.process_time() - spent_s))

    beating = asyncio.create_task(beat())
    try:
        yield watch
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
