"""Sharing chats: with chosen members or with the whole organisation, as far as its policy goes."""

from collections.abc import Sequence

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import FeatureDisabled, InvalidInput, PermissionDenied
from ragapp.core.flags import Flag
from ragapp.core.ids import ChatId, UserId
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.core.sharing import ChatSharing, ChatVisibility, SharePermission
from ragapp.models import Chat
from ragapp.services.tenancy.colleagues import person_view
from ragapp.services.tenancy.flags import flag_within
from ragapp.services.tenancy.share_views import PersonView, SharesView, ShareView
from ragapp.store.store import Store, TenantTransaction

_MAX_PEOPLE = 100
_MAX_QUERY_CHARACTERS = 200
_OPEN = {
    SharePermission.READ: ChatVisibility.TENANT_SHARED,
    SharePermission.WRITE: ChatVisibility.TENANT_WRITABLE,
}


class SharingService:
    """Only a chat's owner shares it. The tenant's policy holds at every use: tightened, it stops shares made before."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def shares(self, scope: TenantScope, chat_id: ChatId) -> SharesView:
        """Return with whom a chat is shared.

        Raises:
            NotFound: not readable. PermissionDenied: somebody else's, or no right to share.
        """
        async with self._store.read(scope) as tx:
            chat = await _own_chat(tx, scope, chat_id)
            return await _view(tx, chat)

    async def share(
        self,
        scope: TenantScope,
        chat_id: ChatId,
        *,
        user_ids: tuple[UserId, ...] = (),
        permission: SharePermission = SharePermission.READ,
    ) -> SharesView:
        """Share a chat with members, all of them or, if one of them is not of this tenant, none.

        Raises:
            NotFound: the chat is not readable, or somebody is no member. PermissionDenied: somebody else's chat.
            FeatureDisabled: the organisation does not allow it. InvalidInput: nobody, oneself, or too many people.
        """
        async with self._store.begin(scope) as tx:
            chat = await _own_chat(tx, scope, chat_id)
            await _ensure_allowed(tx, ChatSharing.MEMBERS)
            if not user_ids or len(user_ids) > _MAX_PEOPLE:
                raise InvalidInput(f"Choose 1 to {_MAX_PEOPLE} people.", details={"field": "user_ids"})
            await tx.people.get_many(user_ids)
            if scope.user_id in user_ids:
                raise InvalidInput("This chat is yours already.", details={"field": "user_ids"})
            await tx.shares.put(chat_id, user_ids, permission)
            for user_id in dict.fromkeys(user_ids):
                await _record(tx, AuditAction.CHAT_SHARED, chat, user_id=user_id, permission=permission.value)
            return await _view(tx, chat)

    async def share_with_tenant(
        self, scope: TenantScope, chat_id: ChatId, *, permission: SharePermission = SharePermission.READ
    ) -> SharesView:
        """Share a chat with everyone in the organisation, those who join later included.

        Raises:
            NotFound: not readable. PermissionDenied: somebody else's.
            FeatureDisabled: the organisation does not allow it.
        """
        async with self._store.begin(scope) as tx:
            chat = await _own_chat(tx, scope, chat_id)
            await _ensure_allowed(tx, ChatSharing.TENANT)
            chat.visibility = _OPEN[permission].value
            await _record(tx, AuditAction.CHAT_SHARED, chat, user_id="", permission=permission.value)
            return await _view(tx, chat)

    async def unshare(
        self, scope: TenantScope, chat_id: ChatId, *, user_ids: tuple[UserId, ...] = ()
    ) -> SharesView:
        """Take a chat back from members; from everybody, the organisation included, if none are named.

        Raises:
            NotFound: the chat is not readable, or one of the people is no member (nothing is changed then).
            PermissionDenied: somebody else's.
        """
        async with self._store.begin(scope) as tx:
            chat = await _own_chat(tx, scope, chat_id)
            if user_ids:
                await _take_back(tx, chat, user_ids)
            else:
                await _make_private(tx, chat)
            return await _view(tx, chat)

    async def unshare_with_tenant(self, scope: TenantScope, chat_id: ChatId) -> SharesView:
        """Take a chat back from the organisation; the members chosen by name keep it.

        Raises:
            NotFound: not readable. PermissionDenied: somebody else's.
        """
        async with self._store.begin(scope) as tx:
            chat = await _own_chat(tx, scope, chat_id)
            if chat.visibility != ChatVisibility.PRIVATE:
                chat.visibility = ChatVisibility.PRIVATE.value
                await _record(tx, AuditAction.CHAT_UNSHARED, chat, user_id="")
            return await _view(tx, chat)

    async def find_people(self, scope: TenantScope, *, query: str = "", limit: int = 20) -> tuple[PersonView, ...]:
        """Return colleagues a chat can be shared with, by name; `query` is looked for in names and addresses.

        Raises:
            PermissionDenied: no right to share. FeatureDisabled: the organisation does not allow it.
        """
        require(scope, Permission.SHARE_CHATS)
        if not 1 <= limit <= _MAX_PEOPLE:
            raise InvalidInput(f"Ask for 1 to {_MAX_PEOPLE} people.", details={"field": "limit"})
        async with self._store.read(scope) as tx:
            await _ensure_allowed(tx, ChatSharing.MEMBERS)
            people = await tx.people.find(query=query.strip()[:_MAX_QUERY_CHARACTERS], limit=limit)
        return tuple(map(person_view, people))


async def _own_chat(tx: TenantTransaction, scope: TenantScope, chat_id: ChatId) -> Chat:
    chat = await tx.chats.get(chat_id)
    require(scope, Permission.SHARE_CHATS)
    if chat.owner_id != scope.user_id:
        raise PermissionDenied("Only the owner of this chat can share it. Ask them.")
    return chat


async def _ensure_allowed(tx: TenantTransaction, wanted: ChatSharing) -> None:
    allowed = await _allowed(tx)
    if allowed is ChatSharing.NOBODY or (wanted is ChatSharing.TENANT and allowed is not ChatSharing.TENANT):
        raise FeatureDisabled


async def _allowed(tx: TenantTransaction) -> ChatSharing:
    """Return what may be shared now: the tenant's policy, and nothing while sharing is switched off."""
    return await tx.shares.get_allowed() if await flag_within(tx, Flag.CHAT_SHARING) else ChatSharing.NOBODY


