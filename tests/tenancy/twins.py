"""Two tenants that hold one of everything each, and a picture of all that is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.engine import URL, make_url

from ragapp.core.errors import NoTextFound
from ragapp.core.ids import (
    ApiKeyId,
    ChatId,
    DocumentId,
    InvitationId,
    KnowledgeBaseId,
    MessageId,
    ProviderId,
    QualityQuestionId,
    QualityRunId,
    ReportId,
    RunId,
    SessionId,
    SourceId,
    TaskId,
    UserId,
    new_id,
)
from ragapp.core.quality import Expects, FeedbackReason
from ragapp.core.scope import Permission, Role, TenantScope
from ragapp.models import ApiKey, MissingReport, Session
from ragapp.services.identity.provider_views import NewProvider
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.services.library.source_views import SourceKind
from ragapp.services.tenancy.member_views import InvitationLink
from tests.fakes.accounts import PLATFORM, Household, add_member, add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.databases import postgres_url, tables_of
from tests.fakes.library import pieces
from tests.fakes.wired import Wired

IdKind = Any
ID_KINDS: tuple[IdKind, ...] = (
    DocumentId,
    ChatId,
    MessageId,
    RunId,
    TaskId,
    KnowledgeBaseId,
    SourceId,
    UserId,
    ProviderId,
    InvitationId,
    ApiKeyId,
    SessionId,
    ReportId,
    QualityQuestionId,
    QualityRunId,
)
"""Every kind of id that a caller can send."""

QUESTION = "What does the lighthouse keeper of {canary} write down every evening?"
CANARY = "The lighthouse keeper of {canary} writes down the colour of the sea every evening. "
_FILLER = "Other people of the island repair nets, bake bread and count the boats in the harbour. " * 6

Ids = Mapping[IdKind, tuple[str, ...]]


@dataclass(frozen=True)
class Twin:
    """A tenant with one of everything. `ids` are its own, `deleted` were; the chats are the owner's private ones.

    Of some kinds nothing is deleted: invitations, keys, reports and tasks stay listed with what became of them.

    `tokens` are a key and a session of everybody: the owner, the colleague (an administrator), an editor, a member.
    """

    household: Household
    colleague: TenantScope
    canary: str
    ids: Ids
    deleted: Ids
    tokens: Mapping[str, str]
    scopes: Mapping[Role, TenantScope]

    @property
    def owner(self) -> TenantScope:
        return self.household.owner

    def token(self, role: Role, kind: str) -> str:
        """The key or session of somebody with that role."""
        return self.tokens[f"{'colleague' if role is Role.ADMIN else role.value}_{kind}"]

    def own(self, kind: IdKind) -> str:
        """The id of the thing that shows most: a ready document, a finished answer."""
        return self.ids[kind][0]


async def add_twin(wired: Wired, clock: FixedClock, slug: str) -> Twin:
    """Create a tenant and fill it through its services."""
    household = await add_tenant(wired.store, slug)
    colleague = await add_member(wired.store, household, Role.ADMIN)
    ids, deleted = await _fill(wired, household.owner, slug)
    people = {"owner": household.owner, "colleague": colleague}
    people |= {role.value: await add_member(wired.store, household, role) for role in (Role.EDITOR, Role.MEMBER)}
    bystander = await add_member(wired.store, household, Role.MEMBER)  # who calls nothing, and is acted upon
    gone = await add_member(wired.store, household, Role.MEMBER)
    await wired.services.members.remove(_just_proven(household.owner, wired), gone.user_id)
    ids = {**ids, UserId: (bystander.user_id, colleague.user_id)}
    deleted = {**deleted, UserId: (gone.user_id,)}
    report_id = await _add_report(wired, household.owner, ids[MessageId][0])
    ids, deleted = {**ids, ReportId: (report_id,)}, {**deleted, ReportId: ()}
    session_id, ended = [await _add_other_session(wired, clock, household.owner) for _ in range(2)]
    await wired.services.sessions.revoke(household.owner, SessionId(ended))
    ids, deleted = {**ids, SessionId: (session_id,)}, {**deleted, SessionId: (ended,)}
    tokens = {f"{name}_key": await _add_key(wired, clock, scope) for name, scope in people.items()}
    tokens |= {f"{name}_session": await _add_session(wired, clock, scope) for name, scope in people.items()}
    return Twin(household, colleague, slug, ids, deleted, tokens, {scope.role: scope for scope in people.values()})


async def _fill(wired: Wired, owner: TenantScope, canary: str) -> tuple[Ids, Ids]:
    services = wired.services
    base = await services.knowledge_bases.create(owner, name="Second")
    gone_base = await services.knowledge_bases.create(owner, name="Gone")
    await services.knowledge_bases.delete(owner, gone_base.id)
    ready = await _upload(wired, owner, CANARY.format(canary=canary) + _FILLER + "\f" + _FILLER)
    gone = await _upload(wired, owner, "This text was deleted. " + _FILLER)
    await services.documents.delete(owner, gone.document.id)
    failed = await _upload_failing(wired, owner)
    chat, answer, run = await _converse(wired, owner, QUESTION.format(canary=canary))
    gone_chat, gone_answer, gone_run = await _converse(wired, owner, "And in the morning?")
    await services.chats.delete(owner, ChatId(gone_chat))
    busy = await services.runs.ask(owner, chat_id=None, text="Please wait for the evening.")
    source, gone_source = [await _add_source(wired, owner, f"{canary}{number}") for number in range(2)]
    await services.sources.delete(owner, gone_source)
    provider, gone_provider = [await _add_provider(wired, owner, f"{canary}{number}") for number in range(2)]
    await services.providers.delete(_just_proven(owner, wired), gone_provider)
    invitation = (await _invite(wired, owner, f"guest@{canary}.example")).invitation
    key, gone_key = [await _make_key(wired, owner, f"key {number}") for number in range(2)]
    await services.api_keys.revoke(owner, gone_key)
    await services.chats.give_feedback(
        owner, answer, rating="down", reason=FeedbackReason.INCOMPLETE, comment=f"The colour of {canary} is missing."
    )
    questions, runs = await _measure(wired, owner, base.id, canary)
    ids = {
        InvitationId: (invitation.id,),
        ApiKeyId: (key, gone_key),
        ProviderId: (provider,),
        SourceId: (source,),
        DocumentId: (ready.document.id, failed.document.id),
        ChatId: (chat, busy.chat.id),
        MessageId: (answer, busy.answer.id, busy.question.id),
        RunId: (run, busy.run_id),
        TaskId: (ready.task_id, failed.task_id),
        KnowledgeBaseId: (base.id, ready.document.knowledge_base_id),
        QualityQuestionId: questions[:1],
        QualityRunId: runs[:1],
    }
    deleted = {
        InvitationId: (),
        ApiKeyId: (),
        ProviderId: (gone_provider,),
        SourceId: (gone_source,),
        DocumentId: (gone.document.id,),
        ChatId: (gone_chat,),
        MessageId: (gone_answer,),
        RunId: (gone_run,),
        TaskId: (),
        KnowledgeBaseId: (gone_base.id,),
        QualityQuestionId: questions[1:],
        QualityRunId: runs[1:],
    }
    return ids, deleted


async def _measure(
    wired: Wired, owner: TenantScope, base_id: KnowledgeBaseId, canary: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (kept, deleted) test questions and completed runs over them."""
    services = wired.services
    questions, runs = [], []
    for number in range(2):
        text = f"{number}. {QUESTION.format(canary=canary)}"
        question = await services.quality_questions.create(
            owner, knowledge_base_id=base_id, text=text, expects=Expects.NOTHING
        )
        questions.append(question.id)
        runs.append((await services.quality_runs.start(owner, base_id)).id)
        await wired.settle()
    await services.quality_questions.delete(owner, questions[1])
    await services.quality_runs.delete(owner, runs[1])
    return tuple(questions), tuple(runs)


