"""The signed-in person: who they are here, and their own preferences."""

from ragapp.core.errors import InvalidInput
from ragapp.core.scope import Role, TenantScope
from ragapp.services.people import LANGUAGES, me_view
from ragapp.services.views import MeView, UserView
from ragapp.store.store import Store


class AccountService:
    """What a member reads and changes about themselves; needs no permission beyond being a member."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def me(self, scope: TenantScope) -> MeView:
        """Return the caller, their tenant, role and rights."""
        async with self._store.read(scope) as tx:
            user, tenant, membership = await tx.members.get_self()
        return me_view(user, tenant, Role(membership.role))

    async def set_language(self, scope: TenantScope, language: str) -> UserView:
        """Choose the interface language.

        Raises:
            InvalidInput: not one of `LANGUAGES`.
        """
        if language not in LANGUAGES:
            raise InvalidInput('Choose "en" or "hr".', details={"field": "language"})
        async with self._store.begin(scope) as tx:
            await tx.members.set_own_language(language)
        return (await self.me(scope)).user
