"""Who belongs to the tenant, with which role: read and changed under the lock of the tenant's own row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, update
from sqlmodel import col, delete, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import UserId
from ragapp.models import ApiKey, Chat, ChatPermission, Feedback, KnowledgeBaseMember, Membership, Session, User
from ragapp.store.matching import matches
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository


@dataclass(frozen=True, slots=True)
class Member:
    """A member with what is known about their coming and going."""

    user: User
    membership: Membership
    last_seen_at: datetime | None


class MembershipRepository(TenantRepository):
    """Memberships of the bound tenant, active and inactive."""

    async def list_page(self, *, limit: int, cursor: str | None, query: str) -> tuple[list[Member], str | None]:
        """Return members, those who joined last first; `query` searches names and addresses."""
        statement = self._members()
        if query:
            statement = statement.where(matches(query, User.name_words, User.email_words))
        if cursor is not None:
            statement = statement.where(older_than(cursor, col(Membership.created_at), col(Membership.user_id)))
        ordered = statement.order_by(col(Membership.created_at).desc(), col(Membership.user_id).desc())
        rows = [Member(*row) for row in await self._session.exec(ordered.limit(limit + 1))]
        return cut_page(rows, limit, lambda member: (member.membership.created_at, member.user.id))

    async def get(self, user_id: UserId) -> Member:
        """Return one member.

        Raises:
            NotFound: nobody here.
        """
        found = (await self._session.exec(self._members().where(col(User.id) == user_id))).first()
        if found is None:
            raise NotFound
        return Member(*found)

    async def find_by_email(self, email: str) -> Membership | None:
        """Return the membership of whoever has that (lowercase) address."""
        statement = select(Membership).join(User, col(User.id) == Membership.user_id)
        return (await self._session.exec(statement.where(self._mine, User.email == email))).first()

    async def count_active(self) -> int:
        """Return how many seats are taken."""
        active = select(func.count()).select_from(Membership).where(self._mine, Membership.status == "active")
        return int((await self._session.exec(active)).one())

    async def find_active(self, user_id: str) -> Membership | None:
        """Return the membership of somebody who may act here now."""
        statement = select(Membership).join(User, col(User.id) == Membership.user_id)
        acting = and_(self._mine, col(User.id) == user_id, self._active)
        return (await self._session.exec(statement.where(acting))).first()

    async def count_other_owners(self, user_id: UserId) -> int:
        """Return how many active owners there are besides somebody."""
        others = and_(self._mine, self._active, col(Membership.role) == "owner", col(User.id) != user_id)
        statement = select(func.count()).select_from(Membership).join(User, col(User.id) == Membership.user_id)
        return (await self._session.exec(statement.where(others))).one()

    async def change(self, user_id: UserId, **values: Any) -> None:
        """Set `role` or `status`."""
        await self._session.exec(update(Membership).where(self._is(user_id)).values(**values))

    async def remove(self, user_id: UserId) -> None:
        """End a membership with its sessions, keys and rights; what the person made stays, unseen by others."""
        await self._hide_chats(user_id)
        for model in (ChatPermission, KnowledgeBaseMember):
            theirs = and_(col(model.tenant_id) == self._tenant_id, col(model.user_id) == user_id)
            await self._session.exec(delete(model).where(theirs))
        await self.end_credentials(user_id)
        await self._session.exec(delete(Membership).where(self._is(user_id)))

    async def end_credentials(self, user_id: UserId) -> None:
        """Delete the sessions and tokens and revoke the keys that somebody has here."""
        sessions = and_(col(Session.tenant_id) == self._tenant_id, col(Session.user_id) == user_id)
        await self._session.exec(delete(Session).where(sessions))
        keys = and_(col(ApiKey.tenant_id) == self._tenant_id, col(ApiKey.user_id) == user_id)
        unrevoked = and_(keys, col(ApiKey.revoked_at).is_(None))
        await self._session.exec(update(ApiKey).where(unrevoked).values(revoked_at=self._clock.now()))

    async def delete_chats(self, user_id: UserId) -> int:
        """Delete every chat somebody owns here, and what they said about answers in others'; return how many chats."""
        ratings = and_(col(Feedback.tenant_id) == self._tenant_id, col(Feedback.user_id) == user_id)
        await self._session.exec(delete(Feedback).where(ratings))
        theirs = and_(col(Chat.tenant_id) == self._tenant_id, col(Chat.owner_id) == user_id)
        return (await self._session.exec(delete(Chat).where(theirs))).rowcount

    async def names_of(self, user_ids: Sequence[str]) -> dict[str, str]:
        """Return the names of those who are members, active or not."""
        statement = select(User.id, User.name).join(Membership, col(Membership.user_id) == User.id)
        return dict((await self._session.exec(statement.where(self._mine, col(User.id).in_(set(user_ids))))).all())

    async def _hide_chats(self, user_id: UserId) -> None:
        theirs = and_(col(Chat.tenant_id) == self._tenant_id, col(Chat.owner_id) == user_id)
        shared = select(Chat.id).where(theirs)
        rights = and_(col(ChatPermission.tenant_id) == self._tenant_id, col(ChatPermission.chat_id).in_(shared))
        await self._session.exec(delete(ChatPermission).where(rights))
        await self._session.exec(update(Chat).where(theirs).values(visibility="private"))

    def _members(self) -> Any:
        seen = (
            select(func.max(Session.seen_at))
            .where(
                col(Session.tenant_id) == self._tenant_id, col(Session.user_id) == col(Membership.user_id)
            )
            .correlate(Membership)
            .scalar_subquery()
        )
        return (
            select(User, Membership, seen)
            .join(Membership, col(Membership.user_id) == col(User.id))
            .where(self._mine)
            .execution_options(populate_existing=True)
        )

    def _is(self, user_id: UserId) -> ColumnElement[bool]:
        return and_(self._mine, col(Membership.user_id) == user_id)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(Membership.tenant_id) == self._tenant_id

    @property
    def _active(self) -> ColumnElement[bool]:
        return and_(col(Membership.status) == "active", col(User.status) == "active")
