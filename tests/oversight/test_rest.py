"""Limits, flags, usage and the audit log as programs meet them."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import update
from sqlmodel import col

from ragapp.api.app import build_api
from ragapp.models import Tenant, User
from ragapp.services.registry import install, uninstall
from tests.fakes.accounts import PLATFORM, add_tenant
from tests.fakes.wired import wired_application
from tests.oversight.doors import add_key, add_session

QUESTION = {"text": "What does the keeper write down?"}


@pytest.fixture
async def desk(database_url, clock, tmp_path) -> AsyncIterator[SimpleNamespace]:
    async with wired_application(database_url, clock, tmp_path / "data") as wired:
        household = await add_tenant(wired.store)
        install(wired.services)
        transport = ASGITransport(build_api())
        async with AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
            key = await add_key(wired.store, household.owner)
            client.headers["Authorization"] = f"Bearer {key}"
            yield SimpleNamespace(wired=wired, household=household, client=client, clock=clock)
        uninstall()


async def set_limits(desk, **limits):
    async with desk.wired.store.begin_platform(PLATFORM) as tx:
        mine = col(Tenant.id) == desk.household.tenant_id
        await tx._session.exec(update(Tenant).where(mine).values(limits=limits))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/query", QUESTION),
        ("/api/v1/query/stream", QUESTION),
        ("/v1/chat/completions", {"model": "ragapp", "messages": [{"role": "user", "content": QUESTION["text"]}]}),
    ],
)
async def test_a_question_counts_once_through_every_edge(desk, path, body):
    await set_limits(desk, queries_per_hour=2)
    for left in ("1", "0"):
        answer = await desk.client.post(path, json=body)
        assert answer.status_code == 200
        assert (answer.headers["RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("2", left)
    refused = await desk.client.post(path, json=body)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"] == "3600"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert "2 questions" in refused.text


async def test_what_has_no_limit_says_nothing_about_one(desk):
    desk.wired.services.limits._bursts = type(desk.wired.services.limits._bursts)()
    answer = await desk.client.post("/api/v1/query", json=QUESTION)
    assert "RateLimit-Limit" not in answer.headers


async def test_me_says_what_holds(desk):
    await set_limits(desk, queries_per_hour=50)
    me = (await desk.client.get("/api/v1/me")).json()
    assert me["limits"] == {"queries_per_hour": 50}
    assert me["flags"]["document_upload"] is True
    assert me["flags"]["debug_mode"] is False


async def test_programs_are_shut_out_and_people_are_not(desk):
    session = await add_session(desk.wired.store, desk.clock, desk.household.owner)
    assert (await desk.client.patch("/api/v1/flags", json={"flags": {"api_access": False}})).status_code == 200
    refused = await desk.client.get("/api/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "feature_disabled")
    del desk.client.headers["Authorization"]
    desk.client.cookies.set("ragapp_session", session)
    assert (await desk.client.get("/api/v1/me")).status_code == 200


async def test_words_alone_answer_while_advanced_search_is_off(desk):
    await desk.client.patch("/api/v1/flags", json={"flags": {"advanced_rag": False}})
    found = await desk.client.post("/api/v1/search", json=QUESTION)
    assert found.status_code == 200
    assert "embed" not in str(found.json()["timings_ms"])
    only_vectors = await desk.client.post("/api/v1/search", json={**QUESTION, "use_lexical": False})
    assert only_vectors.json()["code"] == "feature_disabled"


async def test_usage_and_the_audit_log_are_read_and_exported(desk):
    await desk.client.post("/api/v1/query", json=QUESTION)
    await desk.client.patch("/api/v1/flags", json={"flags": {"debug_mode": True}})
    today = desk.clock.now().date().isoformat()
    span = {"since": today, "until": today}
    assert (await desk.client.get("/api/v1/usage", params=span)).json()["totals"]["questions"] == 1
    [person] = (await desk.client.get("/api/v1/usage/people", params=span)).json()["items"]
    assert (person["name"], person["amount"]) == ("Owner of acme", 1)
    exported = await desk.client.get("/api/v1/usage/export", params=span)
    assert exported.headers["content-disposition"] == 'attachment; filename="usage.csv"'
    assert f"{today},questions" in exported.text
    [event] = (await desk.client.get("/api/v1/audit", params={"action": "flag.changed"})).json()["items"]
    assert event["target_id"] == "debug_mode"
    lines = (await desk.client.get("/api/v1/audit/export", params={"format": "jsonl"})).text.splitlines()
    assert len(lines) == 2
    chain = (await desk.client.get("/api/v1/audit/verification")).json()
    kept = {"checkpoint": chain["checkpoint"]}
    assert (chain["event_count"], chain["broken_at"]) == (2, None)
    assert (await desk.client.get("/api/v1/audit/verification", params=kept)).json()["matches"] is True


async def test_a_question_without_an_answer_is_told_once_and_settled(desk):
    asked = await desk.wired.services.runs.ask(desk.household.owner, chat_id=None, text="Who painted the ceiling?")
    async for _ in desk.wired.services.runs.follow(desk.household.owner, asked.run_id, min_interval_s=0):
        pass
    for _ in range(2):
        told = await desk.client.post("/api/v1/missing-reports", json={"message_id": asked.answer.id})
        assert told.status_code == 204
    [report] = (await desk.client.get("/api/v1/missing-reports")).json()["items"]
    assert (report["question"], report["reported_by"]) == ("Who painted the ceiling?", "Owner of acme")
    settled = await desk.client.post(f"/api/v1/missing-reports/{report['id']}/resolve")
    assert settled.json()["resolved_by"] == "Owner of acme"
    assert (await desk.client.get("/api/v1/missing-reports")).json()["items"] == []
    assert len((await desk.client.get("/api/v1/missing-reports", params={"all": True})).json()["items"]) == 1


async def test_only_operators_decide_for_all_and_see_the_service(desk):
    for path in ("/api/v1/platform/flags", "/api/v1/platform/health", "/api/v1/platform/usage"):
        assert (await desk.client.get(path)).status_code == 403
    async with desk.wired.store.begin_platform(PLATFORM) as tx:
        await tx._session.exec(update(User).values(is_operator=True))
    decided = {"flag": "debug_mode", "is_on": True, "is_enforced": True}
    shown = (await desk.client.patch("/api/v1/platform/flags", json=decided)).json()["items"]
    assert {"flag": "debug_mode", "is_on": True, "is_enforced": True, "is_set": True} in shown
    assert (await desk.client.get("/api/v1/me")).json()["flags"]["debug_mode"] is True
    await desk.client.post("/api/v1/query", json=QUESTION)
    span = {"since": "2026-01-01", "until": "2026-01-03"}
    [used] = (await desk.client.get("/api/v1/platform/usage", params=span)).json()["items"]
    assert used["amounts"]["questions"] == 1
    [event] = (await desk.client.get("/api/v1/platform/audit")).json()["items"]
    assert event["action"] == "flag.changed"
