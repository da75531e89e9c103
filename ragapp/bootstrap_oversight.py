"""Composition of everything about limits, flags, usage, the audit log and health over time."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from ragapp.adapters.service_probes import DiskProbe, RedisProbe, SmtpProbe
from ragapp.config import MailSecurity, Settings
from ragapp.core.ports import Clock, RateLimiter, SecretBox
from ragapp.core.scope import Origin, PlatformScope
from ragapp.rag.ports import Embedder, VectorIndex
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.chat.missing_reports import MissingReportService
from ragapp.services.oversight.audit_chain import CHECKPOINT_PURPOSE, CheckpointSigner
from ragapp.services.oversight.audit_log import AuditLogService
from ragapp.services.oversight.embedding_notices import EmbeddingNotices
from ragapp.services.oversight.health_history import HealthHistory, Probe
from ragapp.services.oversight.metrics import MetricsService
from ragapp.services.oversight.usage import UsageService
from ragapp.services.retrieval.search_tally import SearchTally
from ragapp.services.tenancy.flags import FlagService
from ragapp.services.tenancy.limits import Bursts, LimitService
from ragapp.services.tenancy.tenant_rules import TenantRules
from ragapp.store.store import Store


@dataclass(frozen=True, slots=True)
class Oversight:
    """The services that limit and watch. `searches` counts what has no transaction of its own."""

    rules: TenantRules
    flags: FlagService
    limits: LimitService
    usage: UsageService
    audit_log: AuditLogService
    metrics: MetricsService
    missing_reports: MissingReportService
    searches: SearchTally


def build_oversight(
    settings: Settings, store: Store, secrets: SecretBox, clock: Clock, limiter: RateLimiter
) -> Oversight:
    """Compose the services."""
    rules, searches = TenantRules(store, clock), SearchTally(store)
    bursts = Bursts(
        asks_per_minute=settings.asks_per_minute,
        searches_per_minute=settings.searches_per_minute,
        uploads_per_minute=settings.uploads_per_minute,
        exports_per_hour=settings.exports_per_hour,
    )
    limits = LimitService(store, rules, limiter, bursts)
    signer = CheckpointSigner(secrets.signing_key(CHECKPOINT_PURPOSE))
    return Oversight(
        rules=rules,
        flags=FlagService(store, rules),
        limits=limits,
        usage=UsageService(store, clock, limits, searches),
        audit_log=AuditLogService(store, clock, signer, limits),
        metrics=MetricsService(
            store,
            clock,
            searches,
            token=settings.metrics_token.get_secret_value(),
            is_per_tenant=settings.metrics_per_tenant,
        ),
        missing_reports=MissingReportService(store, clock),
        searches=searches,
    )


def build_health_history(
    settings: Settings,
    store: Store,
    clock: Clock,
    index: VectorIndex,
    embedder: Embedder,
    generators: GeneratorChoice,
    notices: EmbeddingNotices,
    stack: AsyncExitStack,
) -> HealthHistory:
    """Compose the looks at every part of the service that this installation has."""

    async def ask_database() -> str:
        async with store.read_platform(PlatformScope(Origin.TASK)) as tx:
            await tx.accounts.has_owner()
        return ""

    async def ask_generator() -> str:
        return (await generators.status()).problem

    async def ask_embedder() -> str:
        await embedder.embed_question("health")
        found = await notices.find()
        return found.notice if found else ""

    probes: dict[str, Probe] = {
        "database": ask_database,
        "vector_index": _quiet(index.ping),
        "embedder": ask_embedder,
        "generator": ask_generator,
        "disk": DiskProbe(settings.data_dir),
    }
    if settings.smtp_host:
        is_encrypted = settings.smtp_security is MailSecurity.TLS
        probes["mail"] = SmtpProbe(settings.smtp_host, settings.smtp_port, is_encrypted=is_encrypted)
    if settings.redis_url:
        redis = RedisProbe(settings.redis_url)
        stack.push_async_callback(redis.close)
        probes["redis"] = redis
    return HealthHistory(store, clock, probes)


def _quiet(ask: Callable[[], Awaitable[object]]) -> Probe:
    async def look() -> str:
        await ask()
        return ""

    return look
