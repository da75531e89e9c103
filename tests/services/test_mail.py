import pytest
from sqlalchemy import text

from ragapp.core.scope import Origin, PlatformScope
from ragapp.services.mail_texts import _TEXTS, MailKind, compose
from ragapp.store.store import Store
from tests.fakes.clock import FixedClock
from tests.fakes.identity import People

POSTMAN = PlatformScope(Origin.TASK)
LINK = "https://docs.example.hr/x?token=secret-token"
PARAMS = {"organisation": "Lipa", "inviter": "Ana", "link": LINK, "email": "new@lipa.hr"}


@pytest.fixture
def people(store: Store, clock: FixedClock) -> People:
    return People(store, clock)


async def queue(people: People) -> None:
    async with people.store.begin_platform(POSTMAN) as tx:
        await people.mail.queue(tx, MailKind.INVITATION, "ivo@lipa.hr", "hr", PARAMS)


async def rows(people: People) -> list[tuple[str, str, int]]:
    async with people.store.read_platform(POSTMAN) as tx:
        found = await tx._session.exec(text("SELECT status, payload, attempts FROM outbox_mails"))  # type: ignore[call-overload]
        return [tuple(row) for row in found]


async def test_a_message_leaves_once_and_what_it_said_is_kept_no_longer(people: People) -> None:
    await queue(people)
    ((status, payload, _),) = await rows(people)
    assert status == "queued"
    assert "secret-token" not in payload and "ivo" not in payload
    assert await people.mail.deliver_due() == 1
    assert await people.mail.deliver_due() == 0
    assert people.mailer.link_for("ivo@lipa.hr") == LINK
    assert await rows(people) == [("sent", "", 1)]


async def test_no_commit_no_message(people: People) -> None:
    with pytest.raises(RuntimeError):
        async with people.store.begin_platform(POSTMAN) as tx:
            await people.mail.queue(tx, MailKind.INVITATION, "ivo@lipa.hr", "hr", PARAMS)
            raise RuntimeError
    assert await rows(people) == []


async def test_while_the_server_is_down_it_is_tried_again_with_growing_pauses(people: People) -> None:
    await queue(people)
    people.mailer.is_down = True
    pauses, waited = [], 0
    for _ in range(20):
        before = (await rows(people))[0][2]
        await people.mail.deliver_due()
        while (await rows(people))[0][2] == before and (await rows(people))[0][0] == "queued" and waited < 100_000:
            people.clock.advance(seconds=30)
            waited += 30
            await people.mail.deliver_due()
        pauses.append(waited)
        if len(pauses) == 3:
            break
    people.mailer.is_down = False
    people.clock.advance(hours=6)
    assert await people.mail.deliver_due() == 1
    assert pauses == sorted(pauses)


async def test_a_message_that_never_arrives_is_given_up(people: People) -> None:
    await queue(people)
    people.mailer.is_down = True
    for _ in range(30):
        await people.mail.deliver_due()
        people.clock.advance(hours=6)
    assert await rows(people) == [("failed", "", 12)]


async def test_a_message_nobody_can_read_does_not_hold_up_the_others(people: People) -> None:
    await queue(people)
    async with people.store.begin_platform(POSTMAN) as tx:
        await tx._session.exec(text("UPDATE outbox_mails SET payload = 'broken'"))  # type: ignore[call-overload]
    await queue(people)
    assert await people.mail.deliver_due() == 1
    assert sorted(status for status, _, _ in await rows(people)) == ["failed", "sent"]


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("language", ["en", "hr"])
def test_every_message_says_the_same_in_text_and_html(kind: MailKind, language: str) -> None:
    mail = compose(kind, language, "ivo@lipa.hr", PARAMS)
    assert "{" not in mail.subject + mail.text + mail.html
    assert (LINK in mail.text) == (LINK in mail.html) == bool(_TEXTS[kind][language].action)
    assert compose(kind, "en", "a@b.hr", PARAMS).subject != compose(kind, "hr", "a@b.hr", PARAMS).subject


def test_what_people_typed_is_text_in_a_message() -> None:
    hostile = {**PARAMS, "organisation": "<img src=x onerror=alert(1)>", "inviter": "{link.__class__}"}
    mail = compose(MailKind.INVITATION, "en", "ivo@lipa.hr", hostile)
    assert "<img" not in mail.html
    assert "{link.__class__}" in mail.text
