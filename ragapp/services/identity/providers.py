"""The tenant's ways to sign in: its own sign-in services and its policy. An owner can never lock everybody out."""

from collections.abc import Mapping
from typing import Any

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import DomainNotProven, InvalidInput, LastSignInWay, ProviderProofNeeded
from ragapp.core.identity_providers import IdentityProviderClient, ProviderUnusable
from ragapp.core.ids import ProviderId, new_id
from ragapp.core.ports import Clock, SecretBox
from ragapp.core.scope import Permission, Role, TenantScope, require, require_recent
from ragapp.models import IdentityProvider
from ragapp.services.identity.external_logins import CALLBACK_PATH
from ragapp.services.identity.mail_domains import PUBLIC_MAILBOXES
from ragapp.services.identity.provider_values import changes_the_service, checked_values, given_values, secret_context
from ragapp.services.identity.provider_views import (
    NewProvider,
    ProviderChange,
    ProviderCheck,
    ProviderView,
    SignInPolicy,
)
from ragapp.store.store import Store, TenantTransaction

_MOST_PROVIDERS = 10


class ProviderService:
    """Owners' side of signing in elsewhere; needs MANAGE_SIGN_IN, and a recent proof of who they are for changes."""

    def __init__(
        self, store: Store, client: IdentityProviderClient, secrets: SecretBox, clock: Clock, public_url: str
    ) -> None:
        self._store = store
        self._client = client
        self._secrets = secrets
        self._clock = clock
        self._redirect_uri = public_url + CALLBACK_PATH

    async def list(self, scope: TenantScope) -> tuple[ProviderView, ...]:
        """Return the tenant's sign-in services, oldest first."""
        require(scope, Permission.MANAGE_SIGN_IN)
        async with self._store.read(scope) as tx:
            return tuple(self._view(row) for row in await tx.providers.list_all())

    async def get(self, scope: TenantScope, provider_id: ProviderId) -> ProviderView:
        """Return one.

        Raises:
            NotFound: absent, or another tenant's.
        """
        async with self._store.read(scope) as tx:
            row = await tx.providers.get(provider_id)
        require(scope, Permission.MANAGE_SIGN_IN)
        return self._view(row)

    async def create(self, scope: TenantScope, new: NewProvider) -> ProviderView:
        """Add a sign-in service; whether it works is for `check` to say.

        Raises:
            InvalidIssuer, DomainNotProven, InvalidInput: see the message.
        """
        self._ensure_may_change(scope)
        values = checked_values(scope, given_values(new), self._client)
        async with self._store.begin(scope) as tx:
            await tx.providers.lock_policy()
            if len(await tx.providers.list_all()) >= _MOST_PROVIDERS:
                problem = "An organisation can have at most 10 sign-in services. Delete one first."
                raise InvalidInput(problem, details={"field": "providers"})
            await _ensure_own_domains(tx, values)
            row = IdentityProvider(
                tenant_id=scope.tenant_id, id=new_id(), created_at=self._clock.now(), **{**values, "client_secret": ""}
            )
            row.client_secret = self._seal(scope, row.id, values["client_secret"])
            await tx.providers.add(row)
            await _record(tx, row.id, "created")
            return self._view(row)

    async def update(self, scope: TenantScope, provider_id: ProviderId, change: ProviderChange) -> ProviderView:
        """Change a sign-in service. Sessions that began there end when it is another service afterwards, or off.

        Raises:
            NotFound: absent, or another tenant's. LastSignInWay: nobody could come in any more.
            InvalidIssuer, DomainNotProven, InvalidInput: see the message.
        """
        async with self._store.begin(scope) as tx:
            tenant = await tx.providers.lock_policy()
            row = await tx.providers.get(provider_id)
            self._ensure_may_change(scope)
            values = checked_values(scope, given_values(change), self._client)
            await _ensure_own_domains(tx, values)
            if "client_secret" in values:
                values["client_secret"] = self._seal(scope, row.id, values["client_secret"])
            if changes_the_service(row, values):
                await _ensure_another_way(tx, provider_id, password_sign_in=tenant.password_sign_in)
                await tx.providers.end_sessions(provider_id)
            if values:
                await tx.providers.change(provider_id, **values)
                await _record(tx, provider_id, "changed", ",".join(sorted(values)))
            return self._view(await tx.providers.get(provider_id))

    async def delete(self, scope: TenantScope, provider_id: ProviderId) -> None:
        """Remove a sign-in service and end the sessions that began there.

        Raises:
            NotFound: absent, or another tenant's. LastSignInWay: nobody could come in any more.
        """
        async with self._store.begin(scope) as tx:
            tenant = await tx.providers.lock_policy()
            row = await tx.providers.get(provider_id)
            self._ensure_may_change(scope)
            if row.is_enabled:
                await _ensure_another_way(tx, provider_id, password_sign_in=tenant.password_sign_in)
            await tx.providers.end_sessions(provider_id)
            await tx.providers.remove(provider_id)
            await _record(tx, provider_id, "deleted")

    async def check(self, scope: TenantScope, provider_id: ProviderId) -> ProviderCheck:
        """Ask a sign-in service whether it can be used as it is configured.

        Raises:
            NotFound: absent, or another tenant's.
        """
        issuer = (await self.get(scope, provider_id)).issuer
        try:
            await self._client.check(issuer)
        except ProviderUnusable as error:
            return ProviderCheck(error.problem)
        return ProviderCheck()

    async def get_policy(self, scope: TenantScope) -> SignInPolicy:
        """Return how members sign in."""
        require(scope, Permission.MANAGE_SIGN_IN)
        async with self._store.read(scope) as tx:
            _, tenant, _ = await tx.members.get_self()
            proven = await tx.providers.of_session(scope.credential_id) is not None
        return SignInPolicy(tenant.password_sign_in, tenant.second_factor_required, proven)

    async def set_policy(
        self,
        scope: TenantScope,
        *,
        password_sign_in: bool | None = None,
        second_factor_required: bool | None = None,
    ) -> SignInPolicy:
        """Change how members sign in; None leaves a part as it is.

        Raises:
            ProviderProofNeeded: passwords were to go, and the acting owner did not come in through a sign-in service.
        """
        self._ensure_may_change(scope)
        given = {"password_sign_in": password_sign_in, "second_factor_required": second_factor_required}
        values = {name: value for name, value in given.items() if value is not None}
        async with self._store.begin(scope) as tx:
            tenant = await tx.providers.lock_policy()
            changed = {name: value for name, value in values.items() if getattr(tenant, name) != value}
            if changed.get("password_sign_in") is False and not await tx.providers.of_session(scope.credential_id):
                raise ProviderProofNeeded
            if changed:
                await tx.providers.set_policy(**changed)
                details = {name: str(value).lower() for name, value in changed.items()}
                await tx.audit.record(AuditAction.SIGN_IN_POLICY_CHANGED, details=details)
        return await self.get_policy(scope)

    def _ensure_may_change(self, scope: TenantScope) -> None:
        require(scope, Permission.MANAGE_SIGN_IN)
        require_recent(scope, self._clock.now())

    def _seal(self, scope: TenantScope, provider_id: str, secret: str) -> str:
        return self._secrets.encrypt(secret, context=secret_context(scope.tenant_id, provider_id))

    def _view(self, row: IdentityProvider) -> ProviderView:
        return ProviderView(
            id=ProviderId(row.id),
            name=row.name,
            issuer=row.issuer,
            client_id=row.client_id,
            domains=tuple(row.domains),
            auto_join=row.auto_join,
            default_role=Role(row.default_role),
            is_enabled=row.is_enabled,
            redirect_uri=self._redirect_uri,
            created_at=row.created_at,
        )


async def _ensure_own_domains(tx: TenantTransaction, values: Mapping[str, Any]) -> None:
    for domain in values.get("domains", ()):
        if domain in PUBLIC_MAILBOXES or not await tx.providers.is_owners_domain(domain):
            raise DomainNotProven(details={"field": "domains"})


async def _ensure_another_way(tx: TenantTransaction, provider_id: ProviderId, *, password_sign_in: bool) -> None:
    if not password_sign_in and not await tx.providers.has_linked_owner(without=provider_id):
        raise LastSignInWay


async def _record(tx: TenantTransaction, provider_id: str, what: str, fields: str = "") -> None:
    details = {"change": what, **({"fields": fields} if fields else {})}
    await tx.audit.record(AuditAction.PROVIDER_CHANGED, AuditTarget("provider", provider_id), details)
