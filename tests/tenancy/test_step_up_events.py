"""Every page event that asks for a fresh proof of who one is goes on by itself, once, as soon as that is given."""

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import reflex as rx
from reflex_base.event import Event
from sqlalchemy import update

from ragapp.core.ids import ApiKeyId, InvitationId, ProviderId, UserId
from ragapp.models import Session, User
from ragapp.services.registry import install, uninstall
from ragapp.ui import guard
from ragapp.ui.states.account import AccountState
from ragapp.ui.states.api_keys import ApiKeysState
from ragapp.ui.states.audit import AuditState
from ragapp.ui.states.confirm_identity import ConfirmIdentityState
from ragapp.ui.states.invitations import InvitationsState, InviteState
from ragapp.ui.states.linked_identities import LinkedIdentitiesState
from ragapp.ui.states.member_actions import MemberActionsState
from ragapp.ui.states.operator_actions import OperatorActionsState
from ragapp.ui.states.second_factor import SecondFactorState
from ragapp.ui.states.sign_in_admin import SignInAdminState
from tests.tenancy.test_ui_matrix import EXAMPLES, KINDS, handlers
from tests.tenancy.twins import changes
from tests.ui.tabs import HYDRATE, Answer, handler_name, open_tabs

pytestmark = [pytest.mark.sweep, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
Step = tuple[Any, dict[str, Any]]
PROVIDER = {"name": "New", "issuer": "https://127.0.0.1/new", "client_id": "ragapp", "client_secret": "secret"}
ORGANISATION = {"name": "Cedar", "owner_email": "cedar@example.org", "slug": "cedar", "plan": "free", "language": "en"}


@dataclass(frozen=True)
class Case:
    """An event that is refused at first: how one comes to it, and whether its going on is stored or only told."""

    event: Any
    arguments: dict[str, Any] = field(default_factory=dict)
    before: tuple[Step, ...] = ()
    is_stored: bool = True

    @property
    def name(self) -> str:
        return handler_name(self.event)


def cases(ids: dict[Any, str], other_tenant: str) -> list[Case]:
    """Every event behind a fresh proof, in an order in which each can go on."""
    links = LinkedIdentitiesState
    member, provider = {"user_id": ids[UserId]}, {"provider_id": ids[ProviderId]}
    actions, admin, typed = OperatorActionsState, SignInAdminState, {"typed": "alba", "reason": "Unpaid"}

    def asked(question: str) -> tuple[Step, ...]:
        return ((actions.ask, {"question": question, "tenant_id": other_tenant if question != "create" else ""}),)

    return [
        Case(AccountState.save_email, {"form": {"new_email": "new@example.org"}}),
        Case(AccountState.export, is_stored=False),
        Case(SecondFactorState.begin),
        Case(SecondFactorState.confirm, {"form": {"code": "000000"}}, is_stored=False),
        Case(SecondFactorState.renew_codes, is_stored=False),
        Case(SecondFactorState.disable),
        Case(ApiKeysState.create, {"form": {"name": "Another", "rights": "all"}}),
        Case(InviteState.invite, {"form": {"emails": "eva@example.org", "role": "member"}}),
        Case(InvitationsState.resend, {"invitation_id": ids[InvitationId]}),
        Case(MemberActionsState.change_role, {}, ((MemberActionsState.ask_role, member),
                                                  (MemberActionsState.choose_role, {"role": "editor"}))),
        Case(MemberActionsState.deactivate, {}, ((MemberActionsState.ask_deactivate, member),)),
        Case(MemberActionsState.reactivate, member),
        Case(MemberActionsState.remove, {}, ((MemberActionsState.ask_remove, member),)),
        Case(admin.save, {"form": PROVIDER}, ((admin.load, {}), (admin.edit, {"provider_id": ""}))),
        Case(links.link, {"key": ids[ProviderId]}, ((links.load, {}),), is_stored=False),
        Case(admin.delete, {}, ((admin.load, {}), (admin.ask_delete, provider))),
        Case(admin.set_password_sign_in, {"is_on": False}, is_stored=False),
        Case(AuditState.export, is_stored=False),
        Case(actions.create, {"form": ORGANISATION}, asked("create")),
        Case(actions.change, {"form": {"name": "Elm", "plan": "free"}}, asked("change")),
        Case(actions.suspend, {"form": typed}, asked("suspend")),
        Case(actions.resume, {"form": typed}, asked("resume")),
        Case(actions.erase, {"form": typed}, asked("erase")),
        Case(admin.set_second_factor, {"is_on": True}),  # last: from then on nothing else is let through
    ]  # fmt: skip


NOT_FROM_A_PAGE = {
    "InvitationService.create",  # pages invite many at once
    "AuditLogService.export", "PersonalDataService.export",  # downloads: their event asks before the browser goes there
    "ExternalSignInService.start_link",  # a form post: its event asks before the browser posts it
}  # fmt: skip
NEEDS_A_LINK = {"LinkedIdentityService.unlink"}
"""Refused only for an identity one has, which takes a foreign service: `tests/e2e/test_external_sign_in.py`."""


def guarded_methods() -> set[str]:
    """Return Class.method of every public service method that asks for a fresh proof, directly or through a helper."""
    found: set[str] = set()
    for path in Path("ragapp/services").rglob("*.py"):
        for kind in (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)):
            methods = {n.name: n for n in kind.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
            asking = {"require_recent", "require_person"}
            for _ in methods:
                asking |= {name for name, method in methods.items() if called_by(method) & asking}
            found |= {f"{kind.name}.{name}" for name in asking & methods.keys() if not name.startswith("_")}
    return found


def called_by(method: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(method) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)} | {
        call.attr for call in calls if isinstance(call, ast.Attribute) and getattr(call.value, "id", "") == "self"
    }