async def _take_back(tx: TenantTransaction, chat: Chat, user_ids: Sequence[UserId]) -> None:
    chat_id = ChatId(chat.id)
    shared_with = dict(await tx.shares.list_of(chat_id))
    await tx.people.get_many([user_id for user_id in user_ids if user_id not in shared_with])
    await tx.shares.remove(chat_id, user_ids)
    for user_id in shared_with:
        if user_id in user_ids:
            await _record(tx, AuditAction.CHAT_UNSHARED, chat, user_id=user_id)


async def _make_private(tx: TenantTransaction, chat: Chat) -> None:
    chat_id = ChatId(chat.id)
    chat.visibility = ChatVisibility.PRIVATE.value
    await tx.shares.remove(chat_id)
    await _record(tx, AuditAction.CHAT_UNSHARED, chat)


async def _record(tx: TenantTransaction, action: AuditAction, chat: Chat, **details: str) -> None:
    await tx.audit.record(action, AuditTarget("chat", chat.id, chat.title), details)


async def _view(tx: TenantTransaction, chat: Chat) -> SharesView:
    chat_id = ChatId(chat.id)
    shares = dict(await tx.shares.list_of(chat_id))
    people = await tx.people.list_known(list(shares))
    return SharesView(
        chat_id=chat_id,
        visibility=public_visibility(chat.visibility),
        permission=_tenant_permission(chat.visibility),
        items=tuple(
            ShareView(UserId(person.id), person.name, person.email, shares[UserId(person.id)]) for person in people
        ),
        allowed=await _allowed(tx),
    )


def public_visibility(visibility: str) -> str:
    """Return the word for a visibility that the contract knows."""
    return ChatVisibility.PRIVATE.value if visibility == ChatVisibility.PRIVATE else ChatVisibility.TENANT_SHARED.value


def _tenant_permission(visibility: str) -> SharePermission:
    return SharePermission.WRITE if visibility == ChatVisibility.TENANT_WRITABLE else SharePermission.READ
