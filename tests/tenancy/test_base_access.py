"""A knowledge base one may not read does not exist for one: every role, every kind of access, every path."""

import asyncio

import pytest

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import NotFound, PermissionDenied
from ragapp.core.events import AnswerFailed
from ragapp.core.ids import TaskId, UserId, new_id
from ragapp.core.lifecycle import TaskKind
from ragapp.core.scope import Role
from ragapp.core.sharing import BaseAccess
from ragapp.models import Membership
from ragapp.services.chat import answering
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.library.source_views import SourceKind
from ragapp.services.views import QueryRequest, SearchRequest
from tests.fakes.accounts import PLATFORM, add_tenant, scope_of
from tests.fakes.generator import ScriptedGenerator
from tests.fakes.library import pieces
from tests.tenancy.organisation import QUESTION, SECRET, Organisation, found_organisation
from tests.tenancy.twins import Ledger, changes

pytestmark = pytest.mark.sweep

EVERYONE = {"owner", "admin", "editor", "chosen", "other"}
CASES = (
    (BaseAccess.EVERYONE, Role.OWNER, (), EVERYONE),
    (BaseAccess.ROLE, Role.MEMBER, (), EVERYONE),
    (BaseAccess.ROLE, Role.EDITOR, (), {"owner", "admin", "editor"}),
    (BaseAccess.ROLE, Role.OWNER, ("other",), {"owner", "admin"}),
    (BaseAccess.MEMBERS, Role.MEMBER, ("chosen",), {"owner", "admin", "chosen"}),
    (BaseAccess.MEMBERS, Role.MEMBER, (), {"owner", "admin"}),
)


@pytest.fixture
async def house(wired) -> Organisation:
    return await found_organisation(wired)


async def _found(house, scope, request) -> bool:
    result = await house.wired.services.search.search(scope, request)
    return any(passage.document_id == house.document_id for passage in result.passages)


async def _answered(house, scope, request) -> bool:
    events = [event async for event in house.wired.services.answers.stream(scope, request)]
    return SECRET in str(events).replace(QUESTION, "")


async def _served(result) -> bool:
    """Whether something was there: what is refused for lack of a right is there."""
    try:
        if hasattr(result, "__aiter__"):
            async for _ in result:
                pass
        else:
            await result
    except NotFound:
        return False
    except PermissionDenied:
        return True
    return True


async def _listed(page, wanted) -> bool:
    items = await page
    return any(wanted in (item.id, getattr(item, "title", "")) for item in getattr(items, "items", items))


def paths(house: Organisation, scope):
    """Every way to what is in the restricted knowledge base, each telling whether it led there."""
    services, base, document = house.wired.services, house.base_id, house.document_id
    question = SearchRequest(text=QUESTION, max_results=50)
    yield "search", _found(house, scope, question)
    yield "search by vector", _found(house, scope, SearchRequest(text=QUESTION, max_results=50, use_lexical=False))
    yield "search by words", _found(house, scope, SearchRequest(text=QUESTION, max_results=50, use_vector=False))
    for name, narrowed in (("base", {"knowledge_base_ids": (base,)}), ("document", {"document_ids": (document,)})):
        search = SearchRequest(text=QUESTION, **narrowed)
        yield f"search in {name}", _served(services.search.search(scope, search))
        yield f"check in {name}", _served(services.search.check(scope, search))
        yield f"ask in {name}", _served(services.answers.stream(scope, QueryRequest(text=QUESTION, **narrowed)))
        run = services.runs.ask(scope, chat_id=None, text=QUESTION, options=QueryRequest(text=QUESTION, **narrowed))
        yield f"chat in {name}", _served(run)
    yield "answer", _answered(house, scope, QueryRequest(text=QUESTION, max_results=50))
    yield "bases", _listed(services.knowledge_bases.list(scope), base)
    yield "base", _served(services.knowledge_bases.get(scope, base))
    yield "rename base", _served(services.knowledge_bases.update(scope, base, description="New"))
    yield "access of base", _served(services.knowledge_bases.access(scope, base))
    yield "documents", _listed(services.documents.list(scope), document)
    yield "documents by name", _listed(services.documents.list(scope, query="cellar"), document)
    yield "documents of base", _served(services.documents.list(scope, knowledge_base_id=base))
    for name in ("get", "file", "text"):
        yield f"document {name}", _served(getattr(services.documents, name)(scope, document))
        if name != "get":
            yield f"version {name}", _served(getattr(services.documents, name)(scope, document, version=1))
    yield "page", _served(services.documents.page_image(scope, document, 1))
    yield "versions", _served(services.versions.list(scope, document))
    yield "rename", _served(services.documents.rename(scope, document, "Cellar plan"))
    yield "task", _served(services.tasks.get(scope, house.task_id))
    yield "task events", _served(services.tasks.follow(scope, house.task_id))
    yield "task of document", _served(services.tasks.latest_for_document(scope, document))
    text = pieces(f"A note by {scope.user_id} for this knowledge base.".encode())
    upload = services.documents.upload(scope, text, filename="note.txt", knowledge_base_id=base)
    yield "upload", _served(upload)


