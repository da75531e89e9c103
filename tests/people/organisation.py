"""An organisation with people of every role, and an operator."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from sqlmodel import col, update

from ragapp.core.errors import RagAppError
from ragapp.core.ids import TenantId, UserId, new_id
from ragapp.core.scope import Origin, PlatformScope, Role, TenantScope
from ragapp.models import User
from ragapp.services.identity.session_opening import Visit
from ragapp.services.tenancy.joining import Acceptance
from tests.fakes.accounts import PLATFORM, Household, add_member, add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.wired import Wired

PASSWORD = "a lighthouse at the river bend"


@dataclass
class Organisation:
    wired: Wired
    clock: FixedClock
    household: Household
    operator: PlatformScope

    @classmethod
    async def create(cls, wired: Wired, clock: FixedClock, slug: str = "acme") -> "Organisation":
        household = await add_tenant(wired.store, slug)
        operator_id = new_id()
        async with wired.store.begin_platform(PLATFORM) as tx:
            await tx.accounts.add_user(
                User(id=operator_id, email=f"operator@{slug}.example", name="Operator", is_operator=True)
            )
        operator = PlatformScope(Origin.SESSION, UserId(operator_id), "", clock.now())
        return cls(wired, clock, household, operator)

    @property
    def tenant_id(self) -> TenantId:
        return self.household.tenant_id

    @property
    def owner(self) -> TenantScope:
        return self.proven(self.household.owner)

    def proven(self, scope: TenantScope) -> TenantScope:
        return replace(scope, authenticated_at=self.clock.now())

    async def add(self, role: Role) -> TenantScope:
        return self.proven(await add_member(self.wired.store, self.household, role))

    async def limit(self, **limits: int) -> None:
        async with self.wired.store.begin_platform(PLATFORM) as tx:
            await tx.tenants.change(self.tenant_id, limits=limits)

    async def member_count(self) -> int:
        async with self.wired.store.read_platform(PLATFORM) as tx:
            return (await tx.tenants.get(self.tenant_id))[1].member_count

    async def set_password(self, user_id: str, password_hash: str) -> None:
        async with self.wired.store.begin_platform(PLATFORM) as tx:
            changed = update(User).where(col(User.id) == user_id).values(password_hash=password_hash)
            await tx._session.exec(changed)

    async def audited(self) -> list[str]:
        async with self.wired.store.read(self.owner) as tx:
            return [event.action for event in reversed(await tx.audit.list_events(limit=200))]


def token_in(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def accept(wired: Wired, token: str, **more: str):
    return wired.services.joining.accept(Acceptance(token, password=PASSWORD, **more), Visit(address="127.0.0.1"))


async def outcome(call) -> str:
    """Return "done" or the code of what was raised."""
    try:
        await call
    except RagAppError as error:
        return error.code
    return "done"
