"""Sign-in services that lie, and browsers that cheat: nobody comes in (attack class A10)."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import func, select
from structlog.testing import capture_logs

from ragapp.core.errors import ExternalAccountNotLinked, ExternalAccountUnknown, ExternalSignInFailed
from ragapp.core.scope import Role
from ragapp.models import ExternalLogin, Identity, Session, User
from tests.fakes.accounts import PLATFORM, add_tenant, scope_of
from tests.fakes.hostile_oidc import (
    CLIENT_ID,
    SOMEBODY_ELSES_KEY,
    Token,
    running_provider,
    signed_with_the_public_key,
    unsigned,
)
from tests.safety.signing_in import fresh, open_desk


@pytest.fixture
async def provider(clock):
    async with running_provider(clock) as provider:
        yield provider


@pytest.fixture
async def other_provider(clock):
    async with running_provider(clock) as provider:
        yield provider


@pytest.fixture
async def desk(store, clock, provider, other_provider):
    return open_desk(store, clock, [provider.issuer, other_provider.issuer])


@pytest.fixture
async def lipa(desk, store, clock, provider):
    """A tenant whose owner is owner@lipa.hr, and its sign-in service."""
    household = await add_tenant(store, "lipa")
    async with store.begin_platform(PLATFORM) as tx:
        user = await tx._session.get(User, household.owner.user_id)
        user.email = "owner@lipa.hr"
    return await desk.add_provider(fresh(household, clock), provider)


async def counted(store, table) -> int:
    async with store.read_platform(PLATFORM) as tx:
        return (await tx._session.exec(select(func.count()).select_from(table))).one()


async def assert_nobody_came_in(store) -> None:
    assert await counted(store, Session) == 0
    assert await counted(store, Identity) == 0
    assert await counted(store, User) == 1


def claim(**changed):
    def change(token: Token) -> None:
        token.claims = {name: value for name, value in {**token.claims, **changed}.items() if value is not ...}

    return change


def header(**changed):
    def change(token: Token) -> None:
        token.header |= changed

    return change


def raw(write):
    def change(token: Token) -> None:
        token.raw = write

    return change


def instead(payload):
    def change(token: Token) -> None:
        token.claims = payload

    return change


def key(wrong):
    def change(token: Token) -> None:
        token.key = wrong

    return change


def far(hours: int):
    def change(token: Token) -> None:
        token.claims["iat"] += hours * 3600
        token.claims["exp"] += hours * 3600

    return change


def cut_signature(token: Token) -> None:
    whole = token.signed()
    token.raw = lambda _: whole.rpartition(".")[0] + "."


def other_payload(token: Token) -> None:
    head, _, signature = token.signed().split(".")
    forged = base64.urlsafe_b64encode(json.dumps(token.claims | {"sub": "owner"}).encode()).rstrip(b"=").decode()
    token.raw = lambda _: f"{head}.{forged}.{signature}"


LIES = {
    "alg none": ("algorithm", raw(unsigned)),
    "alg None in capitals": ("algorithm", header(alg="None")),
    "HS256 with the public key": ("algorithm", raw(signed_with_the_public_key)),
    "no signature": ("signature", cut_signature),
    "another payload": ("signature", other_payload),
    "another key under the same id": ("signature", key(SOMEBODY_ELSES_KEY)),
    "unknown crit": ("header", header(crit=["exp"], exp=1)),
    "empty crit": ("header", header(crit=[])),
    "a key of its own in the header": ("header", header(jwk=SOMEBODY_ELSES_KEY.as_dict(private=False))),
    "an address of keys in the header": ("header", header(jku="https://keys.example/jwks")),
    "payload not encoded": ("header", header(b64=True)),
    "an access token": ("token_type", header(typ="at+jwt")),
    "a logout token": ("token_type", header(typ="logout+jwt")),
    "unknown key id": ("unknown_key", header(kid="nobody's")),
    "key id of another kind of key": ("unknown_key", header(kid="ec")),
    "key id that is no text": ("unknown_key", header(kid=["k0"])),
    "wrong audience": ("audience", claim(aud="another-client")),
    "no audience": ("audience", claim(aud=...)),
    "audience that only contains ours": ("audience", claim(aud=f"x{CLIENT_ID}x")),
    "several audiences and no party": ("authorized_party", claim(aud=[CLIENT_ID, "another-client"])),
    "several audiences and another party": ("authorized_party", claim(aud=[CLIENT_ID, "other"], azp="other")),
    "another party": ("authorized_party", claim(azp="another-client")),
    "empty party": ("authorized_party", claim(azp="")),
    "wrong issuer": ("issuer", claim(iss="https://accounts.example")),
    "issuer with a slash more": ("issuer", lambda token: claim(iss=token.claims["iss"] + "/")(token)),
    "no issuer": ("issuer", claim(iss=...)),
    "wrong nonce": ("nonce", claim(nonce="another")),
    "missing nonce": ("nonce", claim(nonce=...)),
    "empty nonce": ("nonce", claim(nonce="")),
    "nonce that is no text": ("nonce", claim(nonce=["x"])),
    "wrong access token hash": ("access_token_hash", claim(at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
    "empty access token hash": ("access_token_hash", claim(at_hash="")),
    "access token hash that is no text": ("access_token_hash", claim(at_hash=7)),
    "expired": ("expired", far(-2)),
    "issued in the far future": ("issued_in_the_future", far(2)),
    "no expiry": ("expired", claim(exp=...)),
    "no time of issue": ("issued_in_the_future", claim(iat=...)),
    "expiry that is no number": ("expired", claim(exp="soon")),
    "expiry beyond time": ("expired", claim(exp=10**30)),
    "not valid yet": ("claims", lambda token: claim(nbf=token.claims["iat"] + 3600)(token)),
    "no subject": ("subject", claim(sub=...)),
    "empty subject": ("subject", claim(sub="")),
    "subject that is no text": ("subject", claim(sub=1)),
    "subject without end": ("subject", claim(sub="x" * 256)),
    "a huge token": ("token_size", claim(filling="x" * 20_000)),
    "a token beyond the limit of an answer": ("unreachable", claim(filling="x" * 400_000)),
    "no token at all": ("token_form", raw(lambda _: "nonsense")),
    "an empty token": ("token_response", raw(lambda _: "")),
    "a list for a payload": ("token_form", instead([])),
}


async def test_the_same_provider_telling_the_truth_signs_in(desk, provider, lipa, store):
    """Without this every lie below could be refused for a reason of its own."""
    outcome = await desk.visit(provider, lipa.id)
    assert outcome.credential is not None
    assert outcome.credential.me.user.email == "ana@lipa.hr"
    assert outcome.next_path == "/documents"
    assert await counted(store, Session) == 1


@pytest.mark.parametrize(("reason", "lie"), LIES.values(), ids=LIES)
async def test_a_lie_signs_nobody_in(desk, provider, lipa, store, reason, lie):
    provider.change = lie
    with capture_logs() as logs, pytest.raises(ExternalSignInFailed):
        await desk.visit(provider, lipa.id)
    assert [entry["reason"] for entry in logs] == [reason]
    await assert_nobody_came_in(store)
    assert await counted(store, ExternalLogin) == 0


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_other_good_signatures_sign_in(desk, provider, lipa, algorithm):
    provider.sign_with(algorithm)
    assert (await desk.visit(provider, lipa.id)).credential is not None


ANSWERS = {
    "no ID token": {"id_token": None},
    "no access token": {"access_token": None},
    "another kind of token": {"token_type": "mac"},
    "an ID token that is no text": {"id_token": {"sub": "ana"}},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_a_broken_answer_signs_nobody_in(desk, provider, lipa, store, answer):
    provider.answer = answer
    with pytest.raises(ExternalSignInFailed):
        await desk.visit(provider, lipa.id)
    await assert_nobody_came_in(store)


async def test_a_service_that_redirects_is_not_followed(desk, provider, lipa, store):
    start = await desk.external.start(lipa.id, next_path="/")
    back = provider.approve(start.url)
    provider.redirect_to = "http://127.0.0.1:1/token"
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back(back, start.browser_token)
    await assert_nobody_came_in(store)


async def test_a_state_works_once(desk, provider, lipa, store):
    start = await desk.external.start(lipa.id, next_path="/")
    back = provider.approve(start.url)
    assert (await desk.come_back(back, start.browser_token)).credential is not None
    again = {**provider.approve(start.url), "state": back["state"]}
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back(again, start.browser_token)
    assert await counted(store, Session) == 1


async def test_a_code_works_once(desk, provider, lipa, store):
    start = await desk.external.start(lipa.id, next_path="/")
    back = provider.approve(start.url)
    assert (await desk.come_back(back, start.browser_token)).credential is not None
    second = await desk.external.start(lipa.id, next_path="/")
    state = provider.approve(second.url)["state"]
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back({**back, "state": state}, second.browser_token)
    assert await counted(store, Session) == 1


async def test_a_stolen_code_does_not_work_in_another_sign_in(desk, provider, lipa, store):
    """The victim's code in the attacker's own sign-in: the code verifier is another one."""
    victim = provider.approve((await desk.external.start(lipa.id, next_path="/")).url)
    attacker = await desk.external.start(lipa.id, next_path="/")
    state = provider.approve(attacker.url)["state"]
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back({**victim, "state": state}, attacker.browser_token)
    await assert_nobody_came_in(store)


@pytest.mark.parametrize("token", ["", "guessed", None], ids=["no cookie", "a guess", "of another sign-in"])
async def test_another_browser_cannot_finish(desk, provider, lipa, store, token):
    start = await desk.external.start(lipa.id, next_path="/")
    other = await desk.external.start(lipa.id, next_path="/")
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back(provider.approve(start.url), other.browser_token if token is None else token)
    await assert_nobody_came_in(store)


@pytest.mark.parametrize("state", ["", "x", "rgo_unknown", "rgo_" + "x" * 500, "rgs_" + "x" * 43, "rgo_ž"])
async def test_a_state_that_was_never_given_out(desk, provider, lipa, store, state):
    start = await desk.external.start(lipa.id, next_path="/")
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back({**provider.approve(start.url), "state": state}, start.browser_token)
    await assert_nobody_came_in(store)


async def test_a_sign_in_that_took_too_long(desk, provider, lipa, store, clock):
    start = await desk.external.start(lipa.id, next_path="/")
    clock.advance(minutes=10)
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back(provider.approve(start.url), start.browser_token)
    await assert_nobody_came_in(store)


@pytest.mark.parametrize("issuer", ["other", "", "https://accounts.example"])
async def test_an_answer_in_anothers_name(desk, provider, other_provider, lipa, store, issuer):
    """Mix-up (RFC 9207): the service says that it names itself in answers, and this one does not say its name."""
    start = await desk.external.start(lipa.id, next_path="/")
    said = other_provider.issuer if issuer == "other" else issuer
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back({**provider.approve(start.url), "iss": said}, start.browser_token)
    assert provider.grants, "the code was sent on before the name was checked"
    await assert_nobody_came_in(store)


async def test_a_code_of_one_service_at_the_callback_of_another(desk, provider, other_provider, lipa, store, clock):
    other_provider.metadata = {"authorization_response_iss_parameter_supported": False}
    household_scope = await owner_of(store, lipa, clock)
    other = await desk.add_provider(household_scope, other_provider, name="Other")
    code = provider.approve((await desk.external.start(lipa.id, next_path="/")).url)["code"]
    start = await desk.external.start(other.id, next_path="/")
    state = other_provider.approve(start.url)["state"]
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back({"code": code, "state": state}, start.browser_token)
    await assert_nobody_came_in(store)


async def owner_of(store, lipa, clock):
    async with store.read_platform(PLATFORM) as tx:
        user = (await tx._session.exec(select(User).where(User.email == "owner@lipa.hr"))).one()
        found = await tx.external.find_provider(lipa.id)
    return replace(scope_of(found[1].id, user.id, Role.OWNER), authenticated_at=clock.now())


async def test_a_refusal_there_is_a_refusal_here(desk, provider, lipa, store):
    start = await desk.external.start(lipa.id, next_path="/")
    back = provider.approve(start.url)
    with pytest.raises(ExternalSignInFailed):
        await desk.come_back({**back, "error": "access_denied"}, start.browser_token)
    await assert_nobody_came_in(store)


@pytest.mark.parametrize("said", [None, False, "true", 1], ids=["missing", "false", "text", "number"])
async def test_an_address_that_was_not_verified_is_no_address(desk, provider, lipa, store, said):
    with pytest.raises(ExternalAccountUnknown):
        await desk.visit(provider, lipa.id, email_verified=said)
    await assert_nobody_came_in(store)


@pytest.mark.parametrize("said", [None, False, True])
async def test_the_address_of_an_existing_account_never_opens_it(desk, provider, lipa, store, said):
    with pytest.raises(ExternalAccountNotLinked if said else ExternalAccountUnknown):
        await desk.visit(provider, lipa.id, email="owner@lipa.hr", email_verified=said)
    await assert_nobody_came_in(store)


@pytest.mark.parametrize("email", ["ana@other.hr", "ana@sub.lipa.hr", "ana@lipa.hr.evil.hr", "lipa.hr", "a@b@lipa.hr"])
async def test_an_address_of_another_domain_does_not_join(desk, provider, lipa, store, email):
    with pytest.raises(ExternalAccountUnknown):
        await desk.visit(provider, lipa.id, email=email)
    await assert_nobody_came_in(store)


async def test_a_new_key_is_fetched_once_and_signs_in(desk, provider, lipa):
    assert (await desk.visit(provider, lipa.id)).credential is not None
    provider.rotate_keys()
    assert (await desk.visit(provider, lipa.id)).credential is not None
    assert provider.requests.count("GET /keys") == 2


async def test_unknown_keys_do_not_make_us_ask_again_and_again(desk, provider, lipa):
    provider.change = header(kid="nobody's")
    for _ in range(5):
        with pytest.raises(ExternalSignInFailed):
            await desk.visit(provider, lipa.id)
    assert provider.requests.count("GET /keys") == 2


@pytest.mark.parametrize("offset_s", [-59, 59])
async def test_clocks_may_differ_by_a_minute(desk, provider, lipa, offset_s):
    def change(token: Token) -> None:
        token.claims["iat"] += offset_s
        token.claims["exp"] = token.claims["iat"] if offset_s < 0 else token.claims["exp"]

    provider.change = change
    assert (await desk.visit(provider, lipa.id)).credential is not None


@pytest.mark.parametrize("minutes_ago", [None, 2, 60], ids=["not said", "two minutes", "an hour"])
async def test_a_proof_that_is_not_new_does_not_confirm_anybody(desk, provider, lipa, store, clock, minutes_ago):
    at = ... if minutes_ago is None else int((clock.now() - timedelta(minutes=minutes_ago)).timestamp())
    provider.change = claim(auth_time=at)
    with pytest.raises(ExternalSignInFailed):
        await desk.visit(provider, lipa.id, must_be_fresh=True)
    await assert_nobody_came_in(store)


async def test_a_new_proof_is_asked_for_and_counts(desk, provider, lipa, store, clock):
    start = await desk.external.start(lipa.id, next_path="/", must_be_fresh=True)
    assert "prompt=login" in start.url and "max_age=0" in start.url
    assert (await desk.come_back(provider.approve(start.url), start.browser_token)).credential is not None
    async with store.read_platform(PLATFORM) as tx:
        session = (await tx._session.exec(select(Session))).one()
    assert session.authenticated_at == clock.now() and session.provider_id == lipa.id


async def test_a_session_of_a_service_that_asked_long_ago_is_no_recent_proof(desk, provider, lipa, store, clock):
    provider.change = claim(auth_time=...)
    assert (await desk.visit(provider, lipa.id)).credential is not None
    async with store.read_platform(PLATFORM) as tx:
        session = (await tx._session.exec(select(Session))).one()
    assert clock.now() - session.authenticated_at > timedelta(minutes=10)


async def test_what_the_service_says_beside_the_token_must_be_of_the_same_person(desk, provider, lipa, store):
    provider.change = claim(email=..., email_verified=...)
    provider.userinfo = {"sub": "somebody-else", "email": "ana@lipa.hr", "email_verified": True}
    with pytest.raises(ExternalSignInFailed):
        await desk.visit(provider, lipa.id)
    await assert_nobody_came_in(store)
    provider.userinfo = {"sub": "ana-1", "email": "ana@lipa.hr", "email_verified": True}
    assert (await desk.visit(provider, lipa.id)).credential is not None
