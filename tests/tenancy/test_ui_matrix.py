"""Every page event, with an id that is not the caller's: the browser is told what it is told for an id nobody has."""

import asyncio
import functools
import inspect
from collections.abc import Iterator

import pytest
from reflex_base.registry import RegistrationContext

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
    UserId,
    new_id,
)
from ragapp.core.scope import ROLE_PERMISSIONS, Role
from ragapp.services.registry import install, uninstall
from ragapp.ui.access import is_for_operators, is_page_load, required_permission
from ragapp.ui.routes import PAGES
from tests.tenancy.twins import changes
from tests.ui.tabs import HYDRATE, handler_name, open_tabs

pytestmark = pytest.mark.sweep

KINDS = {
    "document_id": DocumentId,
    "chat_id": ChatId,
    "message_id": MessageId,
    "run_id": RunId,
    "knowledge_base_id": KnowledgeBaseId,
    "user_id": UserId,
    "invitation_id": InvitationId,
    "api_key_id": ApiKeyId,
    "report_id": ReportId,
    "provider_id": ProviderId,
    "session_id": SessionId,
    "question_id": QualityQuestionId,
    "quality_run_id": QualityRunId,
}
"""What an argument names. A new kind of id needs an entry here, or the suite fails."""

EXAMPLES = {
    "text": "",
    "form": {"question": "", "title": "Another title", "folder": "Contracts", "tags": "urgent", "added": "urgent"},
    "title": "Another title",
    "rating": "up",
    "query": "evening",
    "folder": "Contracts",
    "tag": "urgent",
    "status": "ready",
    "language": "hr",
    "tab": "text",
    "key": "k1",
    "picked": "one of those shown",
    "choice": "out",
    "permission": "read",
    "access": "members",
    "role": "editor",
    "flag": "no_such_flag",
    "sharing": "no_such_policy",
    "month": "2026-11-01",
    "person": "",
    "act": "",
    "day": "2026-11-20",
    "is_on": False,
    "theme": "dark",
    "code": "not_found",
    "email": "somebody@example.org",
    "is_enforced": False,
    "is_editing": False,
    "n": 1,
    "numbers": [1],
    "by": 1,
    "page": 1,
    "is_open": True,
    "is_asking": True,
    "is_renaming": True,
    "is_filing": True,
    "news": [],
    "group": "failed",
    "is_paused": True,
    "question": "suspend",
    "tenant_id": "0" * 32,
    "event_name": "",
    "count": 1,
    "arguments": {},
    "visit": "1",
    "view": "runs",
    "base": "",
    "reason": "wrong",
    "quality_run": "",
    "baseline": "",
    "expects": "answer",
}
"""A value for every argument that is no id. A new one needs an entry here, or the suite fails. No question is asked: it
would make a chat of the caller's own."""

ON_ALL_OWN = (".retry_all", ".end_others")
"""Act on everything of one's own, so the second time there is nothing left to do."""
PRIVATE = ("chat_id", "message_id", "run_id")
"""What colleagues of whatever role cannot open."""
DESTRUCTIVE = (".delete", ".remove", ".revoke", ".resend", ".resolve", ".deactivate", ".retry", ".unlink", ".save")


@functools.cache
def handlers() -> dict[str, tuple[str, ...]]:
    """Return full name -> argument names of every event handler of the product."""
    registered = RegistrationContext.get().event_handlers
    return {
        name: tuple(inspect.signature(handler.handler.fn).parameters)[1:]
        for name, handler in registered.items()
        if handler.states[0].__module__.startswith("ragapp.") and not name.endswith(".setvar")
    }


def functions() -> dict[str, object]:
    """Return full name -> function of every event handler of the product."""
    return {name: RegistrationContext.get().event_handlers[name].handler.fn for name in handlers()}


def id_of(arguments: tuple[str, ...]) -> str | None:
    return next((name for name in arguments if name in KINDS), None)


