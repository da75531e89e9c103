"""API keys of the tenant's members."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, update
from sqlmodel import col, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import ApiKeyId
from ragapp.models import ApiKey, Membership, User
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository


class ApiKeyRepository(TenantRepository):
    """Keys of the bound tenant; who may look at whose is for the caller to have checked."""

    async def add(self, key: ApiKey) -> ApiKey:
        """Store a new key (its hash)."""
        self._session.add(key)
        await self._session.flush()
        return key

    async def get(self, key_id: ApiKeyId) -> tuple[ApiKey, str]:
        """Return a key and its owner's name.

        Raises:
            NotFound: absent, or another tenant's.
        """
        statement = select(ApiKey, User.name).join(User, col(User.id) == ApiKey.user_id)
        found = (await self._session.exec(statement.where(self._mine, col(ApiKey.id) == key_id))).first()
        if found is None:
            raise NotFound
        return found

    async def names_of(self, key_ids: Sequence[str]) -> dict[str, str]:
        """Return the names of those keys of this tenant, by id; revoked ones too."""
        if not key_ids:
            return {}
        statement = select(ApiKey.id, ApiKey.name).where(self._mine, col(ApiKey.id).in_(set(key_ids)))
        return dict((await self._session.exec(statement)).all())

    async def find_in_use(self, key_id: str) -> ApiKey | None:
        """Return a key that works now, held until the transaction ends: nobody revokes it meanwhile."""
        statement = select(ApiKey).where(self._mine, col(ApiKey.id) == key_id).with_for_update()
        key = (await self._session.exec(statement.execution_options(populate_existing=True))).first()
        if key is None or key.revoked_at is not None:
            return None
        return key if key.expires_at is None or key.expires_at > self._clock.now() else None

    async def list_page(
        self, *, limit: int, cursor: str | None, of_everybody: bool
    ) -> tuple[list[tuple[ApiKey, str, str]], str | None]:
        """Return keys with their owners' names and roles, newest first: one's own, or everybody's."""
        owner = and_(
            col(Membership.tenant_id) == col(ApiKey.tenant_id), col(Membership.user_id) == col(ApiKey.user_id)
        )
        statement = (
            select(ApiKey, User.name, Membership.role)
            .join(User, col(User.id) == ApiKey.user_id)
            .join(Membership, owner)
            .where(self._mine)
        )
        if not of_everybody:
            statement = statement.where(ApiKey.user_id == self._scope.user_id)
        if cursor is not None:
            statement = statement.where(older_than(cursor, col(ApiKey.created_at), col(ApiKey.id)))
        ordered = statement.order_by(col(ApiKey.created_at).desc(), col(ApiKey.id).desc())
        rows = (await self._session.exec(ordered.limit(limit + 1))).all()
        return cut_page(rows, limit, lambda row: (row[0].created_at, row[0].id))

    async def revoke(self, key_id: ApiKeyId) -> list[str]:
        """End a key and every key made with it, down to the last; return those in use until now, parents first."""
        ended: list[str] = []
        level = [str(key_id)]
        while level:
            ended += await self._revoke(level)
            # Asked only now: whoever was making a key with one of these held it until that one was stored.
            children = select(ApiKey.id).where(self._mine, col(ApiKey.parent_id).in_(level)).order_by(ApiKey.id)
            level = list(await self._session.exec(children))
        return ended

    async def _revoke(self, key_ids: Sequence[str]) -> list[str]:
        unrevoked = and_(self._mine, col(ApiKey.id).in_(key_ids), col(ApiKey.revoked_at).is_(None))
        in_use = select(ApiKey.id).where(unrevoked).order_by(ApiKey.id).with_for_update()
        ended = list(await self._session.exec(in_use))
        await self._session.exec(update(ApiKey).where(unrevoked).values(revoked_at=self._clock.now()))
        return ended

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(ApiKey.tenant_id) == self._tenant_id
