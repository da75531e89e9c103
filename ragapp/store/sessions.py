"""Sessions: browser sessions and access tokens, looked up before a tenant is known."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.models import ApiKey, Session


class SessionRepository:
    """Sessions, and the use of keys."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: Session) -> None:
        """Store a new session (the hash of its token)."""
        self._session.add(row)
        await self._session.flush()

    async def find(self, token_hash: str, *, kind: str) -> Session | None:
        """Return the session with that hash, ended or not."""
        statement = select(Session).where(Session.token_hash == token_hash, Session.kind == kind)
        return (await self._session.exec(statement)).first()

    async def find_by_id(self, session_id: str) -> Session | None:
        """Return the session with that id, ended or not."""
        return (await self._session.exec(select(Session).where(Session.id == session_id))).first()

    async def list_of(self, user_id: str) -> Sequence[Session]:
        """Return a person's sessions, the one seen last first."""
        statement = select(Session).where(Session.user_id == user_id).order_by(col(Session.seen_at).desc(), Session.id)
        return list(await self._session.exec(statement))

    async def touch(self, session_id: str, seen_at: datetime) -> None:
        """Write down that a session is in use."""
        await self._change(session_id, seen_at=seen_at)

    async def authenticate_again(self, session_id: str, at: datetime) -> None:
        """Write down that the person has just proved who they are."""
        await self._change(session_id, authenticated_at=at)

    async def set_second_factor(self, session_id: str, *, has: bool) -> None:
        """Write down whether the person behind a session has shown a second factor."""
        await self._change(session_id, has_second_factor=has)

    async def remove(self, token_hash: str) -> None:
        """End the session with that hash."""
        await self._session.exec(delete(Session).where(col(Session.token_hash) == token_hash))

    async def remove_one(self, session_id: str, user_id: str) -> bool:
        """End one session of a person and return whether it was there."""
        statement = delete(Session).where(col(Session.id) == session_id, col(Session.user_id) == user_id)
        return (await self._session.exec(statement)).rowcount > 0

    async def remove_all(self, *, user_id: str = "", tenant_id: str = "", except_id: str = "") -> int:
        """End sessions and return how many: of a person, of a tenant, or of a person in a tenant.

        Raises:
            ValueError: neither is named; nobody ends everybody's sessions.
        """
        if not user_id and not tenant_id:
            raise ValueError("Name a person or a tenant.")
        conditions: list[ColumnElement[bool]] = [col(Session.id) != except_id]
        if user_id:
            conditions.append(col(Session.user_id) == user_id)
        if tenant_id:
            conditions.append(col(Session.tenant_id) == tenant_id)
        return (await self._session.exec(delete(Session).where(*conditions))).rowcount

    async def remove_ended(self, *, at: datetime, unseen_since: datetime) -> None:
        """Forget sessions that have ended, or were not used for too long."""
        ended = or_(col(Session.expires_at) <= at, col(Session.seen_at) <= unseen_since)
        await self._session.exec(delete(Session).where(ended))

    async def find_key(self, key_id: str) -> ApiKey | None:
        """Return the key with that id, usable or not."""
        return (await self._session.exec(select(ApiKey).where(ApiKey.id == key_id))).first()

    async def revoke_keys_of(self, user_id: str, at: datetime) -> list[tuple[str, str]]:
        """End every key of a person, wherever it is for; return (tenant id, key id) of those that were in use."""
        in_use = and_(col(ApiKey.user_id) == user_id, col(ApiKey.revoked_at).is_(None))
        statement = select(ApiKey.tenant_id, ApiKey.id).where(in_use).order_by(ApiKey.tenant_id, ApiKey.id)
        keys = list(await self._session.exec(statement.with_for_update()))
        await self._session.exec(update(ApiKey).where(in_use).values(revoked_at=at))
        return keys

    async def touch_key(self, key_id: str, at: datetime) -> None:
        """Write down when a key was used."""
        await self._session.exec(update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_at=at))

    async def _change(self, session_id: str, **values: object) -> None:
        await self._session.exec(update(Session).where(col(Session.id) == session_id).values(**values))
