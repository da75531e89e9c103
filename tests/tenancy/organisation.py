"""One organisation whose people may not all read the same: a restricted knowledge base with words of its own."""

from dataclasses import dataclass

from ragapp.core.ids import ChatId, DocumentId, KnowledgeBaseId, MessageId, TaskId, UserId
from ragapp.core.scope import Role, TenantScope
from ragapp.core.sharing import BaseAccess
from ragapp.models import Tenant
from tests.fakes.accounts import PLATFORM, Household, add_member, add_tenant
from tests.fakes.library import pieces
from tests.fakes.wired import Wired

SECRET = "zirconium"
SENTENCE = f"The {SECRET} reserve of the institute is kept in the third cellar behind the boiler. "
QUESTION = f"Where is the {SECRET} reserve of the institute kept?"
OPEN_SENTENCE = "The canteen of the institute opens at seven in the morning on working days. "
_FILLER = "Visitors sign the book at the door, leave their coats and wait for a colleague to come down. " * 4


@dataclass(frozen=True)
class Organisation:
    """Its people by name, the restricted knowledge base and the one document in it."""

    wired: Wired
    household: Household
    people: dict[str, TenantScope]
    base_id: KnowledgeBaseId
    document_id: DocumentId
    task_id: TaskId
    open_document_id: DocumentId

    @property
    def owner(self) -> TenantScope:
        return self.people["owner"]

    async def open_to(self, access: BaseAccess, *, role: Role = Role.OWNER, chosen: tuple[str, ...] = ()) -> None:
        await self.wired.services.knowledge_bases.set_access(
            self.owner, self.base_id, access=access, role=role, member_ids=self.ids_of(*chosen)
        )

    def ids_of(self, *names: str) -> tuple[UserId, ...]:
        return tuple(self.people[name].user_id for name in names)

    async def converse(self, who: str, question: str, chat_id: ChatId | None = None) -> tuple[ChatId, MessageId]:
        """Ask and wait for the answer; return chat and answer."""
        runs = self.wired.services.runs
        started = await runs.ask(self.people[who], chat_id=chat_id, text=question)
        async for _ in runs.follow(self.people[who], started.run_id, min_interval_s=0):
            pass
        return started.chat.id, started.answer.id

    async def decide(self, **settings: object) -> None:
        """Set columns of the tenant, as its settings page does."""
        async with self.wired.store.begin_platform(PLATFORM) as tx:
            tenant = await tx._session.get(Tenant, self.household.tenant_id)
            assert tenant is not None
            for name, value in settings.items():
                setattr(tenant, name, value)


async def found_organisation(wired: Wired) -> Organisation:
    household = await add_tenant(wired.store, "institute")
    people = {"owner": household.owner}
    for name, role in (
        ("admin", Role.ADMIN), ("editor", Role.EDITOR), ("chosen", Role.MEMBER), ("other", Role.MEMBER)
    ):  # fmt: skip
        people[name] = await add_member(wired.store, household, role)
    base = await wired.services.knowledge_bases.create(household.owner, name="Reserves")
    hidden = await _upload(wired, household.owner, SENTENCE + _FILLER + "\f" + _FILLER, base.id)
    plain = await _upload(wired, household.owner, OPEN_SENTENCE + _FILLER, None)
    assert hidden.task_id is not None
    return Organisation(
        wired, household, people, base.id, hidden.document.id, hidden.task_id, plain.document.id
    )


async def _upload(wired: Wired, owner: TenantScope, text: str, base_id: KnowledgeBaseId | None):
    title = "Cellar plan" if base_id else "House rules"
    result = await wired.services.documents.upload(
        owner, pieces(text.encode()), filename="notes.txt", title=title, knowledge_base_id=base_id
    )
    await wired.settle()
    return result
