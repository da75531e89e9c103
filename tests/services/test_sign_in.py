import asyncio
import json

import pyotp
import pytest

from ragapp.core.errors import (
    InvalidCredentials,
    InvalidSecondFactor,
    NotAuthenticated,
    RateLimited,
    SecondFactorRequired,
    SecondFactorSetupRequired,
    SignInNotAllowed,
)
from ragapp.core.scope import Role, TenantScope
from ragapp.services.identity.session_opening import Visit
from ragapp.services.identity.sign_in import PasswordAttempt, SecondStep
from ragapp.services.identity.throttle import Guess
from ragapp.store.store import Store
from tests.fakes.accounts import PLATFORM
from tests.fakes.clock import FixedClock
from tests.fakes.identity import EMAIL, PASSWORD, VISIT, People

WRONG = PasswordAttempt(EMAIL, "not the password")
RIGHT = PasswordAttempt(EMAIL, PASSWORD)
STRANGER = Visit("curl/8", "198.51.100.9")


@pytest.fixture
def people(store: Store, clock: FixedClock) -> People:
    return People(store, clock)


async def set_up(people: People) -> tuple[TenantScope, pyotp.TOTP, tuple[str, ...]]:
    """Return the owner, their app and their recovery codes; the app's clock is the test's."""
    scope = await people.owner()
    setup = await people.second_factor.begin(scope)
    app = pyotp.TOTP(setup.secret.replace(" ", ""))
    codes = await people.second_factor.confirm(scope, app.at(people.clock.now()))
    people.clock.advance(seconds=30)
    return scope, app, codes


async def step_of(people: People, visit: Visit = VISIT) -> SecondStep:
    result = await people.sign_in.with_password(RIGHT, visit)
    assert isinstance(result, SecondStep)
    return result


async def fails_with(people: People, attempt: PasswordAttempt, visit: Visit = STRANGER) -> tuple[str, int]:
    try:
        await people.sign_in.with_password(attempt, visit)
    except (NotAuthenticated, RateLimited) as error:
        return error.code, getattr(error, "retry_after_s", 0)
    return "in", 0


async def test_five_guesses_are_free_and_then_waits_grow(people: People) -> None:
    await people.first_owner()
    waits, guesses = [], 0
    for _ in range(60):
        code, wait = await fails_with(people, WRONG)
        if code == "rate_limited":
            waits.append(wait)
            people.clock.advance(seconds=wait)
        else:
            guesses += 1
    assert waits[0] <= 60
    assert max(waits) > 1000
    assert guesses < 60


async def test_a_thousand_guesses_from_many_places_are_not_a_hundred_in_an_hour(people: People) -> None:
    credential = await people.first_owner()
    device = await people.enter()
    assert credential and device.device_token
    counted, started = 0, people.clock.now()
    for number in range(1000):
        visit = Visit("curl", f"198.51.{number // 250}.{number % 250}", device.device_token if number % 2 else "")
        code, _ = await fails_with(people, WRONG, visit)
        counted += code == "invalid_credentials"
        if (people.clock.now() - started).total_seconds() < 3500:
            people.clock.advance(seconds=3.4)
    assert 20 <= counted <= 100


async def test_others_guesses_do_not_lock_a_known_browser_out(people: People) -> None:
    await people.first_owner()
    known = Visit(VISIT.user_agent, VISIT.address, (await people.enter()).device_token)
    while (await fails_with(people, WRONG))[0] == "invalid_credentials":
        pass
    assert (await fails_with(people, RIGHT))[0] == "rate_limited"
    assert await people.enter(visit=known)


async def test_wrong_guesses_behind_one_address_do_not_lock_its_known_browsers_out(people: People) -> None:
    await people.first_owner()
    known = Visit(VISIT.user_agent, STRANGER.address, (await people.enter()).device_token)
    while (await fails_with(people, PasswordAttempt(f"p{people.clock.now()}@lipa.hr", "x")))[0] != "rate_limited":
        people.clock.advance(seconds=1)
    assert (await fails_with(people, RIGHT))[0] == "rate_limited"
    assert await people.enter(visit=known)
    assert [(await fails_with(people, WRONG, known))[0] for _ in range(6)][-1] == "rate_limited", "bound by its own"


async def test_known_browsers_mistakes_are_not_held_against_their_neighbours(people: People) -> None:
    await people.first_owner()
    throttle = people.identity.sign_in._throttle
    for number in range(40):
        await throttle.failed(Guess(f"p{number}@lipa.hr", STRANGER.address, device=f"browser-{number}"))
    assert (await fails_with(people, PasswordAttempt("no@body.hr", "x")))[0] == "invalid_credentials"