async def test_who_may_not_read_a_knowledge_base_finds_nothing_of_it_on_any_path(house):
    wrong = []
    for access, role, chosen, readers in CASES:
        await house.open_to(access, role=role, chosen=chosen)
        for name, scope in house.people.items():
            for path, outcome in paths(house, scope):
                if await outcome is not (name in readers):
                    wrong.append(f"{access} {role} {chosen}: {name} on {path}")
    assert not wrong, "\n".join(wrong)


async def test_suggestions_and_tasks_of_others_do_not_tell_of_a_hidden_document(house):
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services = house.wired.services
    assert "Cellar plan" in str(await services.documents.suggested_questions(house.people["chosen"], limit=20))
    assert "Cellar plan" not in str(await services.documents.suggested_questions(house.people["other"], limit=20))
    with pytest.raises(NotFound):
        await services.documents.delete(house.people["editor"], house.document_id)
    with pytest.raises(NotFound):
        await services.documents.retry(house.people["editor"], house.document_id)
    with pytest.raises(NotFound):
        await services.tasks.cancel(house.people["editor"], house.task_id)
    with pytest.raises(NotFound):
        await services.versions.replace(
            house.people["editor"], house.document_id, pieces(b"Another text."), filename="notes.txt"
        )


async def test_a_source_of_a_hidden_knowledge_base_is_hidden_with_it(house):
    sources = house.wired.services.sources
    source = await sources.create(
        house.owner, kind=SourceKind.URL, location="https://cellar.example/", knowledge_base_id=house.base_id
    )
    await house.open_to(BaseAccess.MEMBERS, chosen=("editor",))
    assert await _listed(sources.list(house.people["editor"]), source.id)
    await house.open_to(BaseAccess.MEMBERS)
    for name, is_there in (("admin", True), ("editor", False)):
        assert await _listed(sources.list(house.people[name]), source.id) is is_there
        assert await _served(sources.get(house.people[name], source.id)) is is_there


async def test_upkeep_of_a_hidden_knowledge_base_is_hidden_with_it(house):
    services, store = house.wired.services, house.wired.store
    source = await services.sources.create(
        house.owner, kind=SourceKind.URL, location="https://cellar.example/", knowledge_base_id=house.base_id
    )
    async with store.begin(house.owner) as tx:
        reindex = await tx.tasks.ensure(TaskKind.REINDEX, subject=house.base_id, max_attempts=1)
        sync = await tx.tasks.ensure(TaskKind.SYNC, subject=source.id, max_attempts=1)
    for task in (reindex, sync):
        await house.open_to(BaseAccess.EVERYONE)
        assert await services.tasks.get(house.people["editor"], TaskId(task.id))
        await house.open_to(BaseAccess.MEMBERS)
        with pytest.raises(NotFound):
            await services.tasks.get(house.people["editor"], TaskId(task.id))


async def test_one_foreign_member_rejects_the_whole_choice(house, database_url):
    stranger = (await add_tenant(house.wired.store, "strangers")).owner
    ledger = Ledger(house.wired, database_url)
    before = ledger.picture()
    for foreign in (stranger.user_id, UserId(new_id())):
        for position in range(3):
            ids = [*house.ids_of("chosen", "editor")]
            ids.insert(position, foreign)
            with pytest.raises(NotFound):
                await house.wired.services.knowledge_bases.update(
                    house.owner, house.base_id, name="New", access=BaseAccess.MEMBERS, member_ids=tuple(ids)
                )
    assert not changes(before, ledger.picture())
    ledger.close()