async def _add_report(wired: Wired, owner: TenantScope, message_id: str) -> str:
    report = MissingReport(id=new_id(), message_id=message_id, user_id=owner.user_id, question=QUESTION)
    async with wired.store.begin(owner) as tx:
        await tx.missing_reports.add(report)
    return report.id


async def _add_source(wired: Wired, owner: TenantScope, name: str) -> SourceId:
    source = await wired.services.sources.create(owner, kind=SourceKind.URL, location=f"https://{name}.example/")
    return source.id


async def _invite(wired: Wired, owner: TenantScope, email: str) -> InvitationLink:
    return await wired.services.invitations.create(_just_proven(owner, wired), email=email, role=Role.MEMBER)


async def _make_key(wired: Wired, owner: TenantScope, name: str) -> ApiKeyId:
    return (await wired.services.api_keys.create(_just_proven(owner, wired), name=name)).key.id


async def _add_provider(wired: Wired, owner: TenantScope, name: str) -> ProviderId:
    # An address that is refused before anything connects to it.
    new = NewProvider(name=name, issuer=f"https://127.0.0.1/{name}", client_id="ragapp", client_secret="secret")
    return (await wired.services.providers.create(_just_proven(owner, wired), new)).id


def _just_proven(owner: TenantScope, wired: Wired) -> TenantScope:
    return replace(owner, authenticated_at=wired.store._clock.now())


