import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from ragapp.core.errors import InvalidCredentials, LinkNotUsable, NotAuthenticated, RateLimited, WeakPassword
from ragapp.services.identity.session_opening import Visit
from ragapp.services.identity.sign_in import PasswordAttempt
from ragapp.services.identity.tokens import TokenKind, mint
from ragapp.store.store import Store
from tests.fakes.clock import FixedClock
from tests.fakes.identity import EMAIL, PASSWORD, VISIT, People

NEW_PASSWORD = "rijeka-teče-pod-mostom"


@pytest.fixture
def people(store: Store, clock: FixedClock) -> People:
    return People(store, clock)


async def token_for(people: People, email: str = EMAIL) -> str:
    await people.resets.request(email, VISIT, language="hr")
    await people.mail.deliver_due()
    await people.mail.deliver_due()
    return parse_qs(urlsplit(people.mailer.link_for(EMAIL)).query)["token"][0]


async def test_a_link_brings_a_new_password_and_ends_every_session(people: People) -> None:
    session = await people.first_owner()
    bearer = await people.sign_in.issue_token(PasswordAttempt(EMAIL, PASSWORD), VISIT)
    token = await token_for(people)
    assert await people.resets.is_usable(token)
    device = await people.resets.use(token, NEW_PASSWORD)
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_session(session.token)
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_bearer(bearer.token)
    with pytest.raises(InvalidCredentials):
        await people.enter()
    visit = Visit(VISIT.user_agent, VISIT.address, device)
    entered = await people.enter(PasswordAttempt(EMAIL, NEW_PASSWORD), visit)
    assert entered.device_token == ""
    await people.mail.deliver_due()
    assert "promijenjena" in people.mailer.sent[-1].subject


async def test_a_link_works_once_for_an_hour_and_only_the_newest(people: People) -> None:
    await people.first_owner()
    first = await token_for(people)
    second = await token_for(people)
    with pytest.raises(LinkNotUsable):
        await people.resets.use(first, NEW_PASSWORD)
    await people.resets.use(second, NEW_PASSWORD)
    with pytest.raises(LinkNotUsable):
        await people.resets.use(second, NEW_PASSWORD)
    third = await token_for(people)
    people.clock.advance(hours=1)
    assert not await people.resets.is_usable(third)
    with pytest.raises(LinkNotUsable):
        await people.resets.use(third, NEW_PASSWORD)


async def test_a_weak_password_leaves_the_link_usable(people: People) -> None:
    await people.first_owner()
    token = await token_for(people)
    for weak in ("short", "password1234", "ana@lipa.hr"):
        with pytest.raises(WeakPassword):
            await people.resets.use(token, weak)
    assert await people.resets.is_usable(token)


async def test_what_is_no_link_is_refused(people: People) -> None:
    await people.first_owner()
    token = await token_for(people)
    others = [mint(kind) for kind in TokenKind]
    hostile = ["", " ", "null", "None", "[]", f"['{token}']", token.upper(), token[:-1], f" {token}", f"{token}x"]
    for tried in [*others, *hostile]:
        assert not await people.resets.is_usable(tried)
        with pytest.raises(LinkNotUsable):
            await people.resets.use(tried, NEW_PASSWORD)
    assert await people.resets.is_usable(token)


async def test_of_a_hundred_uses_of_one_link_exactly_one_wins(people: People) -> None:
    await people.first_owner()
    token = await token_for(people)

    async def use(number: int) -> str:
        try:
            await people.resets.use(token, f"{NEW_PASSWORD}-{number}")
        except LinkNotUsable:
            return ""
        return f"{NEW_PASSWORD}-{number}"

    won = [password for password in await asyncio.gather(*(use(number) for number in range(100))) if password]
    assert len(won) == 1
    assert await people.enter(PasswordAttempt(EMAIL, won[0]))


async def test_unknown_people_get_no_mail_and_no_other_answer(people: People) -> None:
    credential = await people.first_owner()
    await people.resets.request("nobody@lipa.hr", VISIT, language="en")
    await people.change(credential.me.user.id, password_hash=None)
    await people.resets.request(EMAIL, VISIT, language="en")
    for _ in range(3):
        await people.mail.deliver_due()
    assert people.mailer.sent == []


async def test_a_mailbox_is_not_flooded_and_nobody_is_told(people: People) -> None:
    await people.first_owner()
    for _ in range(6):
        await people.resets.request(EMAIL, VISIT, language="en")
    for _ in range(3):
        await people.mail.deliver_due()
    assert len(people.mailer.sent) == 3


async def test_one_source_may_ask_twenty_times_an_hour(people: People) -> None:
    for number in range(20):
        await people.resets.request(f"p{number}@lipa.hr", VISIT, language="en")
    with pytest.raises(RateLimited):
        await people.resets.request("another@lipa.hr", VISIT, language="en")


@pytest.mark.parametrize("ends", [True, False])
async def test_a_new_password_ends_the_keys_of_the_account_if_asked_for(people: People, ends: bool) -> None:
    created = await people.console.create_owner(email=EMAIL, password=PASSWORD, tenant="Lipa", with_api_key=True)
    await people.resets.use(await token_for(people), NEW_PASSWORD, end_keys=ends)
    if not ends:
        assert await people.access.scope_of_bearer(created.api_key)
        return
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_bearer(created.api_key)
