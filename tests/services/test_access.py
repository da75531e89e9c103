import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from ragapp.core.errors import (
    AlreadySetUp,
    InvalidCredentials,
    InvalidEmail,
    InvalidSetupToken,
    NameTaken,
    NotAuthenticated,
    PermissionDenied,
    RagAppError,
    WeakPassword,
)
from ragapp.core.ids import SessionId, new_id
from ragapp.core.plans import Plan
from ragapp.core.scope import Origin, Permission, Role, TenantScope
from ragapp.models import ApiKey
from ragapp.services.identity.people import NewAccount
from ragapp.services.identity.sign_in import PasswordAttempt
from ragapp.services.identity.tokens import TokenKind, digest, is_kind, mint
from ragapp.services.views import Credential
from ragapp.store.store import Store
from tests.fakes.accounts import PLATFORM
from tests.fakes.clock import FixedClock
from tests.fakes.identity import EMAIL, PASSWORD, VISIT, People


@pytest.fixture
def people(store: Store, clock: FixedClock) -> People:
    return People(store, clock)


async def _first_owner(people: People, **changes: Any) -> Credential:
    return await people.first_owner(**changes)


async def test_the_first_owner_is_signed_in_with_every_right(people: People) -> None:
    assert await people.setup.needs_setup()
    credential = await _first_owner(people)
    scope = await people.access.scope_of_session(credential.token)
    assert not await people.setup.needs_setup()
    assert (scope.role, scope.origin) == (Role.OWNER, Origin.SESSION)
    assert scope.permissions == frozenset(Permission)
    assert (credential.me.user.email, credential.me.tenant.slug) == ("ana@lipa.hr", "lipa-logistika-d-o-o")


async def test_sample_documents_are_loaded_only_when_wanted(people: People) -> None:
    credential = await _first_owner(people, load_samples=True)
    assert [scope.tenant_id for scope in people.sampled] == [credential.me.tenant.id]


async def test_of_many_racing_first_owners_exactly_one_wins(people: People) -> None:
    token = await people.setup.renew_setup_token()

    async def attempt(number: int) -> str:
        try:
            account = NewAccount(f"owner{number}@lipa.hr", PASSWORD, "", f"Lipa {number}")
            await people.setup.create_first_owner(account, setup_token=token or "")
        except RagAppError as error:
            return error.code
        return "won"

    outcomes = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert outcomes.count("won") == 1
    assert set(outcomes) <= {"won", AlreadySetUp.code, InvalidSetupToken.code}


@pytest.mark.parametrize("token", ["", "rgi_wrong", " "])
async def test_a_wrong_setup_token_creates_nothing(people: People, token: str) -> None:
    with pytest.raises(InvalidSetupToken):
        await _first_owner(people, setup_token=token)
    assert await people.setup.needs_setup()


async def test_a_new_setup_token_makes_the_old_one_worthless(people: People) -> None:
    old = await people.setup.renew_setup_token()
    await people.setup.renew_setup_token()
    with pytest.raises(InvalidSetupToken):
        await people.setup.create_first_owner(NewAccount("a@b.hr", PASSWORD, "", "Lipa"), setup_token=old or "")


async def test_there_is_no_setup_token_once_there_is_an_owner(people: People) -> None:
    await _first_owner(people)
    assert await people.setup.renew_setup_token() is None


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaa", "ana@lipa.hr", "x" * 1025])
async def test_weak_passwords_are_refused(people: People, password: str) -> None:
    with pytest.raises(WeakPassword):
        await _first_owner(people, password=password)


@pytest.mark.parametrize("email", ["", "ana", "ana@", "@lipa.hr", "ana@lipa", "a b@lipa.hr", "a@b.hr\n", "a@b@c.hr"])
async def test_addresses_that_are_none_are_refused(people: People, email: str) -> None:
    if email == "a@b.hr\n":
        return await _accepts_trimmed(people, email)
    with pytest.raises(InvalidEmail):
        await _first_owner(people, email=email)
    return None


async def _accepts_trimmed(people: People, email: str) -> None:
    assert (await _first_owner(people, email=email)).me.user.email == email.strip()


