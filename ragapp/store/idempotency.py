"""Answers remembered for keyed requests."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, update
from sqlmodel import col, select

from ragapp.core.errors import Conflict, IdempotencyKeyReused
from ragapp.models import IdempotencyKey
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.repository import TenantRepository

_KEEP = timedelta(hours=24)


class IdempotencyRepository(TenantRepository):
    """The caller's own keys; each is remembered for 24 hours."""

    async def find_response(self, key: str, request_digest: str) -> dict[str, Any] | None:
        """Return what the same request was answered, or None if the key is new.

        Raises:
            IdempotencyKeyReused: the key came with another request.
        """
        is_fresh = col(IdempotencyKey.created_at) > self._clock.now() - _KEEP
        found = await self._session.scalar(select(IdempotencyKey).where(self._mine, self._is(key), is_fresh))
        if found is None:
            return None
        if found.request_digest != request_digest:
            raise IdempotencyKeyReused
        return found.response

    async def remember(self, key: str, request_digest: str, response: dict[str, Any]) -> None:
        """Store the answer in the transaction of its effect, and forget the caller's expired keys.

        Raises:
            Conflict: the key was used a moment ago.
        """
        is_outdated = col(IdempotencyKey.created_at) <= self._clock.now() - _KEEP
        await self._session.exec(delete(IdempotencyKey).where(self._mine, is_outdated))
        row = IdempotencyKey(
            tenant_id=self._tenant_id,
            user_id=self._scope.user_id,
            key=key,
            request_digest=request_digest,
            response=response,
            created_at=self._clock.now(),
        )
        async with translating_conflicts(self._session, Conflict()):
            self._session.add(row)

    async def answer(self, key: str, response: dict[str, Any]) -> None:
        """Keep the answer of a request whose key was remembered before anything was done."""
        taken = update(IdempotencyKey).where(self._mine, self._is(key))
        await self._session.exec(taken.values(response=response))

    async def forget(self, key: str) -> None:
        """Let a key be used again: nothing was done under it."""
        await self._session.exec(delete(IdempotencyKey).where(self._mine, self._is(key)))

    def _is(self, key: str) -> ColumnElement[bool]:
        return col(IdempotencyKey.key) == key

    @property
    def _mine(self) -> ColumnElement[bool]:
        return and_(
            col(IdempotencyKey.tenant_id) == self._tenant_id, col(IdempotencyKey.user_id) == self._scope.user_id
        )
