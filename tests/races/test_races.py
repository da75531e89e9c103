"""A hundred attempts at once from four processes, twenty rounds each: exactly one wins, on both databases.

The same within one process, a few rounds, is beside each service's own tests.
"""

import multiprocessing
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import create_engine, text

from ragapp.core.errors import IndexUnavailable
from ragapp.core.ids import UserId
from ragapp.core.scope import Role
from ragapp.services.identity.session_opening import Visit
from tests.fakes.accounts import PLATFORM, add_member, add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.wired import Wired
from tests.oversight.doors import as_owner
from tests.people.organisation import Organisation, token_in
from tests.races import attempts

pytestmark = pytest.mark.slow

WORKERS = 4
AT_ONCE = 100
ROUNDS = 20
STARTS_IN_S = 0.1
REDIS_URL = os.environ.get("RAGAPP_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")

Run = Callable[..., Counter[str]]


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert len(set(pool.map(attempts.prepare, [1.0] * WORKERS))) == WORKERS
        yield pool


@pytest.fixture
def race(workers: ProcessPoolExecutor, database_url: str, tmp_path: Path) -> Run:
    """Let the workers race; the answer counts what became of the attempts."""

    def run(kind: str, **facts: Any) -> Counter[str]:
        starts_at, folder = time.time() + STARTS_IN_S, tmp_path / "data"
        parts = [
            attempts.Race(kind, database_url, folder, facts, tuple(range(number, AT_ONCE, WORKERS)), starts_at)
            for number in range(WORKERS)
        ]
        return Counter(outcome for outcomes in workers.map(attempts.run, parts) for outcome in outcomes)

    return run


@pytest.fixture
async def organisation(wired: Wired) -> Organisation:
    return await Organisation.create(wired, wired.store._clock)


async def test_of_first_owners_exactly_one_is_made(wired: Wired, race: Run, database_url: str) -> None:
    for number in range(ROUNDS):
        token = await wired.services.setup.renew_setup_token()
        outcomes = race("first owner", round=number, token=token)
        assert outcomes == {"done": 1, "already_set_up": outcomes["already_set_up"], **_refused(outcomes)}
        assert owners_of(database_url) == 1
        empty(database_url)


async def test_page_and_console_together_make_one_first_owner(wired: Wired, race: Run, database_url: str) -> None:
    for number in range(ROUNDS):
        token = await wired.services.setup.renew_setup_token()
        outcomes = race("first owner by page or console", round=number, token=token)
        assert outcomes["done"] == 1
        assert set(outcomes) <= {"done", "later", "already_set_up", "invalid_setup_token"}
        assert owners_of(database_url) == 1
        empty(database_url)


async def test_of_uses_of_an_invitation_exactly_one_joins(organisation: Organisation, race: Run) -> None:
    for number in range(ROUNDS):
        email = f"ana{number}@example.hr"
        link = await organisation.wired.services.invitations.create(organisation.owner, email=email, role=Role.EDITOR)
        outcomes = race("invitation", tokens=[token_in(link.link)])
        assert outcomes["done"] == 1
        assert set(outcomes) <= {"done", "link_not_usable", "invalid_credentials"}
        assert await organisation.member_count() == number + 2


async def test_of_many_invited_people_as_many_join_as_fit(organisation: Organisation, race: Run) -> None:
    invitations = organisation.wired.services.invitations
    for number in range(ROUNDS):
        links = [
            await invitations.create(organisation.owner, email=f"p{number}-{each}@example.hr", role=Role.MEMBER)
            for each in range(5)
        ]
        await organisation.limit(max_members=3 * number + 4)
        outcomes = race("invitation", tokens=[token_in(link.link) for link in links])
        assert outcomes["done"] == 3
        assert await organisation.member_count() == 3 * number + 4


