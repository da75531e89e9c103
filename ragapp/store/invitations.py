"""Invitations: made inside a tenant, looked up by their link before any tenant is known."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.errors import NotFound
from ragapp.core.ids import InvitationId, TenantId, UserId
from ragapp.core.ports import Clock
from ragapp.models import Invitation
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository


class InvitationRepository(TenantRepository):
    """Invitations into the bound tenant."""

    async def add(self, invitation: Invitation) -> Invitation:
        """Store a new invitation; an open one for the same address is revoked by it."""
        await self.revoke_open(invitation.email)
        self._session.add(invitation)
        await self._session.flush()
        return invitation

    async def get(self, invitation_id: InvitationId) -> Invitation:
        """Return one invitation.

        Raises:
            NotFound: absent, or another tenant's.
        """
        found = (await self._session.exec(select(Invitation).where(self._is(invitation_id)))).first()
        if found is None:
            raise NotFound
        return found

    async def addresses_of(self, invitation_ids: Sequence[str]) -> dict[str, str]:
        """Return whom those invitations of this tenant were for, by id; used and withdrawn ones too."""
        if not invitation_ids:
            return {}
        wanted = col(Invitation.id).in_(set(invitation_ids))
        return dict((await self._session.exec(select(Invitation.id, Invitation.email).where(self._mine, wanted))).all())

    async def list_page(self, *, limit: int, cursor: str | None) -> tuple[list[Invitation], str | None]:
        """Return invitations, newest first."""
        statement = select(Invitation).where(self._mine)
        if cursor is not None:
            statement = statement.where(older_than(cursor, col(Invitation.created_at), col(Invitation.id)))
        ordered = statement.order_by(col(Invitation.created_at).desc(), col(Invitation.id).desc())
        rows = (await self._session.exec(ordered.limit(limit + 1))).all()
        return cut_page(rows, limit, lambda row: (row.created_at, row.id))

    async def revoke(self, invitation_id: InvitationId) -> bool:
        """Withdraw an open invitation; return whether it was open."""
        return await self._withdraw(col(Invitation.id) == invitation_id) == 1

    async def revoke_open(self, email: str) -> None:
        """Withdraw the open invitation of an address, if there is one."""
        await self._withdraw(col(Invitation.email) == email)

    async def renew(self, invitation_id: InvitationId, *, token_hash: str, invited_by: UserId, until: datetime) -> bool:
        """Give an open invitation a new link, from whoever sends it now; return whether it was open."""
        statement = update(Invitation).where(self._is(invitation_id), *_open())
        changed = statement.values(token_hash=token_hash, invited_by=invited_by, expires_at=until)
        return (await self._session.exec(changed)).rowcount == 1

    async def _withdraw(self, which: ColumnElement[bool]) -> int:
        statement = update(Invitation).where(self._mine, which, *_open()).values(revoked_at=self._clock.now())
        return (await self._session.exec(statement)).rowcount

    def _is(self, invitation_id: InvitationId) -> ColumnElement[bool]:
        return and_(self._mine, col(Invitation.id) == invitation_id)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(Invitation.tenant_id) == self._tenant_id


class InvitationLookup:
    """Invitations of any tenant, for whoever holds their link."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def find(self, token_hash: str) -> Invitation | None:
        """Return the open, unexpired invitation with that link."""
        statement = select(Invitation).where(
            Invitation.token_hash == token_hash, *_open(), col(Invitation.expires_at) > self._clock.now()
        )
        return (await self._session.exec(statement.execution_options(populate_existing=True))).first()

    async def accept(self, tenant_id: TenantId, invitation_id: InvitationId, user_id: UserId) -> bool:
        """Use an invitation up; of racing callers exactly one gets True."""
        which = and_(col(Invitation.tenant_id) == tenant_id, col(Invitation.id) == invitation_id)
        now = self._clock.now()
        statement = update(Invitation).where(which, *_open(), col(Invitation.expires_at) > now)
        return (await self._session.exec(statement.values(accepted_at=now, accepted_by=user_id))).rowcount == 1

    async def add(self, invitation: Invitation) -> None:
        """Store the first invitation into a tenant that was just made."""
        self._session.add(invitation)
        await self._session.flush()


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Invitation.accepted_at).is_(None), col(Invitation.revoked_at).is_(None)
