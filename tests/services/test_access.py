import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ragapp.adapters.password import Argon2Hasher
from ragapp.core.errors import (
    AlreadySetUp,
    InvalidCredentials,
    InvalidEmail,
    InvalidSetupToken,
    NameTaken,
    NotAuthenticated,
    RagAppError,
    WeakPassword,
)
from ragapp.core.scope import Origin, Permission, Role, TenantScope
from ragapp.services.access import AccessService
from ragapp.services.accounts import AccountService
from ragapp.services.console import ConsoleService
from ragapp.services.tokens import TokenKind, is_kind, mint
from ragapp.services.views import Credential
from ragapp.store.store import Store
from tests.fakes.clock import FixedClock

PASSWORD = "šuma-lipa-42-more"


@pytest.fixture
def samples() -> list[TenantScope]:
    return []


@pytest.fixture
def access(store: Store, clock: FixedClock, samples: list[TenantScope]) -> AccessService:
    async def load(scope: TenantScope) -> int:
        samples.append(scope)
        return 12

    return AccessService(store, Argon2Hasher(memory_kib=64, time_cost=1), clock, load)


async def _first_owner(access: AccessService, **changes: object) -> Credential:
    token = await access.renew_setup_token()
    form: dict[str, object] = {
        "setup_token": token,
        "email": " Ana@Lipa.hr ",
        "password": PASSWORD,
        "name": "Ana",
        "organisation": "Lipa Logistika d.o.o.",
        "language": "hr",
    }
    return await access.create_first_owner(**{**form, **changes})  # type: ignore[arg-type]


async def test_the_first_owner_is_signed_in_with_every_right(access: AccessService) -> None:
    assert await access.needs_setup()
    credential = await _first_owner(access)
    scope = await access.scope_of_session(credential.token)
    assert not await access.needs_setup()
    assert (scope.role, scope.origin) == (Role.OWNER, Origin.SESSION)
    assert scope.permissions == frozenset(Permission)
    assert (credential.me.user.email, credential.me.tenant.slug) == ("ana@lipa.hr", "lipa-logistika-d-o-o")


async def test_sample_documents_are_loaded_only_when_wanted(access: AccessService, samples: list[TenantScope]) -> None:
    credential = await _first_owner(access, load_samples=True)
    assert [scope.tenant_id for scope in samples] == [credential.me.tenant.id]


async def test_of_many_racing_first_owners_exactly_one_wins(access: AccessService) -> None:
    token = await access.renew_setup_token()

    async def attempt(number: int) -> str:
        try:
            await access.create_first_owner(
                setup_token=token or "",
                email=f"owner{number}@lipa.hr",
                password=PASSWORD,
                name="",
                organisation=f"Lipa {number}",
            )
        except RagAppError as error:
            return error.code
        return "won"

    outcomes = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert outcomes.count("won") == 1
    assert set(outcomes) <= {"won", AlreadySetUp.code, InvalidSetupToken.code}


@pytest.mark.parametrize("token", ["", "rgi_wrong", " "])
async def test_a_wrong_setup_token_creates_nothing(access: AccessService, token: str) -> None:
    with pytest.raises(InvalidSetupToken):
        await _first_owner(access, setup_token=token)
    assert await access.needs_setup()


async def test_a_new_setup_token_makes_the_old_one_worthless(access: AccessService) -> None:
    old = await access.renew_setup_token()
    await access.renew_setup_token()
    with pytest.raises(InvalidSetupToken):
        await access.create_first_owner(
            setup_token=old or "", email="a@b.hr", password=PASSWORD, name="", organisation="Lipa"
        )


async def test_there_is_no_setup_token_once_there_is_an_owner(access: AccessService) -> None:
    await _first_owner(access)
    assert await access.renew_setup_token() is None


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaa", "ana@lipa.hr", "x" * 1025])
async def test_weak_passwords_are_refused(access: AccessService, password: str) -> None:
    with pytest.raises(WeakPassword):
        await _first_owner(access, password=password)


@pytest.mark.parametrize("email", ["", "ana", "ana@", "@lipa.hr", "ana@lipa", "a b@lipa.hr", "a@b.hr\n", "a@b@c.hr"])
async def test_addresses_that_are_none_are_refused(access: AccessService, email: str) -> None:
    if email == "a@b.hr\n":
        return await _accepts_trimmed(access, email)
    with pytest.raises(InvalidEmail):
        await _first_owner(access, email=email)
    return None


