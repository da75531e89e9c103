"""A connection serves one tenant after another, many at once and after failures, and never carries anything over."""

import asyncio
from contextlib import suppress

import pytest

from tests.fakes.accounts import add_tenant
from tests.fakes.rows import add_document

REQUESTS = 10_000
AT_ONCE = 250


class Failure(Exception):
    """Something that goes wrong in the middle of a transaction."""


@pytest.mark.slow
async def test_ten_thousand_interleaved_requests_see_their_own_tenant_only(store):
    households = [await add_tenant(store, f"t{number}") for number in range(20)]
    ids = {household.tenant_id: await add_document(store, household) for household in households}

    async def request(number: int) -> bool:
        household = households[number * 7 % len(households)]
        own = ids[household.tenant_id]
        if number % 50 == 0:
            with suppress(Failure):
                async with store.begin(household.owner) as tx:
                    await tx.documents.change(own, title=f"by request {number}")
                    raise Failure
        async with store.read(household.owner) as tx:
            rows, _ = await tx.documents.list_page(limit=10)
            foreign = await tx.documents.find(ids[households[(number * 7 + 1) % len(households)].tenant_id])
        return foreign is None and [row.id for row in rows] == [own] and "by request" not in rows[0].title

    for first in range(0, REQUESTS, AT_ONCE):
        assert all(await asyncio.gather(*(request(number) for number in range(first, first + AT_ONCE))))