async def test_signing_in_needs_the_right_password_and_tenant(people: People) -> None:
    await _first_owner(people)
    credential = await people.enter(PasswordAttempt("ANA@lipa.hr", PASSWORD))
    assert await people.access.scope_of_session(credential.token)
    for email, password, tenant in (
        ("ana@lipa.hr", "wrong password", None),
        ("nobody@lipa.hr", PASSWORD, None),
        ("ana@lipa.hr", PASSWORD, "another"),
    ):
        with pytest.raises(InvalidCredentials) as refused:
            await people.enter(PasswordAttempt(email, password, tenant))
        assert refused.value.user_message == InvalidCredentials.default_message


async def test_signing_out_ends_the_session_at_once(people: People) -> None:
    credential = await _first_owner(people)
    await people.access.scope_of_session(credential.token)
    await people.sign_in.sign_out(credential.token)
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_session(credential.token)


async def test_a_session_in_use_stays_for_a_week_and_an_idle_one_for_eight_hours(
    people: People, clock: FixedClock
) -> None:
    first = await _first_owner(people)
    for _ in range(23):
        clock.advance(hours=7)
        await people.access.scope_of_session(first.token)
    clock.advance(hours=7)
    await _is_refused(lambda: people.access.scope_of_session(first.token))
    second = await people.enter(PasswordAttempt(EMAIL, PASSWORD))
    clock.advance(hours=8)
    await _is_refused(lambda: people.access.scope_of_session(second.token))


async def test_an_access_token_ends_after_an_hour(people: People, clock: FixedClock) -> None:
    await _first_owner(people)
    credential = await people.sign_in.issue_token(PasswordAttempt(EMAIL, PASSWORD), VISIT)
    assert credential.expires_in_s == 3600
    assert (await people.access.scope_of_bearer(credential.token)).origin is Origin.ACCESS_TOKEN
    clock.advance(hours=1, seconds=1)
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_bearer(credential.token)


async def test_one_kind_of_token_never_works_as_another(people: People) -> None:
    browser = (await _first_owner(people)).token
    bearer = (await people.sign_in.issue_token(PasswordAttempt(EMAIL, PASSWORD), VISIT)).token
    for attempt in (
        lambda: people.access.scope_of_bearer(browser),
        lambda: people.access.scope_of_session(bearer),
        lambda: people.access.scope_of_session(None),
        lambda: people.access.scope_of_session("rgs_" + "ž" * 10),
        lambda: people.access.scope_of_session(bearer),
        lambda: people.access.scope_of_bearer(browser.replace("rgs_", "rgk_")),
        lambda: people.access.scope_of_bearer(bearer.upper()),
        lambda: people.access.scope_of_bearer(bearer[:-1]),
        lambda: people.access.scope_of_bearer(browser.replace("rgs_", "")),
    ):
        await _is_refused(attempt)