async def test_people_who_share_a_browser_stay_known_in_it(people: People) -> None:
    await people.first_owner()
    await people.console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast")
    anas = await people.enter()
    shared = await people.enter(
        PasswordAttempt("ivo@hrast.hr", PASSWORD), Visit(VISIT.user_agent, VISIT.address, anas.device_token)
    )
    while (await fails_with(people, WRONG))[0] == "invalid_credentials":
        pass
    assert await people.enter(visit=Visit(VISIT.user_agent, STRANGER.address, shared.device_token))


async def test_right_codes_of_a_whole_office_are_not_counted_against_its_address(people: People) -> None:
    throttle = people.identity.sign_in._throttle
    for number in range(40):
        await throttle.admit_code_of(Guess(f"p{number}@lipa.hr", STRANGER.address), f"user-{number}")
        await throttle.code_was_right(f"user-{number}", "")


async def test_wrong_codes_from_one_address_lock_strangers_out_and_not_known_browsers(people: People) -> None:
    _, app, _ = await set_up(people)
    opened = await people.sign_in.with_code((await step_of(people)).token, app.at(people.clock.now()), VISIT)
    known = Visit(VISIT.user_agent, STRANGER.address, opened.device_token)
    for number in range(30):
        await people.identity.sign_in._throttle.code_failed(Guess(f"p{number}@lipa.hr", STRANGER.address))
    people.clock.advance(seconds=61)
    step = await step_of(people, STRANGER)
    with pytest.raises(RateLimited):
        await people.sign_in.with_code(step.token, app.at(people.clock.now()), STRANGER)
    assert await people.sign_in.with_code((await step_of(people, known)).token, app.at(people.clock.now()), known)


async def test_another_persons_browser_is_a_stranger(people: People, store: Store) -> None:
    await people.first_owner()
    await people.console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast")
    ivos = (await people.enter(PasswordAttempt("ivo@hrast.hr", PASSWORD))).device_token
    while (await fails_with(people, WRONG))[0] == "invalid_credentials":
        pass
    assert (await fails_with(people, RIGHT, Visit("x", "192.0.2.1", ivos)))[0] == "rate_limited"


async def test_known_and_unknown_addresses_are_refused_alike(people: People) -> None:
    await people.first_owner()
    known = [await fails_with(people, WRONG, Visit("a", "192.0.2.1")) for _ in range(8)]
    unknown = [await fails_with(people, PasswordAttempt("no@body.hr", "x"), Visit("a", "192.0.2.2")) for _ in range(8)]
    assert known == unknown
    assert known[-1][0] == "rate_limited"


async def test_one_source_cannot_try_many_accounts(people: People) -> None:
    await people.first_owner()
    answers = [await fails_with(people, PasswordAttempt(f"p{n}@lipa.hr", "x")) for n in range(40)]
    assert [code for code, _ in answers].count("invalid_credentials") == 30


async def test_whoever_knows_the_password_is_never_slowed_down(people: People) -> None:
    await people.first_owner()
    for _ in range(30):
        await people.sign_in.issue_token(RIGHT, STRANGER)


async def test_parallel_guesses_are_counted_before_they_are_checked(people: People) -> None:
    await people.first_owner()
    answers = await asyncio.gather(*(fails_with(people, WRONG) for _ in range(50)))
    assert [code for code, _ in answers].count("invalid_credentials") == 5


async def test_an_app_asks_for_its_code_after_the_password(people: People) -> None:
    _, app, _ = await set_up(people)
    step = await step_of(people)
    credential = await people.sign_in.with_code(step.token, app.at(people.clock.now()), VISIT)
    assert await people.access.scope_of_session(credential.token)


async def test_a_code_is_accepted_once_and_one_step_late(people: People) -> None:
    _, app, _ = await set_up(people)
    step = await step_of(people)
    code = app.at(people.clock.now())
    people.clock.advance(seconds=30)
    await people.sign_in.with_code(step.token, code, VISIT)
    with pytest.raises(InvalidSecondFactor):
        await people.sign_in.with_code(step.token, code, VISIT)
    people.clock.advance(seconds=60)
    early = app.at(people.clock.now().timestamp() - 61)
    with pytest.raises(InvalidSecondFactor):
        await people.sign_in.with_code(step.token, early, VISIT)


async def test_an_older_code_is_refused_after_a_newer_one(people: People) -> None:
    _, app, _ = await set_up(people)
    step = await step_of(people)
    before = app.at(people.clock.now())
    people.clock.advance(seconds=30)
    await people.sign_in.with_code(step.token, app.at(people.clock.now()), VISIT)
    with pytest.raises(InvalidSecondFactor):
        await people.sign_in.with_code(step.token, before, VISIT)


