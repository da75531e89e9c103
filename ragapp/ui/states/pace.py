"""When a growing answer is worth a message to the browser."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from ragapp.services.views import RunSnapshot

MIN_CHARACTERS = 80
"""One flush costs about 130 bytes besides its text: smaller steps would mostly carry envelopes."""

MAX_WAIT_S = 0.7
"""Text never stays behind longer than this, however slowly the model writes; the browser smooths the steps."""


async def paced(
    snapshots: AsyncIterator[RunSnapshot], *, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[RunSnapshot]:
    """Merge snapshots that add little text; the first text, a new stage and the end are passed on at once."""
    source = aiter(snapshots)
    upcoming = asyncio.ensure_future(anext(source, None))
    shown: RunSnapshot | None = None
    held: RunSnapshot | None = None
    shown_at = clock()
    try:
        while True:
            patience = max(0.0, shown_at + MAX_WAIT_S - clock()) if held else None
            await asyncio.wait({upcoming}, timeout=patience)
            if upcoming.done():
                arrived = upcoming.result()
                if arrived is None:
                    break
                upcoming = asyncio.ensure_future(anext(source, None))
                held = merge(held, arrived)
                if not is_due(shown, held) and clock() < shown_at + MAX_WAIT_S:
                    continue
            if held is not None:
                shown, held, shown_at = held, None, clock()
                yield shown
        if held is not None:
            yield held
    finally:
        upcoming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await upcoming


def merge(earlier: RunSnapshot | None, later: RunSnapshot) -> RunSnapshot:
    """Return one snapshot that says what both say."""
    if earlier is None:
        return later
    return replace(later, new_blocks=earlier.new_blocks + later.new_blocks)


def is_due(shown: RunSnapshot | None, held: RunSnapshot) -> bool:
    """Return whether a held snapshot has waited long enough in what it brings."""
    if shown is None or held.done or held.stage != shown.stage or held.count != shown.count:
        return True
    if not shown.tail and not shown.new_blocks:
        return bool(held.tail or held.new_blocks)
    written = len(held.tail) + sum(map(len, held.new_blocks)) - len(shown.tail)
    return written >= MIN_CHARACTERS
