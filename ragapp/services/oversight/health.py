"""How the parts of the service are, and whether it is ready for work."""

import asyncio
from collections.abc import Awaitable, Callable

from ragapp.core.errors import RagAppError
from ragapp.core.scope import Origin, PlatformScope
from ragapp.rag.ports import Embedder, VectorIndex
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.oversight.embedding_notices import EmbeddingNotices
from ragapp.services.views import ComponentHealth, HealthView
from ragapp.store.store import Store

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
_CHECK_TIMEOUT_S = 3.0


class HealthService:
    """Asks every part, each with a short timeout; holds no content and needs no scope."""

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        embedder: Embedder,
        generators: GeneratorChoice,
        notices: EmbeddingNotices,
        *,
        version: str,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._generators = generators
        self._notices = notices
        self._version = version
        self._models_loaded = False

    async def warm_up(self) -> None:
        """Load the embedding model, so that the first question does not wait for it.

        Raises:
            EmbedderUnavailable: the model cannot be loaded.
        """
        await asyncio.gather(self._embedder.embed_question("warm-up"), self._check("vector_index", self._vectors.ping))
        self._models_loaded = True

    async def is_ready(self) -> bool:
        """Return whether questions can be answered: database and embedding model."""
        checks = await asyncio.gather(self._check("database", self._ask_database), self._check("model", self._load))
        return all(check.status == HEALTHY for check in checks)

    async def check(self) -> HealthView:
        """Return the state of every part; the vector index and the model server only degrade the service."""
        database, embedder, index = await asyncio.gather(
            self._check("database", self._ask_database),
            self._check_embedder(),
            self._check("vector_index", self._vectors.ping),
        )
        generator = await self._generators.status()
        writer = ComponentHealth("generator", HEALTHY if not generator.problem else DEGRADED, generator.problem)
        checks = (database, embedder, index, writer)
        return HealthView(
            status=_overall(checks),
            version=self._version,
            models_loaded=embedder.status != UNHEALTHY,
            vector_db_connected=index.status == HEALTHY,
            generator=generator.name,
            generator_model=generator.model,
            generator_problem=generator.problem,
            checks=checks,
        )

    async def _ask_database(self) -> None:
        async with self._store.read_platform(PlatformScope(Origin.TASK)) as tx:
            await tx.accounts.has_owner()

    async def _load(self) -> None:
        if not self._models_loaded:
            await self.warm_up()

    async def _check_embedder(self) -> ComponentHealth:
        check = await self._check("embedder", self._load)
        found = await self._notices.find() if check.status == HEALTHY else None
        return check if found is None else ComponentHealth("embedder", DEGRADED, found.text)

    async def _check(self, name: str, ask: Callable[[], Awaitable[None]]) -> ComponentHealth:
        try:
            await asyncio.wait_for(ask(), _CHECK_TIMEOUT_S)
        except TimeoutError:
            return ComponentHealth(name, UNHEALTHY, f"no answer within {_CHECK_TIMEOUT_S:.0f} s")
        except RagAppError as error:
            return ComponentHealth(name, UNHEALTHY, error.code)
        except Exception as error:  # a driver's own exception: the part is down whatever its kind
            return ComponentHealth(name, UNHEALTHY, type(error).__name__)
        return ComponentHealth(name, HEALTHY)


def _overall(checks: tuple[ComponentHealth, ...]) -> str:
    states = {check.name: check.status for check in checks}
    if UNHEALTHY in (states["database"], states["embedder"]):
        return UNHEALTHY
    return HEALTHY if states["vector_index"] == HEALTHY else DEGRADED