def journeys() -> Iterator[tuple[str, str, str]]:
    """Yield (event with an id, what it names, event of the same page part that may use what it left behind)."""
    known = handlers()
    for name, arguments in known.items():
        argument = id_of(arguments)
        if argument is not None:
            for then in known:
                if then.rpartition(".")[0] == name.rpartition(".")[0] and not then.endswith(ON_ALL_OWN):
                    yield name, argument, then


def payload(name: str, tried: str) -> dict[str, object]:
    return {argument: tried if argument in KINDS else EXAMPLES[argument] for argument in handlers()[name]}


def page_loads() -> Iterator[tuple[str, str, str]]:
    """Yield (address with an id, what it names, event that loads it)."""
    for page in PAGES:
        if "[" in page.route:
            name = page.route.partition("[")[2].partition("]")[0]
            for event in page.on_load:
                yield page.route, name, handler_name(event)


async def told(session: str, steps: list[tuple[str, str, dict[str, object], dict[str, str]]], tried: str) -> str:
    """Send events from a fresh tab; return all that its browser was told, with the id blanked out."""
    async with open_tabs() as tabs:
        tab = tabs(session)
        await tab.send(HYDRATE)
        heard = []
        for event, path, arguments, query in steps:
            tab.query = query
            async with asyncio.timeout(10):
                answer = await tab.send(event, path, **arguments)
            heard.append(f"{answer.deltas} {answer.events}")
    return " ".join(heard).replace(tried, "ID")


def by_event(session: str, name: str, then: str, tried: str):
    steps = [(name, "/nowhere", payload(name, tried), {})]
    load = f"{name.rpartition('.')[0]}.load"
    if load in handlers() and load != name and not handlers()[load]:
        steps.insert(0, (load, "/nowhere", {}, {}))  # many events act on what the page shows
    if then != name:
        steps.append((then, "/nowhere", payload(then, tried), {}))
    return told(session, steps, tried)


def by_address(session: str, route: str, argument: str, event: str, tried: str):
    return told(session, [(event, route.replace(f"[{argument}]", tried), {}, {argument: tried})], tried)


@pytest.fixture
def services(wired, twins):
    install(wired.services)
    yield wired.services
    uninstall()


def test_every_argument_of_every_event_is_known():
    unknown = {
        f"{name}({argument})"
        for name, arguments in handlers().items()
        for argument in arguments
        if argument not in KINDS and argument not in EXAMPLES
    }
    assert not unknown
    assert len(list(journeys())) > 40
    assert {argument for _, argument, _ in page_loads()} == {"chat_id", "document_id"}


async def test_another_tenants_ids_tell_what_ids_nobody_has_tell(services, twins, ledger):
    theirs, mine = twins
    session, before, wrong = mine.tokens["owner_session"], ledger.picture(), []
    for name, argument, then in journeys():
        expected = await by_event(session, name, then, new_id())
        ids = foreign(theirs, mine, argument)
        wrong += [f"{name}, {then}" for each in ids if await by_event(session, name, then, each) != expected]
    for route, argument, event in page_loads():
        expected = await by_address(session, route, argument, event, new_id())
        ids = foreign(theirs, mine, argument)
        wrong += [event for each in ids if await by_address(session, route, argument, event, each) != expected]
    changed = changes(before, ledger.picture())
    assert not wrong, "\n".join(wrong)
    assert not changed


def foreign(theirs, mine, argument):
    kind = KINDS[argument]
    return (theirs.own(kind), *mine.deleted[kind])


async def test_a_colleagues_private_chats_tell_what_ids_nobody_has_tell(services, twins, ledger):
    mine, _ = twins
    session, before, wrong = mine.tokens["colleague_session"], ledger.picture(), []
    for name, argument, then in journeys():
        if argument in PRIVATE:
            tried = mine.own(KINDS[argument])
            if await by_event(session, name, then, tried) != await by_event(session, name, then, new_id()):
                wrong.append(f"{name}, {then}")
    for route, argument, event in page_loads():
        if argument == "chat_id":
            expected = await by_address(session, route, argument, event, new_id())
            if await by_address(session, route, argument, event, mine.own(ChatId)) != expected:
                wrong.append(f"{route} {event}")
    assert not wrong, "\n".join(wrong)
    assert not changes(before, ledger.picture())