async def _is_refused(attempt: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(NotAuthenticated):
        await attempt()


def test_tokens_are_long_random_and_of_one_kind() -> None:
    tokens = {mint(kind) for kind in TokenKind for _ in range(500)}
    assert len(tokens) == 500 * len(TokenKind)
    assert all(sum(is_kind(token, kind) for kind in TokenKind) == 1 for token in tokens)


async def test_an_owner_made_on_the_console_has_a_working_key(people: People) -> None:
    console = people.console
    created = await console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast", with_api_key=True)
    scope = await people.access.scope_of_bearer(created.api_key)
    assert (scope.tenant_id, scope.user_id, scope.origin) == (created.tenant_id, created.user_id, Origin.API_KEY)
    assert not await people.setup.needs_setup()
    assert (await console.scope_of_tenant("hrast")).tenant_id == created.tenant_id
    with pytest.raises(NameTaken):
        await console.create_owner(email="iva@hrast.hr", password=PASSWORD, tenant="Hrast")
    with pytest.raises(NameTaken):
        await console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Bukva")


async def test_what_the_console_makes_later_starts_on_the_free_plan_unless_another_is_named(people: People) -> None:
    made = [
        await people.console.create_owner(email=f"o@{name}.hr", password=PASSWORD, tenant=name, plan=plan)
        for name, plan in (("hrast", None), ("bukva", None), ("jela", Plan.PRO))
    ]
    async with people.store.read_platform(PLATFORM) as tx:
        tenants = [(await tx.tenants.get(each.tenant_id))[0] for each in made]
        people_made = [await tx.proofs.find_person(each.user_id) for each in made]
    assert [tenant.plan for tenant in tenants] == ["unlimited", "free", "pro"]
    assert [person is not None and person.is_operator for person in people_made] == [True, False, False]


async def test_owners_that_are_made_are_in_both_audit_logs(people: People, store: Store) -> None:
    first = await people.first_owner()
    made = await people.console.create_owner(
        email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast", with_api_key=True
    )
    async with store.read_platform(PLATFORM) as tx:
        created = await tx.audit().list_events(limit=10)
        own = await tx.audit(made.tenant_id).list_events(limit=10)
    assert [(event.action, event.origin, event.target_id) for event in reversed(created)] == [
        ("tenant.created", "session", first.me.tenant.id),
        ("tenant.created", "console", made.tenant_id),
    ]
    assert [event.action for event in reversed(own)] == ["member.joined", "api_key.created"]


async def test_a_member_chooses_their_language(people: People, store: Store) -> None:
    credential = await _first_owner(people)
    scope = await people.access.scope_of_session(credential.token)
    accounts = people.accounts
    assert (await accounts.me(scope)).user.language == "hr"
    assert (await accounts.set_language(scope, "en")).language == "en"
    with pytest.raises(RagAppError):
        await accounts.set_language(scope, "de")


async def test_the_first_owner_runs_the_platform_without_limits(people: People, store: Store) -> None:
    credential = await _first_owner(people)
    scope = await people.access.scope_of_session(credential.token)
    operator = await people.access.operator_scope(scope)
    assert (operator.user_id, operator.credential_id) == (scope.user_id, scope.credential_id)
    async with store.read(scope) as tx:
        assert (await tx.members.get_self())[1].plan == "unlimited"


async def test_who_is_no_operator_any_more_is_refused_at_once(people: People, store: Store) -> None:
    credential = await _first_owner(people)
    scope = await people.access.scope_of_session(credential.token)
    await people.change(scope.user_id, is_operator=False)
    with pytest.raises(PermissionDenied):
        await people.access.operator_scope(scope)


async def _add_key(people: People, scope: TenantScope, **fields: Any) -> str:
    token = mint(TokenKind.API_KEY)
    key = ApiKey(
        id=new_id(),
        tenant_id=scope.tenant_id,
        user_id=scope.user_id,
        name="k",
        prefix=token[:10],
        key_hash=digest(token),
        **fields,
    )
    async with people.store.begin_platform(PLATFORM) as tx:
        await tx.accounts.add_api_key(key)
    return token


async def test_a_key_carries_its_own_rights_within_its_owners(people: People, clock: FixedClock) -> None:
    owner = await people.access.scope_of_session((await _first_owner(people)).token)
    token = await _add_key(people, owner, scopes=["search", "tenant.manage", "no.such.right"])
    scope = await people.access.scope_of_bearer(token)
    assert scope.permissions == {Permission.SEARCH, Permission.MANAGE_TENANT}
    await people.change_role(owner, Role.MEMBER)
    assert (await people.access.scope_of_bearer(token)).permissions == {Permission.SEARCH}
    with pytest.raises(PermissionDenied):
        await people.access.operator_scope(scope)


async def test_a_key_sees_its_own_rights_and_reaches_nothing_of_its_owners_account(people: People) -> None:
    owner = await people.access.scope_of_session((await _first_owner(people)).token)
    for scopes in (["search"], None):
        key = await people.access.scope_of_bearer(await _add_key(people, owner, scopes=scopes))
        assert (await people.accounts.me(key)).permissions == key.permissions
        for attempt in (
            people.sessions.list_own(key),
            people.sessions.revoke(key, SessionId(owner.credential_id)),
            people.sessions.revoke_others(key),
            people.accounts.set_name(key, "Somebody else"),
            people.accounts.set_language(key, "en"),
            people.accounts.set_theme(key, "dark"),
            people.second_factor.begin(key),
        ):
            with pytest.raises(PermissionDenied):
                await attempt
    assert await people.access.refresh(owner) == owner


async def test_a_key_without_restriction_runs_the_platform_like_its_owner(people: People) -> None:
    owner = await people.access.scope_of_session((await _first_owner(people)).token)
    scope = await people.access.scope_of_bearer(await _add_key(people, owner))
    assert (await people.access.operator_scope(scope)).origin is Origin.API_KEY


async def test_a_key_ends_when_it_expires_and_its_use_is_written_down(people: People, clock: FixedClock) -> None:
    owner = await people.access.scope_of_session((await _first_owner(people)).token)
    token = await _add_key(people, owner, expires_at=clock.now() + timedelta(hours=1))
    scope = await people.access.scope_of_bearer(token)
    first = clock.now()
    assert await _last_use(people, scope) == first
    clock.advance(minutes=9)
    await people.access.scope_of_bearer(token)
    assert await _last_use(people, scope) == first
    clock.advance(minutes=51)
    await _is_refused(lambda: people.access.scope_of_bearer(token))
    await _is_refused(lambda: people.access.refresh(scope))


async def _last_use(people: People, scope: TenantScope) -> object:
    async with people.store.read_platform(PLATFORM) as tx:
        key = await tx.sessions.find_key(scope.credential_id)
    assert key is not None
    return key.last_used_at


@pytest.mark.parametrize("kind", ["session", "access token", "key"])
async def test_work_that_goes_on_is_told_when_its_credential_has_ended(
    people: People, clock: FixedClock, kind: str
) -> None:
    credential = await _first_owner(people)
    owner = await people.access.scope_of_session(credential.token)
    if kind == "access token":
        issued = await people.sign_in.issue_token(PasswordAttempt(EMAIL, PASSWORD), VISIT)
        scope = await people.access.scope_of_bearer(issued.token)
    elif kind == "key":
        scope = await people.access.scope_of_bearer(await _add_key(people, owner))
    else:
        scope = owner
    assert await people.access.refresh(scope) == scope
    await people.suspend(owner.tenant_id)
    clock.advance(seconds=1)
    await _is_refused(lambda: people.access.refresh(scope))


async def test_what_is_forgotten_is_read_again_at_once(people: People) -> None:
    credential = await _first_owner(people)
    scope = await people.access.scope_of_session(credential.token)
    await people.suspend(scope.tenant_id, forget=False)
    assert await people.access.scope_of_session(credential.token)
    people.access.forget(tenant_id=scope.tenant_id)
    await _is_refused(lambda: people.access.scope_of_session(credential.token))


async def test_of_many_who_come_with_one_credential_at_once_one_look_is_taken(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _first_owner(people)
    token = (await people.sign_in.issue_token(PasswordAttempt(EMAIL, PASSWORD), VISIT)).token
    looks, look = [], people.access._look_up

    async def counted(token: str) -> Any:
        looks.append(token)
        await asyncio.sleep(0)
        return await look(token)

    monkeypatch.setattr(people.access, "_look_up", counted)
    scopes = await asyncio.gather(*(people.access.scope_of_bearer(token) for _ in range(20)))
    assert len(set(scopes)) == 1
    assert len(looks) == 1


async def test_of_many_who_come_with_a_wrong_credential_at_once_nobody_gets_in(people: People) -> None:
    await _first_owner(people)
    wrong = mint(TokenKind.API_KEY)
    outcomes = await asyncio.gather(
        *(people.access.scope_of_bearer(wrong) for _ in range(20)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {NotAuthenticated}


async def test_what_was_seen_before_a_change_is_not_remembered_after_it(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = await _first_owner(people)
    scope = await people.access.scope_of_session(credential.token)
    looked, go_on, look = asyncio.Event(), asyncio.Event(), people.access._look_again

    async def look_slowly(scope: TenantScope) -> Any:
        grant = await look(scope)
        looked.set()
        await go_on.wait()
        return grant

    monkeypatch.setattr(people.access, "_look_again", look_slowly)
    asked = asyncio.create_task(people.access.refresh(scope))
    await looked.wait()
    await people.sign_in.sign_out(credential.token)
    go_on.set()
    await asked
    with pytest.raises(NotAuthenticated):
        await people.access.refresh(scope)
