"""Local files as the streams that uploads take."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

_BLOCK_BYTES = 1 << 18


async def stream_file(path: Path) -> AsyncIterator[bytes]:
    """Yield the bytes of a file block by block, read off the event loop."""
    with await asyncio.to_thread(path.open, "rb") as source:
        while block := await asyncio.to_thread(source.read, _BLOCK_BYTES):
            yield block
