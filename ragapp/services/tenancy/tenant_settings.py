"""A tenant's own settings: its name, how long chats are kept, who may see what, and limits lower than granted."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput
from ragapp.core.ids import TenantId
from ragapp.core.plans import LIMIT_NAMES, Plan, checked_limits, effective_limits
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.core.sharing import ChatSharing
from ragapp.models import Tenant
from ragapp.services.identity.people import LANGUAGES, checked_name
from ragapp.services.tenancy.tenant_views import TenantSettingsView
from ragapp.store.store import Store
from ragapp.store.tenants import limits_of

MAX_RETENTION_DAYS = 3650
KEEP_FOR_EVER = 0
"""`chat_retention_days` as it is sent for "no end"; stored and shown as None."""


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What is to change; None leaves it. `caps` replaces the named limits, a None in it lifts that cap."""

    name: str | None = None
    language: str | None = None
    chat_retention_days: int | None = None
    chat_sharing: ChatSharing | None = None
    admins_may_read_chats: bool | None = None
    caps: Mapping[str, int | None] | None = None


class TenantSettingsService:
    """Reads and changes the settings of the caller's tenant. Sign-in policy is set elsewhere."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, scope: TenantScope) -> TenantSettingsView:
        """Return the settings.

        Raises:
            PermissionDenied: no right to manage limits, which every administrator has.
        """
        require(scope, Permission.MANAGE_LIMITS)
        async with self._store.read(scope) as tx:
            return _view(await tx.tenant.get())

    async def update(self, scope: TenantScope, change: SettingsChange) -> TenantSettingsView:
        """Change settings.

        Raises:
            PermissionDenied: caps need the right to manage limits, everything else that to manage the tenant.
            InvalidInput: a value that is not possible, or a cap above what is granted.
        """
        wanted = {field.name for field in fields(change) if getattr(change, field.name) is not None}
        if wanted - {"caps"}:
            require(scope, Permission.MANAGE_TENANT)
        require(scope, Permission.MANAGE_LIMITS)
        async with self._store.begin(scope) as tx:
            tenant = await tx.tenant.get(for_change=True)
            values = {name: value for name, value in _values(change, tenant).items() if getattr(tenant, name) != value}
            if values:
                await tx.tenant.change(**values)
                await tx.audit.record(
                    AuditAction.LIMITS_CHANGED if set(values) == {"caps"} else AuditAction.SETTINGS_CHANGED,
                    AuditTarget("tenant", scope.tenant_id),
                    {"changed": ",".join(sorted(values))},
                )
        return await self.get(scope)

    async def count_outdated_chats(self, scope: TenantScope, days: int) -> int:
        """Return how many chats a retention of so many days would delete now; nothing is deleted.

        Raises:
            PermissionDenied: no right to manage the tenant. InvalidInput: not a possible number of days.
        """
        require(scope, Permission.MANAGE_TENANT)
        kept = _checked_days(days)
        if kept is None:
            return 0
        async with self._store.read(scope) as tx:
            return await tx.retention.count_older(self._clock.now() - timedelta(days=kept))


def _values(change: SettingsChange, tenant: Tenant) -> dict[str, object]:
    values: dict[str, object] = {}
    if change.name is not None:
        values["name"] = _checked_tenant_name(change.name)
    if change.language is not None:
        values["language"] = _checked_language(change.language)
    if change.chat_retention_days is not None:
        values["chat_retention_days"] = _checked_days(change.chat_retention_days)
    if change.chat_sharing is not None:
        values["chat_sharing"] = change.chat_sharing.value
    if change.admins_may_read_chats is not None:
        values["admins_may_read_chats"] = change.admins_may_read_chats
    if change.caps is not None:
        values["caps"] = _checked_caps(change.caps, tenant)
    return values


def _checked_tenant_name(name: str) -> str:
    cleaned = checked_name(name)
    if not cleaned:
        raise InvalidInput("Give your organisation a name.", details={"field": "name"})
    return cleaned


def _checked_language(language: str) -> str:
    if language not in LANGUAGES:
        raise InvalidInput('Choose "en" or "hr".', details={"field": "language"})
    return language


def _checked_days(days: int) -> int | None:
    if not KEEP_FOR_EVER <= days <= MAX_RETENTION_DAYS:
        problem = f"Keep chats for 1 to {MAX_RETENTION_DAYS} days, or 0 for no end."
        raise InvalidInput(problem, details={"field": "chat_retention_days"})
    return days or None


def _checked_caps(caps: Mapping[str, int | None], tenant: Tenant) -> dict[str, int | None] | None:
    granted = effective_limits(Plan(tenant.plan), tenant.limits, {}).as_dict()
    for name, value in checked_limits(caps).items():
        most = granted[name]
        if value is not None and most is not None and value > most:
            problem = "Your own limits can only be lower than what your plan grants."
            raise InvalidInput(problem, details={"field": name, "max": most})
    merged = {**(tenant.caps or {}), **caps}
    return {name: merged[name] for name in LIMIT_NAMES if merged.get(name) is not None} or None


def _view(tenant: Tenant) -> TenantSettingsView:
    plan = Plan(tenant.plan)
    return TenantSettingsView(
        id=TenantId(tenant.id),
        slug=tenant.slug,
        name=tenant.name,
        language=tenant.language,
        plan=plan,
        chat_retention_days=tenant.chat_retention_days,
        chat_sharing=ChatSharing(tenant.chat_sharing),
        admins_may_read_chats=tenant.admins_may_read_chats,
        granted=effective_limits(plan, tenant.limits, {}),
        caps=tenant.caps or {},
        limits=limits_of(tenant),
    )
