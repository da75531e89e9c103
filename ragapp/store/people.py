"""Colleagues: the active members of the bound tenant, to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select
from sqlmodel import col, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import UserId
from ragapp.models import Membership, User
from ragapp.store.matching import matches
from ragapp.store.repository import TenantRepository


@dataclass(frozen=True, slots=True)
class Person:
    """One active member."""

    id: str
    name: str
    email: str
    role: str


class PeopleRepository(TenantRepository):
    """Looks active members up."""

    async def find(self, *, query: str, limit: int) -> list[Person]:
        """Return up to `limit` others whose name and address have the words of `query`, by name."""
        statement = self._active().where(col(User.id) != self._scope.user_id)
        if query:
            statement = statement.where(matches(query, User.name_words, User.email_words))
        ordered = statement.order_by(col(User.name), col(User.id)).limit(limit)
        return [Person(*row) for row in await self._session.exec(ordered)]  # type: ignore[call-overload]

    async def get_many(self, user_ids: Sequence[UserId]) -> list[Person]:
        """Return these people, by name.

        Raises:
            NotFound: one of them is no active member of this tenant.
        """
        wanted = set(user_ids)
        if not wanted:
            return []
        found = await self.list_known(list(wanted))
        if {person.id for person in found} != wanted:
            raise NotFound
        return found

    async def list_known(self, user_ids: Sequence[str]) -> list[Person]:
        """Return those of these people who are active members, by name."""
        statement = self._active().where(col(User.id).in_(list(user_ids))).order_by(col(User.name), col(User.id))
        return [Person(*row) for row in await self._session.exec(statement)]  # type: ignore[call-overload]

    def _active(self) -> Select[tuple[str, str, str, str]]:
        return (
            select(User.id, User.name, User.email, Membership.role)  # type: ignore[return-value]
            .join(Membership, col(Membership.user_id) == col(User.id))
            .where(
                col(Membership.tenant_id) == self._tenant_id,
                col(Membership.status) == "active",
                col(User.status) == "active",
            )
        )
