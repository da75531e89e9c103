"""What somebody of a suspended organisation is told: that it is, and why."""

from dataclasses import dataclass

from ragapp.core.errors import NotAuthenticated
from ragapp.core.ids import TenantId
from ragapp.core.scope import Origin, PlatformScope
from ragapp.services.identity.session_opening import SessionKind
from ragapp.services.identity.tokens import TokenKind, digest, is_kind
from ragapp.services.tenancy.tenant_views import TenantStatus
from ragapp.store.store import Store

_DOOR = PlatformScope(Origin.SESSION)


@dataclass(frozen=True, slots=True)
class SuspensionNotice:
    """An organisation that may not work at the moment."""

    organisation: str
    reason: str


class SuspensionService:
    """Answers holders of a session that would be valid if their organisation were not suspended."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def notice_for(self, session_token: str) -> SuspensionNotice:
        """Return what to show.

        Raises:
            NotAuthenticated: no such session, or its organisation is not suspended.
        """
        if not is_kind(session_token, TokenKind.BROWSER):
            raise NotAuthenticated
        async with self._store.read_platform(_DOOR) as tx:
            session = await tx.sessions.find(digest(session_token), kind=SessionKind.BROWSER)
            if session is None:
                raise NotAuthenticated
            tenant, _ = await tx.tenants.get(TenantId(session.tenant_id))
        if tenant.status != TenantStatus.SUSPENDED:
            raise NotAuthenticated
        return SuspensionNotice(tenant.name, tenant.suspension_reason or "")
