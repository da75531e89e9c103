"""Ways in that skip the services: a key, a session, and the database as its owner sees it."""

from sqlalchemy.engine import URL, make_url

from ragapp.core.ids import new_id
from ragapp.core.scope import TenantScope
from ragapp.models import ApiKey, Session
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.store.store import Store
from tests.fakes.accounts import PLATFORM
from tests.fakes.clock import FixedClock
from tests.fakes.databases import postgres_url


async def add_key(store: Store, scope: TenantScope) -> str:
    token = mint(TokenKind.API_KEY)
    key = ApiKey(
        id=new_id(),
        tenant_id=scope.tenant_id,
        user_id=scope.user_id,
        name="test",
        prefix=token[:10],
        key_hash=digest(token),
    )
    async with store.begin_platform(PLATFORM) as tx:
        await tx.accounts.add_api_key(key)
    return token


async def add_session(store: Store, clock: FixedClock, scope: TenantScope) -> str:
    token, now = mint(TokenKind.BROWSER), clock.now()
    session = Session(
        token_hash=digest(token),
        kind="browser",
        tenant_id=scope.tenant_id,
        user_id=scope.user_id,
        created_at=now,
        seen_at=now,
        expires_at=now.replace(year=now.year + 1),
    )
    async with store.begin_platform(PLATFORM) as tx:
        await tx.sessions.add(session)
    return token


def as_owner(database_url: str) -> URL:
    """The database past row level security."""
    url = make_url(database_url)
    if url.get_backend_name() != "postgresql":
        return url.set(drivername="sqlite")
    return make_url(postgres_url()).set(drivername="postgresql+psycopg", database=url.database)
