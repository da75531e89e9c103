"""Sharing the chats one owns: the dialog, and who of the administrators read the open chat."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import ChatId, UserId
from ragapp.core.sharing import ChatSharing, SharePermission
from ragapp.services.registry import current
from ragapp.services.tenancy.share_views import PersonView, SharesView
from ragapp.ui import feedback
from ragapp.ui.i18n import translate
from ragapp.ui.kit.filters import PersonOption
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of
from ragapp.ui.states.sidebar import SidebarState

_PEOPLE = 50


@dataclass(frozen=True)
class ShareRow:
    """Somebody the chat is shared with."""

    user_id: str = ""
    name: str = ""
    email: str = ""
    permission: str = ""


class SharingState(rx.State):
    """The dialog about one chat; every rule lives in services.sharing."""

    asking: bool = False
    sharing_id: str = ""
    shares: list[ShareRow] = []
    people: list[PersonOption] = []
    chosen: list[str] = []
    permission: str = SharePermission.READ.value
    everyone: str = ""
    allowed: str = ""
    url: str = ""

    @rx.event
    async def show(self, chat_id: str) -> EventSpec | None:
        """Open the dialog about a chat."""
        scope = await current_scope(self)
        try:
            view = await current().sharing.shares(scope, ChatId(chat_id))
        except RagAppError as error:
            return await self._tell(error)
        self.url = f"{current().settings_view.public_url.rstrip('/')}/chat/{chat_id}"
        self.asking, self.chosen = True, []
        await self._take(view)
        await self._look_up("")
        return None

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Close the dialog."""
        self.asking = self.asking and is_asking

    @rx.event
    async def find(self, query: str) -> None:
        """Show the colleagues whose name or address contains the words."""
        await self._look_up(query[:200])

    @rx.event
    def toggle(self, picked: str) -> None:
        """Choose one of the people shown, or not."""
        if picked in self.chosen:
            self.chosen = [other for other in self.chosen if other != picked]
        elif picked in {person.id for person in self.people}:
            self.chosen = [*self.chosen, picked]

    @rx.event
    def choose_permission(self, permission: str) -> None:
        """Say what the chosen people may do."""
        self.permission = _permission(permission).value

    @rx.event
    async def share(self) -> EventSpec | None:
        """Share the chat with those who were chosen."""
        if not self.chosen:
            return None
        scope, chosen = await current_scope(self), tuple(UserId(user_id) for user_id in self.chosen)
        try:
            view = await current().sharing.share(
                scope, ChatId(self.sharing_id), user_ids=chosen, permission=_permission(self.permission)
            )
        except RagAppError as error:
            return await self._tell(error)
        self.chosen = []
        await self._take(view)
        return feedback.success(translate(await language_of(self), "The chat is shared."))

    @rx.event
    async def share_with_everyone(self, permission: str) -> EventSpec | None:
        """Share the chat with the whole organisation, or take it back from it ("")."""
        sharing, scope, chat_id = current().sharing, await current_scope(self), ChatId(self.sharing_id)
        try:
            if permission:
                view = await sharing.share_with_tenant(scope, chat_id, permission=_permission(permission))
            else:
                view = await sharing.unshare_with_tenant(scope, chat_id)
        except RagAppError as error:
            return await self._tell(error)
        await self._take(view)
        return None

    @rx.event
    async def remove(self, picked: str) -> EventSpec | None:
        """Take the chat back from one of those it is shared with."""
        if picked not in {row.user_id for row in self.shares}:
            return None
        scope = await current_scope(self)
        try:
            view = await current().sharing.unshare(scope, ChatId(self.sharing_id), user_ids=(UserId(picked),))
        except RagAppError as error:
            return await self._tell(error)
        await self._take(view)
        return None

    async def _take(self, view: SharesView) -> None:
        from ragapp.ui.states.chat import ChatState  # the chat page shows the dialog's badge

        self.sharing_id, self.allowed = view.chat_id, view.allowed.value
        self.everyone = view.permission.value if view.visibility == "tenant_shared" else ""
        self.shares = [
            ShareRow(item.user_id, item.name or item.email, item.email, item.permission.value) for item in view.items
        ]
        is_shared = bool(self.everyone or self.shares)
        (await self.get_state(SidebarState))._mark_shared(view.chat_id, is_shared=is_shared)
        chat = await self.get_state(ChatState)
        if chat.open_chat == view.chat_id:
            chat.is_shared = is_shared

    async def _look_up(self, query: str) -> None:
        if self.allowed == ChatSharing.NOBODY:
            self.people = []
            return
        try:
            found = await current().sharing.find_people(await current_scope(self), query=query, limit=_PEOPLE)
        except RagAppError:
            found = ()
        self.people = [person_option(person) for person in found]

    async def _tell(self, error: RagAppError) -> EventSpec:
        return feedback.show(error, await language_of(self))


def person_option(person: PersonView) -> PersonOption:
    """Return somebody as they are offered for choice."""
    return PersonOption(person.id, person.name, person.email)


def _permission(value: str) -> SharePermission:
    return SharePermission.WRITE if value == SharePermission.WRITE else SharePermission.READ
