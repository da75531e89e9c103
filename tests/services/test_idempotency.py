from dataclasses import replace

import pytest
from sqlmodel import select

from ragapp.adapters.secret_box import AesSecretBox
from ragapp.core.errors import Conflict, IdempotencyKeyReused, NameTaken
from ragapp.models import IdempotencyKey
from ragapp.services.idempotency import IdempotencyService
from tests.fakes.accounts import add_tenant


@pytest.fixture
async def household(store):
    return await add_tenant(store)


@pytest.fixture
def idempotency(store):
    return IdempotencyService(store, AesSecretBox("a secret of the installation, long enough"))


class Creation:
    """Counts how often something was made; `failure` is raised instead of the first answer."""

    def __init__(self, failure=None):
        self.count, self.failure = 0, failure

    async def __call__(self):
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.count += 1
        return {"id": f"made {self.count}", "token": "not to be read in the database"}


async def test_the_same_request_is_done_once_and_gets_one_answer(idempotency, household, store):
    create = Creation()
    first = await idempotency.once(household.owner, "k", "request", create)
    assert await idempotency.once(household.owner, "k", "request", create) == first
    assert (await idempotency.once(household.owner, "another", "request", create))["id"] == "made 2"
    assert create.count == 2


async def test_what_is_kept_of_an_answer_cannot_be_read_in_the_database(idempotency, household, store):
    await idempotency.once(household.owner, "k", "request", Creation())
    async with store.read(household.owner) as tx:
        mine = select(IdempotencyKey).where(IdempotencyKey.tenant_id == household.tenant_id)
        (row,) = (await tx.idempotency._session.exec(mine)).all()
    assert row.response
    assert "not to be read" not in str(row.response)


async def test_a_key_with_another_request_or_fewer_rights_is_refused(idempotency, household):
    create = Creation()
    await idempotency.once(household.owner, "k", "request", create)
    lesser = replace(household.owner, permissions=frozenset())
    for scope, request in ((household.owner, "another request"), (lesser, "request")):
        with pytest.raises(IdempotencyKeyReused):
            await idempotency.once(scope, "k", request, create)
    assert create.count == 1


async def test_a_key_is_free_again_after_a_refusal_but_not_after_a_death(idempotency, household):
    create = Creation(NameTaken())
    with pytest.raises(NameTaken):
        await idempotency.once(household.owner, "refused", "request", create)
    assert (await idempotency.once(household.owner, "refused", "request", create))["id"] == "made 1"
    create = Creation(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        await idempotency.once(household.owner, "dead", "request", create)
    with pytest.raises(Conflict):
        await idempotency.once(household.owner, "dead", "request", create)
    assert create.count == 0


async def test_a_key_of_another_person_is_another_key_and_after_a_day_it_is_new(idempotency, household, store, clock):
    create, stranger = Creation(), await add_tenant(store, "other")
    for scope in (household.owner, stranger.owner):
        await idempotency.once(scope, "k", "request", create)
    assert create.count == 2
    clock.advance(hours=25)
    await idempotency.once(household.owner, "k", "another request", create)
    assert create.count == 3
