"""The services that know people, over a real database, with a quick password hash and mail in memory."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col

from ragapp.adapters.password import Argon2Hasher
from ragapp.adapters.rate_limiter import LocalRateLimiter
from ragapp.adapters.secret_box import AesSecretBox
from ragapp.bootstrap_identity import build_identity
from ragapp.config import Settings
from ragapp.core.scope import Role, TenantScope
from ragapp.models import Membership, Tenant, User
from ragapp.services.identity.people import NewAccount
from ragapp.services.identity.session_opening import Visit
from ragapp.services.identity.sign_in import PasswordAttempt
from ragapp.services.views import Credential
from ragapp.store.store import Store
from tests.fakes.accounts import PLATFORM
from tests.fakes.clock import FixedClock
from tests.fakes.limits import flags_over
from tests.fakes.mailer import MemoryMailer

EMAIL = "ana@lipa.hr"
PASSWORD = "šuma-lipa-42-more"
VISIT = Visit("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "192.0.2.7")


class People:
    """Everything about who people are; `sampled` are the scopes that sample documents were loaded for."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store = store
        self.clock = clock
        self.mailer = MemoryMailer()
        self.secrets = AesSecretBox("a secret of at least 32 characters")
        self.limiter = LocalRateLimiter(clock)
        self.sampled: list[TenantScope] = []
        settings = Settings(database_url="sqlite://", public_url="https://docs.example.hr")
        hasher = Argon2Hasher(memory_kib=64, time_cost=1)
        identity = build_identity(
            settings,
            store,
            self.secrets,
            clock,
            self.limiter,
            self.mailer,
            self._load_samples,
            hasher,
            flags_over(store, clock),
        )
        self.identity = identity
        self.access = identity.access
        self.accounts = identity.accounts
        self.mail = identity.mail
        self.resets = identity.password_resets
        self.second_factor = identity.second_factor
        self.sessions = identity.sessions
        self.console = identity.console
        self.setup = identity.setup
        self.sign_in = identity.sign_in

    async def first_owner(self, **changes: Any) -> Credential:
        form: dict[str, Any] = {
            "setup_token": await self.setup.renew_setup_token(),
            "email": " Ana@Lipa.hr ",
            "password": PASSWORD,
            "name": "Ana",
            "organisation": "Lipa Logistika d.o.o.",
            "language": "hr",
            **changes,
        }
        fields = ("email", "password", "name", "organisation", "language")
        account = NewAccount(**{name: form.pop(name) for name in fields})
        return await self.setup.create_first_owner(account, **form)

    async def owner(self) -> TenantScope:
        return await self.access.scope_of_session((await self.first_owner()).token)

    async def enter(self, attempt: PasswordAttempt | None = None, visit: Visit = VISIT) -> Credential:
        """Sign in with a password alone."""
        result = await self.sign_in.with_password(attempt or PasswordAttempt(EMAIL, PASSWORD), visit)
        assert isinstance(result, Credential)
        return result

    async def change(self, user_id: str, **values: Any) -> None:
        """Change a person's row behind everybody's back."""
        async with self.store.begin_platform(PLATFORM) as tx:
            await tx._session.exec(update(User).where(col(User.id) == user_id).values(**values))

    async def change_tenant(self, tenant_id: str, **values: Any) -> None:
        async with self.store.begin_platform(PLATFORM) as tx:
            await tx._session.exec(update(Tenant).where(col(Tenant.id) == tenant_id).values(**values))
        self.access.forget(tenant_id=tenant_id)

    async def change_role(self, scope: TenantScope, role: Role) -> None:
        async with self.store.begin_platform(PLATFORM) as tx:
            mine = (col(Membership.tenant_id) == scope.tenant_id, col(Membership.user_id) == scope.user_id)
            await tx._session.exec(update(Membership).where(*mine).values(role=role.value))
        self.access.forget(user_id=scope.user_id)

    async def suspend(self, tenant_id: str, *, forget: bool = True) -> None:
        async with self.store.begin_platform(PLATFORM) as tx:
            await tx._session.exec(update(Tenant).where(col(Tenant.id) == tenant_id).values(status="suspended"))
        if forget:
            self.access.forget(tenant_id=tenant_id)

    async def _load_samples(self, scope: TenantScope) -> int:
        self.sampled.append(scope)
        return 12