@pytest.fixture
def world(wired, twins, ledger, database_url, monkeypatch):
    """One operator's session that proved long ago who is there; `handled` collects the events that pass the guard."""
    theirs, mine = twins
    engine = ledger._engine
    handled: list[tuple[str, dict[str, Any]]] = []
    note = guard.note_event

    def record(event: Event) -> None:
        handled.append((event.name, copy.deepcopy(dict(event.payload))))
        note(event)

    def prove(moment: datetime) -> None:
        with engine.begin() as connection:
            connection.execute(update(Session).values(authenticated_at=moment))
        wired.application.services.access.forget(user_id=mine.owner.user_id)

    async def confirm(scope: Any, *, password: str = "", code: str = "") -> None:
        prove(datetime.now(UTC))

    with engine.begin() as connection:
        connection.execute(update(User).where(User.id == mine.owner.user_id).values(is_operator=True))
    monkeypatch.setattr(guard, "note_event", record)
    monkeypatch.setattr(wired.services.sessions, "confirm", confirm)
    prove(LONG_AGO)
    install(wired.services)
    yield SimpleNamespace(
        mine=mine, theirs=theirs, prove=prove, handled=handled, picture=ledger.picture, session="owner_session"
    )
    uninstall()


async def come_to(world: Any, tab: Any, case: Case) -> Any:
    """Do what leads to the event, then the event itself; return what the browser was told."""
    await tab.send(HYDRATE)
    for event, arguments in case.before:
        await tab.send(event, "/nowhere", **arguments)
    world.handled.clear()
    return await tab.send(case.event, "/nowhere", **case.arguments)


def is_told(answer: Answer) -> bool:
    """Return whether a browser learns anything besides where it is and that the question is put away."""
    own = {ConfirmIdentityState.get_full_name(), rx.State.get_full_name()}
    return bool(answer.events) or any(state not in own for delta in answer.deltas for state in delta)


async def test_every_guarded_event_goes_on_once_confirmed_exactly_once_as_it_was(world):
    ids = {kind: world.mine.own(kind) for kind in (UserId, ProviderId, InvitationId, ApiKeyId)}
    wrong: list[str] = []
    for case in cases(ids, world.theirs.owner.tenant_id):
        world.prove(LONG_AGO)
        async with open_tabs() as tabs:
            tab = tabs(world.mine.tokens[world.session])
            before = world.picture()
            refused = await come_to(world, tab, case)
            asked, stored = refused.values(ConfirmIdentityState), world.picture()
            world.handled.clear()
            answer = await tab.send(ConfirmIdentityState.confirm, "/nowhere", form={"confirm_password": "right"})
            again = [arguments for name, arguments in world.handled if name == case.name]
            after = world.picture()
            second = await tab.send(ConfirmIdentityState.confirm, "/nowhere", form={"confirm_password": "right"})
        done = bool(changes(stored, after)) if case.is_stored else is_told(answer)
        problems = {
            "not asked": asked.get("is_open") is not True,
            "acted unconfirmed": bool(set(changes(before, stored)) - {"sessions", "users"}),
            "not once as it was": again != [case.arguments],
            "asked again": answer.values(ConfirmIdentityState).get("is_open") is not False,
            "did nothing": not done,
            "twice": is_told(second),
        }
        wrong += [f"{case.name}: {problem}" for problem, holds in problems.items() if holds]
    assert not wrong, "\n".join(wrong)