async def test_of_uses_of_a_reset_link_exactly_one_changes_the_password(
    wired: Wired, race: Run, clock: FixedClock
) -> None:
    await wired.services.console.create_owner(email="ana@lipa.hr", password=attempts.PASSWORD, tenant="Lipa")
    for _ in range(ROUNDS):
        clock.advance(hours=1)  # a mailbox gets three links in an hour
        await wired.services.password_resets.request("ana@lipa.hr", Visit(address="192.0.2.7"), language="hr")
        for _ in range(3):
            await wired.services.mail.deliver_due()
        link = next(mail.text for mail in reversed(wired.mailer.sent) if "reset-password" in mail.text)
        token = link.partition("token=")[2].split()[0]
        assert race("reset", token=token) == {"done": 1, "link_not_usable": AT_ONCE - 1}


async def test_the_last_owner_stays_however_many_leave_at_once(organisation: Organisation, race: Run) -> None:
    for _ in range(ROUNDS):
        household = await add_tenant(organisation.wired.store, f"t{secrets.token_hex(4)}")
        owners = [household.owner.user_id]
        owners += [(await add_member(organisation.wired.store, household, Role.OWNER)).user_id for _ in range(4)]
        outcomes = race("last owner", tenant_id=household.tenant_id, owners=owners)
        assert outcomes["done"] >= 4
        async with organisation.wired.store.read(household.owner) as tx:
            assert await tx.memberships.count_other_owners(UserId("nobody")) == 1


async def test_the_last_place_for_a_document_is_given_once(organisation: Organisation, race: Run) -> None:
    facts = {"tenant_id": organisation.tenant_id, "owners": [organisation.owner.user_id]}
    for number in range(ROUNDS):
        await organisation.limit(max_documents=number + 1)
        assert race("last document", round=number, **facts) == {"done": 1, "quota_exceeded": AT_ONCE - 1}


@pytest.mark.redis
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_last_questions_of_an_hour_are_granted_once_by_all_processes(race: Run) -> None:
    try:
        redis.Redis.from_url(REDIS_URL).ping()
    except redis.RedisError as error:
        pytest.skip(f"Redis is not reachable: {error}")
    settled = 0
    for _ in range(ROUNDS):
        key = f"test:{secrets.token_hex(8)}"
        outcomes = race("last question of the hour", redis_url=REDIS_URL, key=key, count=10)
        if IndexUnavailable.code in outcomes:
            assert outcomes["done"] <= 10
        else:
            assert outcomes == {"done": 10, "rate_limited": AT_ONCE - 10}
            settled += 1
    assert settled > ROUNDS // 2


async def test_tenants_made_at_once_queue_for_the_platforms_audit_log(
    organisation: Organisation, race: Run, database_url: str
) -> None:
    """One round: it is about the chain, which everybody has to get into."""
    claim(database_url, organisation.operator.user_id)
    outcomes = race("new tenants", round=0, owners=[organisation.operator.user_id])
    assert outcomes == {"done": AT_ONCE}
    async with organisation.wired.store.read_platform(PLATFORM) as tx:
        events = await tx.audit().list_chain(after=0, limit=2 * AT_ONCE)
    assert [event.sequence for event in events] == list(range(1, AT_ONCE + 1))


def _refused(outcomes: Counter[str]) -> dict[str, int]:
    return {code: outcomes[code] for code in ("invalid_setup_token",) if code in outcomes}


def owners_of(database_url: str) -> int:
    """Count who runs the platform, past all locks."""
    return int(_execute(database_url, "SELECT count(*) FROM users WHERE is_operator"))


def empty(database_url: str) -> None:
    """Forget the owner, as if nobody had ever come; what they made stays."""
    _execute(database_url, "DELETE FROM installation")
    _execute(database_url, "UPDATE users SET is_operator = false")


def claim(database_url: str, user_id: str) -> None:
    now = "2026-01-02 03:04:05+00:00"
    _execute(database_url, f"INSERT INTO installation (key, value, created_at) VALUES ('owner', '{user_id}', '{now}')")


def _execute(database_url: str, statement: str) -> Any:
    engine = create_engine(as_owner(database_url))
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        found = result.scalar() if result.returns_rows else None
    engine.dispose()
    return found
