"""Page pictures for the evidence panel, drawn in the same confined processes that read documents."""

from pathlib import Path

from ragapp.adapters.parsers.formats import PDF
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.adapters.parsers.wire import PictureRequest, Request
from ragapp.core.errors import NotFound


class SandboxedPageRenderer:
    """`rag.ports.PageRenderer` for PDF; the other formats have no pages to draw."""

    def __init__(self, sandbox: Sandbox, limits: ParseLimits) -> None:
        self._sandbox = sandbox
        self._limits = limits

    async def render(self, path: Path, *, content_type: str, page: int, start: int, end: int) -> bytes:
        """Return a PNG of a page with a passage marked; see `rag.ports.PageRenderer.render`.

        Raises:
            NotFound: no such page, or the format has no pages.
            IngestionFailed: the file cannot be drawn, see `rag.ports.Parser.parse`.
        """
        if content_type != PDF or page < 1:
            raise NotFound(details={"page": page})
        reply = await self._sandbox.run(path, Request(content_type, self._limits, PictureRequest(page, start, end)))
        return reply.body