async def _accepts_trimmed(access: AccessService, email: str) -> None:
    assert (await _first_owner(access, email=email)).me.user.email == email.strip()


async def test_signing_in_needs_the_right_password_and_tenant(access: AccessService) -> None:
    await _first_owner(access)
    credential = await access.sign_in(email="ANA@lipa.hr", password=PASSWORD)
    assert await access.scope_of_session(credential.token)
    for email, password, tenant in (
        ("ana@lipa.hr", "wrong password", None),
        ("nobody@lipa.hr", PASSWORD, None),
        ("ana@lipa.hr", PASSWORD, "another"),
    ):
        with pytest.raises(InvalidCredentials) as refused:
            await access.sign_in(email=email, password=password, tenant=tenant)
        assert refused.value.user_message == InvalidCredentials.default_message


async def test_signing_out_ends_the_session_at_once(access: AccessService) -> None:
    credential = await _first_owner(access)
    await access.scope_of_session(credential.token)
    await access.sign_out(credential.token)
    with pytest.raises(NotAuthenticated):
        await access.scope_of_session(credential.token)


async def test_a_session_in_use_stays_and_an_idle_one_ends(access: AccessService, clock: FixedClock) -> None:
    credential = await _first_owner(access)
    for _ in range(3):
        clock.advance(days=6)
        await access.scope_of_session(credential.token)
    clock.advance(days=7, seconds=1)
    with pytest.raises(NotAuthenticated):
        await access.scope_of_session(credential.token)


async def test_an_access_token_ends_after_an_hour(access: AccessService, clock: FixedClock) -> None:
    await _first_owner(access)
    credential = await access.issue_token(email="ana@lipa.hr", password=PASSWORD)
    assert credential.expires_in_s == 3600
    assert (await access.scope_of_bearer(credential.token)).origin is Origin.ACCESS_TOKEN
    clock.advance(hours=1, seconds=1)
    with pytest.raises(NotAuthenticated):
        await access.scope_of_bearer(credential.token)


async def test_one_kind_of_token_never_works_as_another(access: AccessService) -> None:
    browser = (await _first_owner(access)).token
    bearer = (await access.issue_token(email="ana@lipa.hr", password=PASSWORD)).token
    for attempt in (
        lambda: access.scope_of_bearer(browser),
        lambda: access.scope_of_session(bearer),
        lambda: access.scope_of_session(None),
        lambda: access.scope_of_session("rgs_" + "ž" * 10),
        lambda: access.scope_of_bearer(bearer.replace("rga_", "rgk_")),
        lambda: access.scope_of_bearer(browser.replace("rgs_", "rga_")),
    ):
        await _is_refused(attempt)


async def _is_refused(attempt: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(NotAuthenticated):
        await attempt()


def test_tokens_are_long_random_and_of_one_kind() -> None:
    tokens = {mint(kind) for kind in TokenKind for _ in range(500)}
    assert len(tokens) == 500 * len(TokenKind)
    assert all(sum(is_kind(token, kind) for kind in TokenKind) == 1 for token in tokens)


async def test_an_owner_made_on_the_console_has_a_working_key(
    access: AccessService, store: Store, clock: FixedClock
) -> None:
    console = ConsoleService(store, access, clock)
    created = await console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast", with_api_key=True)
    scope = await access.scope_of_bearer(created.api_key)
    assert (scope.tenant_id, scope.user_id, scope.origin) == (created.tenant_id, created.user_id, Origin.API_KEY)
    assert not await access.needs_setup()
    assert (await console.scope_of_tenant("hrast")).tenant_id == created.tenant_id
    with pytest.raises(NameTaken):
        await console.create_owner(email="iva@hrast.hr", password=PASSWORD, tenant="Hrast")
    with pytest.raises(NameTaken):
        await console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Bukva")


async def test_a_member_chooses_their_language(access: AccessService, store: Store) -> None:
    credential = await _first_owner(access)
    scope = await access.scope_of_session(credential.token)
    accounts = AccountService(store)
    assert (await accounts.me(scope)).user.language == "hr"
    assert (await accounts.set_language(scope, "en")).language == "en"
    with pytest.raises(RagAppError):
        await accounts.set_language(scope, "de")