async def _upload(wired: Wired, owner: TenantScope, text: str) -> Any:
    result = await wired.services.documents.upload(owner, pieces(text.encode()), filename="notes.txt")
    await wired.settle()
    return result


async def _upload_failing(wired: Wired, owner: TenantScope) -> Any:
    wired.parser.failure = NoTextFound()
    try:
        return await _upload(wired, owner, "This cannot be read.")
    finally:
        wired.parser.failure = None


async def _converse(wired: Wired, owner: TenantScope, question: str) -> tuple[str, str, str]:
    started = await wired.services.runs.ask(owner, chat_id=None, text=question)
    async for _ in wired.services.runs.follow(owner, started.run_id, min_interval_s=0):
        pass
    return started.chat.id, started.answer.id, started.run_id


async def _add_key(wired: Wired, clock: FixedClock, scope: TenantScope) -> str:
    return await add_key(wired, clock, scope)


async def add_key(
    wired: Wired, clock: FixedClock, scope: TenantScope, permissions: tuple[Permission, ...] | None = None
) -> str:
    """Return a key of somebody that carries these permissions at most; None is all of theirs."""
    token = mint(TokenKind.API_KEY)
    key = ApiKey(
        id=new_id(),
        tenant_id=scope.tenant_id,
        user_id=scope.user_id,
        name="test",
        prefix=token[:10],
        key_hash=digest(token),
        scopes=None if permissions is None else [permission.value for permission in permissions],
        last_used_at=clock.now(),  # or its first use would be written down in the middle of a test
    )
    async with wired.store.begin_platform(PLATFORM) as tx:
        await tx.accounts.add_api_key(key)
    return token


async def _add_other_session(wired: Wired, clock: FixedClock, scope: TenantScope) -> str:
    """Return the id of a session on another device."""
    session_id = new_id()
    await _add_session(wired, clock, scope, session_id)
    return session_id


async def _add_session(wired: Wired, clock: FixedClock, scope: TenantScope, session_id: str = "") -> str:
    token, now = mint(TokenKind.BROWSER), clock.now()
    session = Session(
        token_hash=digest(token),
        id=session_id or new_id(),
        kind="browser",
        tenant_id=scope.tenant_id,
        user_id=scope.user_id,
        created_at=now,
        seen_at=now,
        expires_at=now.replace(year=now.year + 1),
    )
    async with wired.store.begin_platform(PLATFORM) as tx:
        await tx.sessions.add(session)
    return token


class Ledger:
    """Reads every row of every table, every stored file and every index entry, past all tenant locks."""

    def __init__(self, wired: Wired, database_url: str) -> None:
        self._wired = wired
        self._engine = create_engine(_unrestricted(database_url))
        self._tables = tables_of(self._engine)

    def picture(self) -> dict[str, Any]:
        """Return everything that is stored, by place."""
        with self._engine.connect() as connection:
            rows = {
                table.name: sorted(map(repr, connection.execute(select(table))))
                for table in self._tables.sorted_tables
            }
        return {**rows, "files": _files(self._wired.blob_folder), "index": self._index()}

    def close(self) -> None:
        self._engine.dispose()

    def _index(self) -> list[str]:
        return sorted(f"{ref}:{sorted(entries)}" for ref, entries in self._wired.index.collections.items())


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the places in which two pictures differ."""
    return [place for place in before if before[place] != after[place]]


def _files(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.stat().st_size) for path in folder.rglob("*") if path.is_file())


def _unrestricted(database_url: str) -> URL:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return url.set(drivername="sqlite")
    admin = make_url(postgres_url()).set(database=url.database)
    return admin.set(drivername="postgresql+psycopg")
