"""/metrics: for the token's holder only, numbers only."""

from dataclasses import replace

import pytest
from httpx import ASGITransport, AsyncClient

from ragapp.api.app import build_api
from ragapp.services.oversight.metrics import MetricsService
from ragapp.services.registry import install, uninstall
from tests.fakes.accounts import add_tenant
from tests.fakes.wired import wired_application
from tests.oversight.doors import add_key


@pytest.fixture
async def scrape(database_url, clock, tmp_path):
    async with wired_application(database_url, clock, tmp_path / "data") as wired:
        household = await add_tenant(wired.store, "canary")
        key = await add_key(wired.store, household.owner)

        async def scrape(*, token="", sent="", is_per_tenant=False):
            searches = wired.services.usage._searches
            metrics = MetricsService(wired.store, clock, searches, token=token, is_per_tenant=is_per_tenant)
            install(replace(wired.services, metrics=metrics))
            transport = ASGITransport(build_api())
            async with AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
                own = {"Authorization": f"Bearer {key}"}
                await client.post("/api/v1/query", json={"text": "What does the canary sing?"}, headers=own)
                await client.get(f"/api/v1/documents/{'d' * 32}", headers=own)
                return await client.get("/metrics", headers={"Authorization": f"Bearer {sent}"})

        yield scrape, household
        uninstall()


async def test_without_a_token_there_is_no_such_page(scrape):
    assert (await scrape[0](sent="anything")).status_code == 404


async def test_a_wrong_token_sees_nothing(scrape):
    assert (await scrape[0](token="the right one", sent="the wrong one")).status_code == 401


async def test_numbers_without_names_ids_or_words(scrape):
    take, household = scrape
    answer = await take(token="the right one", sent="the right one")
    assert answer.status_code == 200
    assert 'ragapp_tenants{status="active"} 1.0' in answer.text
    assert 'ragapp_used_today{metric="questions"} 1.0' in answer.text
    assert 'route="/documents/{document_id}"' in answer.text
    for secret in ("canary", household.tenant_id, household.owner.user_id, "d" * 32):
        assert secret not in answer.text


async def test_tenants_are_named_only_where_that_is_switched_on(scrape):
    answer = await scrape[0](token="t", sent="t", is_per_tenant=True)
    assert 'ragapp_tenant_used_today{metric="questions",tenant="canary"} 1.0' in answer.text
