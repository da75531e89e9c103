"""Files that are made while they are sent."""

from collections.abc import AsyncGenerator

from fastapi import Response
from fastapi.responses import StreamingResponse


async def open_export(pieces: AsyncGenerator[bytes], filename: str, media_type: str) -> Response:
    """Return the response that sends a file; what refuses it does so before the first byte, with its own status."""
    first = await anext(pieces, b"")

    async def whole() -> AsyncGenerator[bytes]:
        try:
            yield first
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"}
    return StreamingResponse(whole(), media_type=f"{media_type}; charset=utf-8", headers=headers)