async def test_of_a_hundred_uses_of_one_code_one_gets_in(people: People) -> None:
    scope, app, _ = await set_up(people)
    async with people.store.read_platform(PLATFORM) as tx:
        user = await tx.proofs.find_person(scope.user_id)
    assert user is not None
    codes, code = people.sign_in._codes, app.at(people.clock.now())

    async def use() -> bool:
        async with people.store.begin_platform(PLATFORM) as tx:
            return await codes.use(tx, user, code, people.clock.now())

    assert sum(await asyncio.gather(*(use() for _ in range(100)))) == 1


async def test_five_codes_may_be_tried_in_a_quarter_of_an_hour(people: People) -> None:
    await set_up(people)
    outcomes = []
    step = await step_of(people, STRANGER)
    for _ in range(8):
        try:
            await people.sign_in.with_code(step.token, "000000", STRANGER)
        except (InvalidSecondFactor, RateLimited) as error:
            outcomes.append(error.code)
    assert outcomes == ["invalid_second_factor"] * 5 + ["rate_limited"] * 3


async def test_each_recovery_code_opens_once(people: People) -> None:
    scope, _, codes = await set_up(people)
    assert len(set(codes)) == 10
    step = await step_of(people)
    for typed in (codes[0], codes[1].upper().replace("-", " ")):
        assert await people.sign_in.with_code(step.token, typed, VISIT)
        with pytest.raises(InvalidSecondFactor):
            await people.sign_in.with_code(step.token, typed, VISIT)
    assert (await people.second_factor.status(scope)).recovery_codes_left == 8


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "null", "[]", "0" * 32, "１２３４５６", "-" * 40])
async def test_what_is_no_code_is_refused(people: People, code: str) -> None:
    await set_up(people)
    step = await step_of(people)
    with pytest.raises(InvalidSecondFactor):
        await people.sign_in.with_code(step.token, code, VISIT)


async def test_a_second_step_is_for_one_browser_and_five_minutes(people: People) -> None:
    _, app, _ = await set_up(people)
    step = await step_of(people)
    tampered = step.token[:-4] + ("AAAA" if step.token[-4:] != "AAAA" else "BBBB")
    for token in ("", "rgc_", tampered, step.token.removeprefix("rgc_"), "rgc_" + json.dumps({})):
        with pytest.raises(InvalidCredentials):
            await people.sign_in.with_code(token, app.at(people.clock.now()), VISIT)
    people.clock.advance(minutes=5)
    with pytest.raises(InvalidCredentials):
        await people.sign_in.with_code(step.token, app.at(people.clock.now()), VISIT)


async def test_a_second_step_ends_when_the_password_changes(people: People) -> None:
    scope, app, _ = await set_up(people)
    step = await step_of(people)
    await people.change(scope.user_id, password_hash="another")
    with pytest.raises(InvalidCredentials):
        await people.sign_in.with_code(step.token, app.at(people.clock.now()), VISIT)


async def test_a_token_needs_the_code_too(people: People) -> None:
    _, app, _ = await set_up(people)
    with pytest.raises(SecondFactorRequired):
        await people.sign_in.issue_token(RIGHT, VISIT)
    with pytest.raises(InvalidSecondFactor):
        await people.sign_in.issue_token(RIGHT, VISIT, otp="000000")
    issued = await people.sign_in.issue_token(RIGHT, VISIT, otp=app.at(people.clock.now()))
    assert await people.access.scope_of_bearer(issued.token)


async def test_where_a_second_factor_is_asked_for_nothing_else_comes_first(people: People) -> None:
    owner = await people.owner()
    await people.change_tenant(owner.tenant_id, second_factor_required=True)
    session = await people.enter()
    with pytest.raises(SecondFactorSetupRequired):
        await people.access.scope_of_session(session.token)
    with pytest.raises(SecondFactorSetupRequired):
        await people.access.refresh(owner)
    scope = await people.access.scope_of_session(session.token, for_account=True)
    setup = await people.second_factor.begin(scope)
    code = pyotp.TOTP(setup.secret.replace(" ", "")).at(people.clock.now())
    await people.second_factor.confirm(scope, code)
    assert await people.access.scope_of_session(session.token)
    with pytest.raises(SecondFactorSetupRequired):
        await people.second_factor.disable(scope)


async def test_an_organisation_may_refuse_passwords_but_not_its_owners(people: People) -> None:
    owner = await people.owner()
    await people.change_tenant(owner.tenant_id, password_sign_in=False)
    assert await people.enter()
    await people.change_role(owner, Role.ADMIN)
    with pytest.raises(SignInNotAllowed):
        await people.enter()
    with pytest.raises(InvalidCredentials):
        await people.sign_in.with_password(WRONG, VISIT)


