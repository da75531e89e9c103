"""Quotas: the last place is given once, what is deleted is given back, and the totals are what a recount finds."""

import asyncio

import pytest
from sqlalchemy import update
from sqlmodel import col

from ragapp.core.errors import QuotaExceeded
from ragapp.models import Tenant
from ragapp.services.upkeep.findings import Finding
from tests.fakes.accounts import PLATFORM


async def set_limits(store, household, **limits):
    async with store.begin_platform(PLATFORM) as tx:
        mine = col(Tenant.id) == household.tenant_id
        await tx._session.exec(update(Tenant).where(mine).values(limits=limits))


async def totals_of(store, household):
    async with store.read(household.owner) as tx:
        totals = await tx.usage.totals()
    return totals.document_count, totals.storage_bytes


async def test_the_last_place_is_given_once(store, household, library):
    """A hundred uploads race for one place. With several processes and twenty rounds: `tests/races`."""
    await set_limits(store, household, max_documents=1)
    outcomes = await asyncio.gather(
        *(library.upload(household.owner, f"Text of {rival}.") for rival in range(100)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, QuotaExceeded)]
    assert len(refused) == 99
    assert (await totals_of(store, household))[0] == 1
    assert (await library.verify(household.owner)).findings.get(Finding.TOTALS_WRONG) is None


async def test_bytes_are_admitted_up_to_the_limit_and_the_refusal_says_the_numbers(store, household, library):
    await set_limits(store, household, max_storage_bytes=3000)
    await library.upload(household.owner, "a" * 2000)
    with pytest.raises(QuotaExceeded) as refused:
        await library.upload(household.owner, "b" * 2000)
    assert dict(refused.value.details) == {
        "quota": "max_storage_bytes", "used": 2000, "limit": 3000, "wanted": 2000
    }  # fmt: skip
    assert "2.0 KB" in refused.value.user_message
    assert await totals_of(store, household) == (1, 2000)
    assert await library.outside.blobs.list_keys(household.tenant_id) == [await _only_key(store, household)]


async def test_versions_count_and_deleting_gives_everything_back(store, household, library):
    document = (await library.upload(household.owner, "a" * 1000)).document
    await library.settle()
    await library.replace(household.owner, document.id, "b" * 500)
    await library.settle()
    assert await totals_of(store, household) == (1, 1500)
    await library.documents.delete(household.owner, document.id)
    assert await totals_of(store, household) == (0, 0)
    await library.settle()
    assert await totals_of(store, household) == (0, 0)


async def test_a_duplicate_takes_no_room(store, household, library):
    await set_limits(store, household, max_documents=1)
    for _ in range(2):
        await library.upload(household.owner, "The same text.")
    assert (await totals_of(store, household))[0] == 1


async def test_an_import_waits_in_a_place_of_its_own(store, household, library):
    await set_limits(store, household, max_documents=1)
    await library.imports.add(household.owner, url="https://example.com/one")
    with pytest.raises(QuotaExceeded):
        await library.imports.add(household.owner, url="https://example.com/two")


async def test_a_reconciliation_corrects_wrong_totals(store, household, library):
    await library.upload(household.owner, "a" * 1000)
    async with store.begin(household.owner) as tx:
        await tx.usage.set_totals(document_count=7, storage_bytes=1, member_count=9)
    found = (await library.verification.reconcile(household.owner)).findings
    assert found[Finding.TOTALS_WRONG] == ("document_count", "member_count", "storage_bytes")
    assert await totals_of(store, household) == (1, 1000)
    assert Finding.TOTALS_WRONG not in (await library.verify(household.owner)).findings


async def _only_key(store, household):
    async with store.read(household.owner) as tx:
        [(_, key)] = await tx.versions.list_every_blob()
    return key