async def test_no_other_event_asks(world):
    """A blind walk over all events: whichever asks is one of the cases, so that a new one cannot be forgotten."""
    ids = {kind: world.mine.own(kind) for kind in (UserId, ProviderId, InvitationId, ApiKeyId)}
    own = {argument: world.mine.own(kind) for argument, kind in KINDS.items() if kind in world.mine.ids}
    known, asking = {case.name for case in cases(ids, world.theirs.owner.tenant_id)}, set()
    async with open_tabs() as tabs:
        tab = tabs(world.mine.tokens[world.session])
        await tab.send(HYDRATE)
        for name in sorted(handlers(), key=lambda each: (not each.endswith(".load"), each)):
            if name.startswith(ConfirmIdentityState.get_full_name()):
                continue
            arguments = {each: own.get(each, EXAMPLES.get(each)) for each in handlers()[name]}
            answer = await tab.send(name, "/nowhere", **arguments)
            if answer.values(ConfirmIdentityState).get("is_open"):
                asking.add(name)
                await tab.send(ConfirmIdentityState.set_open, is_open=False)
    assert len(asking) > 10
    assert asking - known == set()


async def test_the_cases_reach_every_service_method_that_asks(world, wired, monkeypatch):
    """Read from the source of the services: each method that asks for a proof is asked through a page's event."""
    reached: set[str] = set()
    guarded = guarded_methods()
    for service in (getattr(wired.services, each.name) for each in fields(wired.services)):
        for name in {each.partition(".")[2] for each in guarded if each.startswith(f"{type(service).__name__}.")}:
            spy_on(service, name, reached, monkeypatch)
    ids = {kind: world.mine.own(kind) for kind in (UserId, ProviderId, InvitationId, ApiKeyId)}
    for case in cases(ids, world.theirs.owner.tenant_id):
        async with open_tabs() as tabs:
            await come_to(world, tabs(world.mine.tokens[world.session]), case)
    # Changing a service is the same dialog as making one, from its other branch.
    assert guarded - reached - NOT_FROM_A_PAGE - NEEDS_A_LINK == {"ProviderService.update"}


def spy_on(service: Any, name: str, reached: set[str], monkeypatch: Any) -> None:
    method: Callable[..., Any] = getattr(service, name)

    def called(*args: Any, **kwargs: Any) -> Any:
        reached.add(f"{type(service).__name__}.{name}")
        return method(*args, **kwargs)

    monkeypatch.setattr(service, name, called)


async def test_leaving_the_page_or_putting_the_question_away_forgets_both(world):
    case = Case(ApiKeysState.create, {"form": {"name": "Another", "rights": "all"}})
    leave = (
        (ConfirmIdentityState.arrive, {"visit": "2"}),  # the next page, or the same one loaded again
        (ConfirmIdentityState.set_open, {"is_open": False}),
    )
    for event, arguments in leave:
        world.prove(LONG_AGO)
        async with open_tabs() as tabs:
            tab = tabs(world.mine.tokens[world.session])
            await come_to(world, tab, case)
            left = await tab.send(event, "/settings", **arguments)
            world.handled.clear()
            before = world.picture()
            answer = await tab.send(ConfirmIdentityState.confirm, form={"confirm_password": "right"})
        assert left.values(ConfirmIdentityState)["is_open"] is False
        assert not is_told(answer)
        assert [name for name, _ in world.handled] == [handler_name(ConfirmIdentityState.confirm)]
        assert not changes(before, world.picture())


async def test_a_wrong_answer_runs_nothing_and_the_right_one_after_it_does(world, wired, monkeypatch):
    from ragapp.core.errors import InvalidCredentials

    confirm = wired.services.sessions.confirm

    async def judge(scope: Any, *, password: str = "", code: str = "") -> None:
        if password != "right":
            raise InvalidCredentials
        await confirm(scope, password=password, code=code)

    monkeypatch.setattr(wired.services.sessions, "confirm", judge)
    case = Case(ApiKeysState.create, {"form": {"name": "Another", "rights": "all"}})
    async with open_tabs() as tabs:
        tab = tabs(world.mine.tokens[world.session])
        await come_to(world, tab, case)
        before = world.picture()
        wrong = await tab.send(ConfirmIdentityState.confirm, form={"confirm_password": "wrong"})
        assert not changes(before, world.picture())
        assert wrong.values(ConfirmIdentityState)["error_code"] == InvalidCredentials.code
        right = await tab.send(ConfirmIdentityState.confirm, form={"confirm_password": "right"})
    assert changes(before, world.picture())
    assert right.values(ApiKeysState)["token"]


async def test_a_browser_cannot_have_an_event_run_that_no_page_has(world):
    async with open_tabs() as tabs:
        tab = tabs(world.mine.tokens[world.session])
        await tab.send(HYDRATE)
        for name in ("_call_function", "nobody.knows", ""):
            await tab.send(ConfirmIdentityState.ask, event_name=name, arguments={"function": "alert(1)"})
            answer = await tab.send(ConfirmIdentityState.confirm, form={"confirm_password": "right"})
            assert not answer.events
