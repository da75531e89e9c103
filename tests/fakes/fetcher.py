"""A fetcher that knows a few pages by heart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ragapp.adapters.fetching.urls import parse_address
from ragapp.core.errors import PageNotFound, RagAppError
from ragapp.core.ids import TenantId
from ragapp.core.ports import FetchedPage, FetchKind, PageMark


@dataclass
class FakePage:
    """What is at an address; `url` is where it ends after redirects, `failure` is raised instead."""

    content: str = ""
    filename: str = "page.txt"
    content_type: str = "text/plain"
    url: str = ""
    etag: str = ""
    failure: RagAppError | None = None


class MemoryFetcher:
    """Implements `core.ports.Fetcher` over `pages`; an address nobody put there is not found. `opened` is a record."""

    def __init__(self) -> None:
        self.pages: dict[str, FakePage] = {}
        self.opened: list[str] = []

    def put(self, url: str, content: str = "", /, **about: object) -> FakePage:
        self.pages[url] = FakePage(content, **about)  # type: ignore[arg-type]
        return self.pages[url]

    def check(self, url: str) -> str:
        return str(parse_address(url))

    @asynccontextmanager
    async def open(
        self, tenant_id: TenantId, url: str, *, known: PageMark | None = None, kind: FetchKind = FetchKind.DOCUMENT
    ) -> AsyncIterator[FetchedPage]:
        self.opened.append(url)
        page = self.pages.get(url)
        if page is None:
            raise PageNotFound
        if page.failure is not None:
            raise page.failure
        unchanged = bool(page.etag) and known is not None and known.etag == page.etag
        final, mark = page.url or url, PageMark(page.etag)
        yield FetchedPage(final, page.filename, page.content_type, mark, _bytes(page.content), unchanged)


async def _bytes(content: str) -> AsyncIterator[bytes]:
    yield content.encode()