async def test_the_same_events_tell_about_what_is_ones_own(services, twins):
    """Without this the matrix could pass because its events reach nothing at all."""
    mine, _ = twins
    session, silent = mine.tokens["owner_session"], {name for name, _, _ in journeys()}
    for route, argument, event in page_loads():
        if event.endswith((".open", "viewer_state.load")):
            unknown = await by_address(session, route, argument, event, new_id())
            assert await by_address(session, route, argument, event, mine.own(KINDS[argument])) != unknown
    for name, argument, then in sorted(journeys(), key=lambda journey: (journey[2].endswith(DESTRUCTIVE), journey[0])):
        if name not in silent:
            continue
        tried = mine.own(KINDS[argument])
        if await by_event(session, name, then, tried) != await by_event(session, name, then, new_id()):
            silent.discard(name)
    assert not silent


OWN = {
    "users", "sessions", "known_devices", "outbox_mails", "audit_events", "tenant_usage",
    "chats", "messages", "feedback", "chat_permissions", "missing_reports", "api_keys",
}  # fmt: skip
"""What any member may change: their account, their conversations, their keys."""
DOCUMENTS = {
    "documents", "document_tags", "document_words", "document_versions", "document_texts", "document_origins", "chunks",
    "chunk_vectors", "vector_collections", "sources", "tasks", "tenant_totals", "knowledge_bases", "files", "index",
}  # fmt: skip
"""A knowledge base counts how often its documents changed."""
PEOPLE = {"memberships", "invitations", "feature_flags", "knowledge_base_members"}
QUALITY = {"quality_questions", "quality_runs", "quality_results"}
CHANGED_BY = {Role.MEMBER: OWN, Role.EDITOR: OWN | DOCUMENTS, Role.ADMIN: OWN | DOCUMENTS | PEOPLE | QUALITY}
"""Where events of a role may leave anything at all; tenants, sign-in services and the platform are nobody's here."""


async def everything_pressed(session: str, own: dict[str, str]) -> dict[str, list[str]]:
    """Call every event once with the tenant's own ids, part by part of the pages; return what each led to."""
    heard = {}
    async with open_tabs() as tabs:
        tab = tabs(session)
        await tab.send(HYDRATE)
        for name in sorted(handlers(), key=lambda each: (each.rpartition(".")[0], not each.endswith(".load"))):
            arguments = {each: own.get(each, EXAMPLES.get(each)) for each in handlers()[name]}
            async with asyncio.timeout(10):
                answer = await tab.send(name, "/documents", **arguments)
            heard[name] = [str(answer.deltas), *(str(event.payload) for event in answer.events)]
    return heard


@pytest.mark.parametrize("role", list(CHANGED_BY))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_events_of_a_role_change_only_what_it_may_change(services, twins, ledger, role):
    mine, _ = twins
    before, own = ledger.picture(), {argument: mine.own(kind) for argument, kind in KINDS.items() if kind in mine.ids}
    heard = await everything_pressed(mine.token(role, "session"), own)
    changed = set(changes(before, ledger.picture()))
    assert changed <= CHANGED_BY[role]
    assert changed & OWN
    lacking = {
        name
        for name, function in functions().items()
        if is_for_operators(function) or required_permission(function) not in {None, *ROLE_PERMISSIONS[role]}
    }
    assert lacking
    # What a page loads by itself gets no answer: the page says who may see it, and leading away would open it again.
    loads = {name for name in lacking if is_page_load(functions()[name])}
    assert {name for name in loads if heard[name] != ["[]"]} == set()
    lacking -= loads
    assert {name for name in lacking if heard[name][0] != "[]" or "window.location" not in heard[name][1]} == set()
