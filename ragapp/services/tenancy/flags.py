"""Feature flags: what is switched on for a tenant, and who may switch it."""

from collections.abc import Mapping

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import FeatureDisabled
from ragapp.core.flags import FLAG_DEFAULTS, Flag, GlobalFlag, resolve_flags
from ragapp.core.scope import Permission, PlatformScope, TenantScope, require
from ragapp.services.tenancy.rule_views import FlagSource, FlagView, GlobalFlagView
from ragapp.services.tenancy.tenant_rules import TenantRules
from ragapp.store.store import Store, TenantTransaction


class FlagService:
    """Reads and changes flags. A change holds in this process at once, in others within a second."""

    def __init__(self, store: Store, rules: TenantRules) -> None:
        self._store = store
        self._rules = rules

    async def values(self, scope: TenantScope) -> Mapping[Flag, bool]:
        """Return what every flag is for the caller's tenant; any member may know."""
        return (await self._rules.of(scope)).flags

    async def is_on(self, scope: TenantScope, flag: Flag) -> bool:
        """Return whether a flag is on."""
        return (await self.values(scope))[flag]

    async def require(self, scope: TenantScope, flag: Flag) -> None:
        """Check that a flag is on.

        Raises:
            FeatureDisabled: it is off.
        """
        if not await self.is_on(scope, flag):
            raise FeatureDisabled(details={"flag": flag.value})

    async def list(self, scope: TenantScope) -> tuple[FlagView, ...]:
        """Return every flag with who decided it.

        Raises:
            PermissionDenied: no right to manage flags.
        """
        require(scope, Permission.MANAGE_FLAGS)
        async with self._store.read(scope) as tx:
            platform, choices = await tx.flags.platform(), await tx.flags.choices()
        return _views(platform, choices)

    async def change(self, scope: TenantScope, choices: Mapping[Flag, bool | None]) -> tuple[FlagView, ...]:
        """Choose flags for the tenant; None goes back to the default.

        Raises:
            PermissionDenied: no right to manage flags. FeatureDisabled: the operator enforces one of them.
        """
        require(scope, Permission.MANAGE_FLAGS)
        async with self._store.begin(scope) as tx:
            platform, current = await tx.flags.platform(), await tx.flags.choices()
            for flag, is_on in choices.items():
                if flag in platform and platform[flag].is_enforced:
                    raise FeatureDisabled(_ENFORCED, details={"flag": flag.value})
                if current.get(flag) is not is_on:
                    await tx.flags.choose(flag, is_on)
                    target = AuditTarget("flag", flag.value)
                    await tx.audit.record(AuditAction.FLAG_CHANGED, target, {"is_on": is_on})
        self._rules.forget(scope.tenant_id)
        return await self.list(scope)

    async def list_global(self, scope: PlatformScope) -> tuple[GlobalFlagView, ...]:
        """Return what the operator decided about every flag."""
        async with self._store.read_platform(scope) as tx:
            decisions = await tx.flags.list()
        return tuple(_global_view(flag, decisions.get(flag)) for flag in Flag)

    async def change_global(
        self, scope: PlatformScope, flag: Flag, decision: GlobalFlag | None
    ) -> tuple[GlobalFlagView, ...]:
        """Decide about a flag for all tenants; None goes back to what is built in."""
        async with self._store.begin_platform(scope) as tx:
            if (await tx.flags.list()).get(flag) != decision:
                await tx.flags.decide(flag, decision)
                details = {"is_on": decision.is_on, "is_enforced": decision.is_enforced} if decision else {}
                await tx.audit().record(AuditAction.FLAG_CHANGED, AuditTarget("flag", flag.value), details)
        self._rules.forget()
        return await self.list_global(scope)


async def flag_within(tx: TenantTransaction, flag: Flag) -> bool:
    """Return whether a flag is on, as the transaction sees it."""
    return resolve_flags(await tx.flags.platform(), await tx.flags.choices())[flag]


_ENFORCED = "The operator of this service has set this for everybody. Ask them to change it."


def _views(platform: Mapping[Flag, GlobalFlag], choices: Mapping[Flag, bool]) -> tuple[FlagView, ...]:
    values, defaults = resolve_flags(platform, choices), resolve_flags(platform, {})
    return tuple(
        FlagView(
            flag=flag,
            is_on=values[flag],
            source=_source(platform.get(flag), choices.get(flag)),
            is_locked=flag in platform and platform[flag].is_enforced,
            default=defaults[flag],
        )
        for flag in Flag
    )


def _source(platform: GlobalFlag | None, choice: bool | None) -> FlagSource:
    if platform is not None and platform.is_enforced:
        return FlagSource.OPERATOR
    if choice is not None:
        return FlagSource.TENANT
    return FlagSource.OPERATOR if platform is not None else FlagSource.DEFAULT


def _global_view(flag: Flag, decision: GlobalFlag | None) -> GlobalFlagView:
    if decision is None:
        return GlobalFlagView(flag, FLAG_DEFAULTS[flag], is_enforced=False, is_set=False)
    return GlobalFlagView(flag, decision.is_on, decision.is_enforced, is_set=True)
