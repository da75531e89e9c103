"""What is done to one member: another role, out, in again, gone."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import UserId
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.services.tenancy.members import checked_role
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of
from ragapp.ui.states.people import PeopleState

ROLE, DEACTIVATE, REMOVE = "role", "deactivate", "remove"


class MemberActionsState(rx.State):
    """Whom a question is about, and which one: `asking` is "" while none is asked."""

    asking: str = ""
    member_id: str = ""
    name: str = ""
    role: str = ""
    is_you: bool = False
    erase_chats: bool = False

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def ask_role(self, user_id: str) -> EventSpec | None:
        """Ask which role a member should have."""
        return await self._ask(ROLE, user_id)

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def ask_deactivate(self, user_id: str) -> EventSpec | None:
        """Ask before a member is kept out."""
        return await self._ask(DEACTIVATE, user_id)

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def ask_remove(self, user_id: str) -> EventSpec | None:
        """Ask before a membership ends."""
        return await self._ask(REMOVE, user_id)

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Close the question."""
        self.asking = self.asking if is_asking else ""

    @rx.event
    def choose_role(self, role: str) -> None:
        """Pick a role in the question."""
        self.role = role

    @rx.event
    def set_erase_chats(self, is_on: bool) -> None:
        """Say whether the chats go too."""
        self.erase_chats = is_on

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def change_role(self) -> list[EventSpec]:
        """Give the member the role that was picked."""
        scope, language = await current_scope(self), await language_of(self)
        try:
            await current().members.change_role(scope, UserId(self.member_id), checked_role(self.role))
        except RagAppError as error:
            return [feedback.show(error, language)]
        return self._done(translate(language, "{name} has a new role", name=self.name))

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def deactivate(self) -> list[EventSpec]:
        """Keep the member out."""
        scope, language = await current_scope(self), await language_of(self)
        try:
            await current().members.deactivate(scope, UserId(self.member_id))
        except RagAppError as error:
            return [feedback.show(error, language)]
        return self._done(translate(language, "{name} can no longer sign in here", name=self.name))

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def reactivate(self, user_id: str) -> list[EventSpec]:
        """Let a member in again."""
        scope, language = await current_scope(self), await language_of(self)
        try:
            member = await current().members.reactivate(scope, UserId(user_id))
        except RagAppError as error:
            return [feedback.show(error, language)]
        return self._done(translate(language, "{name} can sign in again", name=member.name or member.email))

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def remove(self) -> list[EventSpec]:
        """End the membership."""
        scope, language = await current_scope(self), await language_of(self)
        try:
            await current().members.remove(scope, UserId(self.member_id), erase_chats=self.erase_chats)
        except RagAppError as error:
            return [feedback.show(error, language)]
        return self._done(translate(language, "{name} was removed", name=self.name))

    def _done(self, text: str) -> list[EventSpec]:
        self.asking = self.member_id = ""
        return [feedback.success(text), PeopleState.load()]

    async def _ask(self, question: str, user_id: str) -> EventSpec | None:
        scope = await current_scope(self)
        try:
            member = await current().members.get(scope, UserId(user_id))
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        self.asking, self.erase_chats = question, False
        self.member_id, self.name, self.role = member.id, member.name or member.email, member.role.value
        self.is_you = member.is_you
        return None
