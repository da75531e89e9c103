"""Page pictures for the evidence panel, drawn in the same confined processes that read documents."""

import asyncio
from pathlib import Path

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.adapters.parsers.wire import Job, PictureRequest, Request
from ragapp.core.errors import NotFound
from ragapp.core.file_types import PDF

_Identity = tuple[str, int, int]
_MAX_LAYOUTS = 128
_MAX_LAYOUT_CHARS = 64 * 1024


class SandboxedPageRenderer:
    """`rag.ports.PageRenderer` for PDF; the other formats have no pages to draw.

    Placing a mark needs the layout of the whole document, so the layouts of the documents drawn last are remembered.
    """

    def __init__(self, sandbox: Sandbox, limits: ParseLimits) -> None:
        self._sandbox = sandbox
        self._limits = limits
        self._layouts: dict[_Identity, str] = {}

    async def render(
        self, path: Path, *, content_type: str, page: int, start: int, end: int, page_start: int = -1
    ) -> bytes:
        """Return a PNG of a page with a passage marked; see `rag.ports.PageRenderer.render`.

        Raises:
            NotFound: no such page, or the format has no pages.
            IngestionFailed: the file cannot be drawn, see `rag.ports.Parser.parse`.
        """
        if content_type != PDF or page < 1:
            raise NotFound(details={"page": page})
        key = await asyncio.to_thread(_identity, path)
        picture = PictureRequest(page, start, end, self._layouts.get(key, ""), page_start)
        reply = await self._sandbox.run(path, Request(content_type, self._limits, Job.DRAW, picture=picture))
        self._remember(key, reply.header.get("layout"))
        return reply.body

    def _remember(self, key: _Identity, layout: object) -> None:
        if isinstance(layout, str) and 0 < len(layout) <= _MAX_LAYOUT_CHARS:
            self._layouts.pop(key, None)
            self._layouts[key] = layout
            if len(self._layouts) > _MAX_LAYOUTS:
                del self._layouts[next(iter(self._layouts))]


def _identity(path: Path) -> _Identity:
    """Return what tells these bytes from others; a missing file is for the sandbox to report."""
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_size, status.st_mtime_ns