async def test_only_administrators_decide_and_every_decision_is_recorded(house):
    services = house.wired.services
    for name in ("editor", "chosen"):
        with pytest.raises(PermissionDenied):
            await services.knowledge_bases.set_access(
                house.people[name], house.base_id, access=BaseAccess.EVERYONE
            )
        assert (await services.knowledge_bases.get(house.people[name], house.base_id)).member_ids == ()
    await house.open_to(BaseAccess.MEMBERS, role=Role.EDITOR, chosen=("chosen", "other"))
    view = await services.knowledge_bases.get(house.people["admin"], house.base_id)
    assert (view.access, set(view.member_ids)) == (BaseAccess.MEMBERS, set(house.ids_of("chosen", "other")))
    async with house.wired.store.read(house.owner) as tx:
        events = await tx.audit.list_events(limit=10, target=AuditTarget("knowledge_base", house.base_id))
    assert [event.action for event in events] == [
        AuditAction.KNOWLEDGE_BASE_ACCESS_CHANGED,
        AuditAction.KNOWLEDGE_BASE_CREATED,
    ]
    assert events[0].details["member_count"] == 2


async def test_access_taken_back_ends_an_answer_that_rests_on_it(house, monkeypatch):
    monkeypatch.setattr(answering, "RECHECK_S", 0)
    pause = asyncio.Event()
    generator = ScriptedGenerator("The reserve ", pause, f"is the {SECRET} cellar [1].")
    services = house.wired.services
    monkeypatch.setattr(services.runs._flow, "_generators", GeneratorChoice(generator, None))
    events = services.answers.stream(house.people["other"], QueryRequest(text=QUESTION))
    told = []

    async def listen() -> None:
        async for event in events:
            told.append(event)  # noqa: PERF401 - what came before the end must be kept

    listening = asyncio.create_task(listen())
    await generator.started.wait()
    await house.open_to(BaseAccess.MEMBERS, chosen=())
    pause.set()
    with pytest.raises(NotFound):
        await listening
    assert "is the" not in "".join(getattr(event, "text", "") for event in told)


async def test_a_weaker_role_ends_an_answer_that_is_being_written(house, monkeypatch):
    monkeypatch.setattr(answering, "RECHECK_S", 0)
    await house.open_to(BaseAccess.MEMBERS)
    pause = asyncio.Event()
    generator = ScriptedGenerator("The reserve ", pause, f"is the {SECRET} cellar [1].")
    services, admin = house.wired.services, house.people["admin"]
    monkeypatch.setattr(services.runs._flow, "_generators", GeneratorChoice(generator, None))
    started = await services.runs.ask(admin, chat_id=None, text=QUESTION)
    await generator.started.wait()
    async with house.wired.store.begin_platform(PLATFORM) as tx:
        membership = await tx._session.get(Membership, (admin.tenant_id, admin.user_id))
        assert membership is not None
        membership.role = Role.MEMBER.value
    pause.set()
    with pytest.raises(NotFound):
        _ = [event async for event in services.runs.iter_events(admin, started.run_id)]
    now_member = scope_of(admin.tenant_id, admin.user_id, Role.MEMBER)
    last = [snapshot async for snapshot in services.runs.follow(now_member, started.run_id)][-1].message
    assert last is not None
    assert last.error is not None
    assert "cellar" not in last.text


async def test_a_run_whose_evidence_was_taken_back_ends_with_a_reason(house, monkeypatch):
    monkeypatch.setattr(answering, "RECHECK_S", 0)
    pause = asyncio.Event()
    generator = ScriptedGenerator("The reserve ", pause, f"is the {SECRET} cellar [1].")
    services, asker = house.wired.services, house.people["other"]
    monkeypatch.setattr(services.runs._flow, "_generators", GeneratorChoice(generator, None))
    started = await services.runs.ask(asker, chat_id=None, text=QUESTION)
    await generator.started.wait()
    await house.open_to(BaseAccess.MEMBERS, chosen=())
    pause.set()
    events = [event async for event in services.runs.iter_events(asker, started.run_id)]
    assert isinstance(events[-1], AnswerFailed)
    assert events[-1].code == NotFound.code
    assert "cellar" not in events[-1].text
