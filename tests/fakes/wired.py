"""The application as it is really composed, over a real database and real files, with models and index in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ragapp import bootstrap
from ragapp.adapters.blobs import LocalBlobStore
from ragapp.adapters.extractive_generator import ExtractiveGenerator
from ragapp.adapters.rate_limiter import LocalRateLimiter
from ragapp.adapters.secret_box import open_secret_box
from ragapp.bootstrap import Application
from ragapp.config import Settings
from ragapp.core.ports import Clock
from ragapp.core.precedence import Precedence
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.ports import Vectors
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.registry import Services
from ragapp.store.engine import build_engine
from ragapp.store.store import Store
from tests.fakes.archives import MemoryArchiveReader
from tests.fakes.embedder import HashEmbedder
from tests.fakes.fetcher import MemoryFetcher
from tests.fakes.mailer import MemoryMailer
from tests.fakes.parser import TextParser
from tests.fakes.vector_index import MemoryIndex

MAX_UPLOAD_BYTES = 100_000


class PatientEmbedder(HashEmbedder):
    """Questions that contain "wait" are embedded once `gate` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def embed_question(self, text: str) -> Vectors:
        if "wait" in text:
            await self.gate.wait()
        return await super().embed_question(text)


@dataclass(frozen=True)
class Wired:
    """A composed application and what stands outside of it."""

    application: Application
    store: Store
    blobs: LocalBlobStore
    blob_folder: Path
    index: MemoryIndex
    embedder: PatientEmbedder
    parser: TextParser
    fetcher: MemoryFetcher
    mailer: MemoryMailer

    @property
    def services(self) -> Services:
        return self.application.services

    async def settle(self) -> None:
        """Work until nothing is left to do."""
        await self.application.runner.run_until_idle()


@asynccontextmanager
async def wired_application(database_url: str, clock: Clock, folder: Path) -> AsyncIterator[Wired]:
    """Compose the application over a migrated database; no task runs until `settle`."""
    # Without exact search every question goes through the index, which tests may break or bend.
    settings = Settings(
        data_dir=folder, database_url=database_url, max_upload_bytes=MAX_UPLOAD_BYTES, exact_search_passages=0
    )
    parser, embedder, index = TextParser(), PatientEmbedder(), MemoryIndex()
    fetcher, mailer = MemoryFetcher(), MemoryMailer()
    async with AsyncExitStack() as stack:
        secrets = open_secret_box(folder, "")
        store = Store(build_engine(settings.effective_database_url), clock, secrets.seal)
        # Some tests leave a question waiting: other work would wait, too, at each of its steps.
        store.precedence = Precedence(longest_wait_s=0)
        stack.push_async_callback(store.close)
        adapters = bootstrap._Adapters(
            store=store,
            clock=clock,
            secrets=secrets,
            limiter=LocalRateLimiter(clock),
            mailer=mailer,
            blobs=LocalBlobStore(folder / "blobs"),
            fetcher=fetcher,
            folders=None,
            parser=parser,
            archives=MemoryArchiveReader(),
            renderer=parser,
            embedder=embedder,
            vector_kind=EmbedderKind.MULTILINGUAL,
            index=index,
            generators=GeneratorChoice(None, ExtractiveGenerator()),
        )
        application = bootstrap._wire(settings, adapters, stack)
        yield Wired(application, store, adapters.blobs, folder / "blobs", index, embedder, parser, fetcher, mailer)
        embedder.gate.set()
