"""The knowledge bases an administrator looks after: names, who may read them, what is in them."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import KnowledgeBaseId, UserId
from ragapp.core.scope import Permission, Role, TenantScope
from ragapp.core.sharing import BaseAccess
from ragapp.services.registry import current
from ragapp.services.views import KnowledgeBaseView
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.kit.filters import PersonOption
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.language import language_of
from ragapp.ui.states.sharing import person_option

NAME, ACCESS, DELETE = "name", "access", "delete"
_PEOPLE = 100


@dataclass(frozen=True)
class BaseRow:
    """One knowledge base."""

    id: str = ""
    name: str = ""
    description: str = ""
    is_default: bool = False
    documents: int = 0
    passages: int = 0
    access: str = ""
    access_role: str = ""
    members: int = 0


class KnowledgeBasesState(rx.State):
    """The list and the one question that is open; every rule lives in services.knowledge_bases."""

    rows: list[BaseRow] = []
    is_loading: bool = True
    error_code: str = ""
    asking: str = ""
    base: BaseRow = BaseRow()
    access: str = BaseAccess.EVERYONE.value
    role: str = Role.MEMBER.value
    people: list[PersonOption] = []
    chosen: list[str] = []
    chosen_people: list[PersonOption] = []

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def load(self) -> None:
        """Read the list."""
        self.error_code = ""
        try:
            await self._look(await current_scope(self))
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    def ask_new(self) -> None:
        """Ask for the name and description of a new knowledge base."""
        self.base, self.asking = BaseRow(), NAME

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def ask_name(self, knowledge_base_id: str) -> EventSpec | None:
        """Ask for another name and description of a knowledge base."""
        return await self._ask(NAME, knowledge_base_id)

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def ask_delete(self, knowledge_base_id: str) -> EventSpec | None:
        """Ask whether an empty knowledge base may go."""
        return await self._ask(DELETE, knowledge_base_id)

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def ask_access(self, knowledge_base_id: str) -> EventSpec | None:
        """Ask who may read a knowledge base."""
        scope = await current_scope(self)
        try:
            view = await current().knowledge_bases.access(scope, KnowledgeBaseId(knowledge_base_id))
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        self.access, self.role = view.access.value, view.access_role.value
        self.chosen = [person.id for person in view.members]
        await self._look_up("")
        return await self._ask(ACCESS, knowledge_base_id)

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Close the question."""
        self.asking = self.asking if is_asking else ""

    @rx.event
    def choose_access(self, access: str) -> None:
        """Pick everyone, a role or chosen members in the question."""
        if access in set(BaseAccess):
            self.access = access

    @rx.event
    def choose_role(self, role: str) -> None:
        """Pick the weakest role that may read."""
        if role in set(Role):
            self.role = role

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def find_people(self, query: str) -> None:
        """Show the members whose name or address contains the words."""
        await self._look_up(query[:200])

    @rx.event
    def toggle(self, picked: str) -> None:
        """Choose one of the members shown, or not."""
        if picked in self.chosen:
            self.chosen = [other for other in self.chosen if other != picked]
        elif picked in {person.id for person in self.people}:
            self.chosen = [*self.chosen, picked]

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def save(self, form: dict[str, Any]) -> list[EventSpec]:
        """Create the knowledge base, or give it its new name and description."""
        scope, bases = await current_scope(self), current().knowledge_bases
        name, description = str(form.get("name", "")), str(form.get("description", ""))
        try:
            if self.base.id:
                await bases.update(scope, KnowledgeBaseId(self.base.id), name=name, description=description)
            else:
                await bases.create(scope, name=name, description=description)
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return self._done(translate(await language_of(self), "Saved."))

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def save_access(self) -> list[EventSpec]:
        """Let those read who were picked, from now on."""
        scope = await current_scope(self)
        try:
            await current().knowledge_bases.set_access(
                scope,
                KnowledgeBaseId(self.base.id),
                access=BaseAccess(self.access),
                role=Role(self.role),
                member_ids=tuple(UserId(user_id) for user_id in self.chosen),
            )
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return self._done(translate(await language_of(self), "Saved. It applies from now on, also on open pages."))

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def delete(self) -> list[EventSpec]:
        """Delete the empty knowledge base that was asked about."""
        scope = await current_scope(self)
        try:
            await current().knowledge_bases.delete(scope, KnowledgeBaseId(self.base.id))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return self._done(translate(await language_of(self), "Deleted."))

    async def _look(self, scope: TenantScope) -> None:
        set_changed(self, rows=[_row(view) for view in await current().knowledge_bases.list(scope)])

    async def _look_up(self, query: str) -> None:
        try:
            found = await current().knowledge_bases.find_readers(
                await current_scope(self), query=query, limit=_PEOPLE
            )
        except RagAppError:
            found = ()
        self.people = [person_option(person) for person in found]

    async def _ask(self, question: str, knowledge_base_id: str) -> EventSpec | None:
        scope = await current_scope(self)
        try:
            view = await current().knowledge_bases.get(scope, KnowledgeBaseId(knowledge_base_id))
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        self.base, self.asking = _row(view), question
        return None

    def _done(self, text: str) -> list[EventSpec]:
        self.asking = ""
        return [feedback.success(text), KnowledgeBasesState.load()]


def _row(view: KnowledgeBaseView) -> BaseRow:
    return BaseRow(
        id=view.id,
        name=view.name,
        description=view.description,
        is_default=view.is_default,
        documents=view.document_count,
        passages=view.chunk_count,
        access=view.access.value,
        access_role=view.access_role.value,
        members=len(view.member_ids),
    )
