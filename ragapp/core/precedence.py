"""Questions go first: work that nobody waits for lets them pass at its next step."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT_S = 0.05
_LOOK_AGAIN_S = 0.002


class Precedence:
    """Who is asking at the moment. Belongs to one event loop; threads may only wait.

    Args:
        longest_wait_s: Most that one step of other work waits: however much is asked, it goes on in the end.
    """

    def __init__(self, *, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._longest_wait_s = longest_wait_s
        self._asked_count = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Have other work wait while this block looks for an answer."""
        self._asked_count += 1
        self._free.clear()
        try:
            yield
        finally:
            self._asked_count -= 1
            if not self._asked_count:
                self._free.set()

    async def give_way(self) -> None:
        """Wait while a question is under way."""
        if self._asked_count:
            try:
                async with asyncio.timeout(self._longest_wait_s):
                    await self._free.wait()
            except TimeoutError:
                return

    def give_way_in_thread(self) -> None:
        """Wait while a question is under way, from a thread of its own."""
        deadline = time.monotonic() + self._longest_wait_s
        while self._asked_count and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN_S)
