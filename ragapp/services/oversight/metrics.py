"""Numbers for whoever runs the installation: counts and states, no content, no ids."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ragapp.core.errors import NotAuthenticated, NotFound
from ragapp.core.ids import TenantId
from ragapp.core.ports import Clock
from ragapp.core.scope import Origin, PlatformScope
from ragapp.services.retrieval.search_tally import SearchTally
from ragapp.store.store import Store

_PLATFORM = PlatformScope(Origin.TASK)
_LATEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class InstallationMetrics:
    """What is there now. `used_today` is by metric; `healthy` by part of the service; `of_tenants` is usually empty."""

    tenants: Mapping[str, int]
    users: int
    documents: int
    storage_bytes: int
    sessions: int
    tasks: Mapping[str, int]
    used_today: Mapping[str, int]
    healthy: Mapping[str, bool]
    of_tenants: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Short name -> metric -> amount today, where the operator switched that on."""


class MetricsService:
    """Gathers metrics for those who hold the token. Without a configured token there is nothing to be found."""

    def __init__(
        self, store: Store, clock: Clock, searches: SearchTally, *, token: str, is_per_tenant: bool
    ) -> None:
        self._store = store
        self._clock = clock
        self._searches = searches
        self._token = token
        self._is_per_tenant = is_per_tenant

    async def gather(self, token: str) -> InstallationMetrics:
        """Return what is there now.

        Raises:
            NotFound: no token is configured. NotAuthenticated: it is not the one that was sent.
        """
        if not self._token:
            raise NotFound
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise NotAuthenticated
        await self._searches.write()
        now = self._clock.now()
        async with self._store.read_platform(_PLATFORM) as tx:
            counts, tasks = await tx.tenants.counts(), await tx.tenants.count_tasks()
            rows = await tx.usage_of_all(now.date(), now.date())
            looks = await tx.health.list_since(now - _LATEST)
            slugs: dict[str, str] = {}
            for tenant_id in self._shown(rows):
                slugs[tenant_id] = (await tx.tenants.get(tenant_id))[0].slug
        used: dict[str, int] = {}
        for _, metric, amount in rows:
            used[metric] = used.get(metric, 0) + amount
        of_tenants: dict[str, dict[str, int]] = {}
        for owner, metric, amount in rows:
            if owner in slugs:
                of_tenants.setdefault(slugs[owner], {})[metric] = amount
        return InstallationMetrics(
            tenants=counts.tenants,
            users=counts.users,
            documents=counts.documents,
            storage_bytes=counts.storage_bytes,
            sessions=counts.sessions,
            tasks=tasks,
            used_today=used,
            healthy={look.service: look.status == "healthy" for look in looks},
            of_tenants=of_tenants,
        )

    def _shown(self, rows: list[tuple[str, str, int]]) -> set[TenantId]:
        return {TenantId(tenant_id) for tenant_id, _, _ in rows} if self._is_per_tenant else set()
