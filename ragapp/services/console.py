"""What somebody at the machine's own console may do without a browser."""

from dataclasses import dataclass

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.ids import TenantId, UserId, new_id
from ragapp.core.plans import Plan
from ragapp.core.ports import Clock
from ragapp.core.scope import Origin, PlatformScope, TenantScope
from ragapp.models import ApiKey
from ragapp.services.access import AccessService
from ragapp.services.identity.people import NewAccount, slug_of
from ragapp.services.identity.setup import SetupService
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.store.store import Store


@dataclass(frozen=True, slots=True)
class OwnerCreated:
    """A new owner; `api_key` is shown once and empty when none was asked for."""

    tenant_id: TenantId
    tenant_slug: str
    user_id: UserId
    api_key: str


class ConsoleService:
    """Commands of the operator: whoever can run them holds the database already."""

    def __init__(self, store: Store, access: AccessService, setup: SetupService, clock: Clock) -> None:
        self._store = store
        self._access = access
        self._setup = setup
        self._clock = clock

    async def create_owner(
        self,
        *,
        email: str,
        password: str,
        tenant: str,
        is_operator: bool = False,
        with_api_key: bool = False,
        plan: Plan | None = None,
    ) -> OwnerCreated:
        """Create a tenant with its owner.

        Args:
            email: The owner's address.
            password: Their password.
            tenant: Name of the organisation; its short name is made from it.
            is_operator: Whether they also run the platform (the very first owner always does).
            with_api_key: Mint an API key too.
            plan: The organisation's plan; see `SetupService.create_owner`.

        Raises:
            NameTaken, WeakPassword, InvalidEmail, InvalidInput: nothing was created.
        """
        slug = slug_of(tenant)
        account = NewAccount(email=email, password=password, name="", organisation=tenant)
        scope = await self._setup.create_owner(account, slug=slug, is_operator=is_operator, plan=plan)
        key = await self._mint_api_key(scope) if with_api_key else ""
        return OwnerCreated(scope.tenant_id, slug, scope.user_id, key)

    async def scope_of_tenant(self, tenant_slug: str) -> TenantScope:
        """Return an owner's scope of the tenant with that short name.

        Raises:
            NotAuthenticated: there is no such tenant.
        """
        return await self._access.scope_for_console(tenant_slug)

    async def _mint_api_key(self, scope: TenantScope) -> str:
        token = mint(TokenKind.API_KEY)
        key = ApiKey(
            id=new_id(),
            tenant_id=scope.tenant_id,
            user_id=scope.user_id,
            name="console",
            prefix=token[:10],
            key_hash=digest(token),
            created_at=self._clock.now(),
        )
        async with self._store.begin_platform(PlatformScope(Origin.CONSOLE, scope.user_id)) as tx:
            await tx.accounts.add_api_key(key)
            await tx.audit(scope.tenant_id).record(
                AuditAction.API_KEY_CREATED, AuditTarget("api_key", key.id), {"scope_count": None}
            )
        return token
