"""Tenants as the platform operator manages them: names, plans, limits, suspension. Content is never in reach here."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any

import structlog

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, InvalidTransition
from ragapp.core.ids import KnowledgeBaseId, TenantId, UserId, new_id
from ragapp.core.plans import Plan, checked_limits
from ragapp.core.ports import Clock
from ragapp.core.scope import PlatformScope, Role, require_recent
from ragapp.models import KnowledgeBase, Tenant, TenantTotals
from ragapp.services.identity.people import LANGUAGES, checked_email, checked_name, slug_of
from ragapp.services.identity.tokens import TokenKind, mint
from ragapp.services.paging import page_limit
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.invitations import SendInvitation, invitation_link, new_invitation
from ragapp.services.tenancy.tenant_views import TenantCreated, TenantStatus, TenantSummary, TenantUsageView, UsagePoint
from ragapp.services.views import Page
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store
from ragapp.store.tenants import limits_of

MAX_REASON_CHARACTERS = 500
MAX_USAGE_DAYS = 400
_USUAL_DAYS = 30
_log = structlog.get_logger(__name__)

Halt = Callable[[PlatformScope, TenantId], Awaitable[None]]
"""Stops what this process is doing for a tenant: answers being written."""
Recover = Callable[[TenantId], Awaitable[None]]
"""Makes good what a suspension interrupted: indexes that were being written."""


class TenantService:
    """Creates, changes, suspends and resumes tenants. `erasure` is where they end."""

    def __init__(
        self,
        store: Store,
        send: SendInvitation,
        clock: Clock,
        signals: WorkSignals,
        *,
        public_url: str,
        halt: Halt,
        recover: Recover,
    ) -> None:
        self._store = store
        self._queue_mail = send
        self._clock = clock
        self._signals = signals
        self._public_url = public_url
        self._halt = halt
        self._recover = recover

    async def list(
        self,
        scope: PlatformScope,
        *,
        limit: int = 50,
        cursor: str | None = None,
        query: str = "",
        status: TenantStatus | None = None,
    ) -> Page[TenantSummary]:
        """Return tenants, newest first.

        Raises:
            InvalidInput: a bad cursor or limit.
        """
        limit = page_limit(limit)
        async with self._store.read_platform(scope) as tx:
            rows, next_cursor = await tx.tenants.list_page(
                limit=limit, cursor=cursor, query=query.strip()[:200], status=status.value if status else ""
            )
        return Page(tuple(summary_of(*row) for row in rows), next_cursor)

    async def get(self, scope: PlatformScope, tenant_id: TenantId) -> TenantSummary:
        """Return one tenant.

        Raises:
            NotFound: there is none.
        """
        async with self._store.read_platform(scope) as tx:
            return summary_of(*await tx.tenants.get(tenant_id))

    async def create(
        self,
        scope: PlatformScope,
        *,
        name: str,
        owner_email: str,
        slug: str = "",
        plan: Plan = Plan.FREE,
        limits: Mapping[str, int | None] | None = None,
        language: str = "en",
    ) -> TenantCreated:
        """Create a tenant and invite its first owner; without a mail server the link is handed over by hand.

        Raises:
            NameTaken: the short name is in use. InvalidEmail, InvalidInput: see the message.
            ReauthenticationRequired: the password is due again.
        """
        require_recent(scope, self._clock.now())
        email, token = checked_email(owner_email), mint(TokenKind.INVITATION)
        tenant = Tenant(
            id=new_id(),
            slug=_checked_slug(slug or slug_of(name)),
            name=_checked_name(name),
            plan=plan.value,
            limits=checked_limits(limits or {}),
            language=language if language in LANGUAGES else "en",
            created_at=self._clock.now(),
        )
        async with self._store.begin_platform(scope) as tx:
            await tx.accounts.add_tenant(tenant, _first_base(tenant))
            await tx.audit().record(AuditAction.TENANT_CREATED, AuditTarget("tenant", tenant.id), {"plan": plan.value})
            invitation = new_invitation(
                tenant.id, UserId(scope.user_id or ""), email, Role.OWNER, token, self._clock.now()
            )
            await tx.invitations.add(invitation)
            link = invitation_link(self._public_url, token)
            params = {"organisation": tenant.name, "inviter": "", "link": link}
            is_mailed = await self._queue_mail(tx, email, tenant.language, params)
            summary = summary_of(*await tx.tenants.get(TenantId(tenant.id)))
        _log.info("tenant.created", tenant_id=tenant.id, plan=plan.value)
        return TenantCreated(summary, link, is_mailed)

    async def update(
        self,
        scope: PlatformScope,
        tenant_id: TenantId,
        *,
        name: str | None = None,
        plan: Plan | None = None,
        limits: Mapping[str, int | None] | None = None,
    ) -> TenantSummary:
        """Rename a tenant, move it to another plan, or replace the limits set instead of the plan's; None leaves it.

        Raises:
            NotFound: there is none. InvalidInput: see the message. ReauthenticationRequired: password due again.
        """
        require_recent(scope, self._clock.now())
        async with self._store.begin_platform(scope) as tx:
            tenant, _ = await tx.tenants.get(tenant_id, for_change=True)
            wanted = {
                "name": _checked_name(name) if name is not None else tenant.name,
                "plan": plan.value if plan is not None else tenant.plan,
                "limits": checked_limits(limits) if limits is not None else tenant.limits,
            }
            values: dict[str, Any] = {
                field: value for field, value in wanted.items() if value != getattr(tenant, field)
            }
            if values:
                await tx.tenants.change(tenant_id, **values)
                details = {"changed": ",".join(sorted(values))}
                await _record_twice(tx, tenant_id, AuditAction.TENANT_CHANGED, details)
        return await self.get(scope, tenant_id)

    async def suspend(self, scope: PlatformScope, tenant_id: TenantId, *, reason: str) -> TenantSummary:
        """Keep a tenant's people, keys and tasks out, at once; nothing is lost, running tasks wait for `resume`.

        Raises:
            NotFound: there is none. InvalidTransition: it is being erased. InvalidInput: no reason, or too long.
            ReauthenticationRequired: the password is due again.
        """
        require_recent(scope, self._clock.now())
        cleaned = _checked_reason(reason)
        async with self._store.begin_platform(scope) as tx:
            tenant, _ = await tx.tenants.get(tenant_id, for_change=True)
            _ensure_not_erasing(tenant)
            await tx.tenants.change(
                tenant_id,
                status=TenantStatus.SUSPENDED.value,
                suspension_reason=cleaned,
                suspended_at=tenant.suspended_at or self._clock.now(),
            )
            withdrawn = await tx.tenants.withdraw_tasks(tenant_id)
            await _record_twice(tx, tenant_id, AuditAction.TENANT_SUSPENDED, {})
        for task_id in withdrawn:
            self._signals.task_withdrawn(task_id)
        await self._halt(scope, tenant_id)
        _log.info("tenant.suspended", tenant_id=tenant_id, task_count=len(withdrawn))
        return await self.get(scope, tenant_id)

    async def resume(self, scope: PlatformScope, tenant_id: TenantId) -> TenantSummary:
        """Let a suspended tenant work again.

        Raises:
            NotFound: there is none. InvalidTransition: it is being erased.
            ReauthenticationRequired: the password is due again.
        """
        require_recent(scope, self._clock.now())
        async with self._store.begin_platform(scope) as tx:
            tenant, _ = await tx.tenants.get(tenant_id, for_change=True)
            _ensure_not_erasing(tenant)
            was_suspended = tenant.status == TenantStatus.SUSPENDED
            if was_suspended:
                await tx.tenants.change(
                    tenant_id, status=TenantStatus.ACTIVE.value, suspension_reason=None, suspended_at=None
                )
                await _record_twice(tx, tenant_id, AuditAction.TENANT_RESUMED, {})
        if was_suspended:
            await self._recover(tenant_id)
            self._signals.work_added()
            _log.info("tenant.resumed", tenant_id=tenant_id)
        return await self.get(scope, tenant_id)

    async def usage(
        self, scope: PlatformScope, tenant_id: TenantId, *, since: date | None = None, until: date | None = None
    ) -> TenantUsageView:
        """Return what a tenant used day by day, both days included; without them the last thirty days.

        Raises:
            NotFound: there is none. InvalidInput: the span is empty or longer than `MAX_USAGE_DAYS`.
        """
        until = until or self._clock.now().date()
        since = since or until - timedelta(days=_USUAL_DAYS - 1)
        if not 0 <= (until - since).days < MAX_USAGE_DAYS:
            raise InvalidInput(f"Choose 1 to {MAX_USAGE_DAYS} days.", details={"field": "since"})
        async with self._store.read_platform(scope) as tx:
            summary = summary_of(*await tx.tenants.get(tenant_id))
            points = await tx.usage(tenant_id).per_day(since, until)
        return TenantUsageView(summary, since, until, tuple(UsagePoint(*point) for point in points))


def summary_of(tenant: Tenant, totals: TenantTotals) -> TenantSummary:
    """Return a tenant as the operator sees it."""
    return TenantSummary(
        id=TenantId(tenant.id),
        slug=tenant.slug,
        name=tenant.name,
        status=TenantStatus(tenant.status),
        plan=Plan(tenant.plan),
        overrides=tenant.limits,
        limits=limits_of(tenant),
        document_count=totals.document_count,
        storage_bytes=totals.storage_bytes,
        member_count=totals.member_count,
        created_at=tenant.created_at,
        suspended_at=tenant.suspended_at,
        suspension_reason=tenant.suspension_reason or "",
    )


async def _record_twice(
    tx: PlatformTransaction, tenant_id: TenantId, action: AuditAction, details: Mapping[str, str]
) -> None:
    """Write into the platform's chain and into the tenant's own: both sides may need to show it."""
    for chain in (tx.audit(), tx.audit(tenant_id)):
        await chain.record(action, AuditTarget("tenant", tenant_id), details)


def _first_base(tenant: Tenant) -> KnowledgeBase:
    name = "Dokumenti" if tenant.language == "hr" else "Documents"
    return KnowledgeBase(tenant_id=tenant.id, id=KnowledgeBaseId(new_id()), name=name, is_default=True)


def _ensure_not_erasing(tenant: Tenant) -> None:
    if tenant.status == TenantStatus.ERASING:
        raise InvalidTransition("This organisation is being erased. That cannot be taken back.")


def _checked_name(name: str) -> str:
    cleaned = checked_name(name)
    if not cleaned:
        raise InvalidInput("Give the organisation a name.", details={"field": "name"})
    return cleaned


def _checked_slug(slug: str) -> str:
    if slug_of(slug) != slug:
        problem = "A short name has lowercase letters, digits and hyphens only."
        raise InvalidInput(problem, details={"field": "slug"})
    return slug


def _checked_reason(reason: str) -> str:
    cleaned = " ".join(reason.split())
    if not 1 <= len(cleaned) <= MAX_REASON_CHARACTERS:
        raise InvalidInput("Give a reason; the organisation's people will see it.", details={"field": "reason"})
    return cleaned
