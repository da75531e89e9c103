"""Sharing and access to knowledge bases through REST, as the contract names them."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient

from ragapp.api.app import build_api
from ragapp.services.registry import install, uninstall
from tests.tenancy.organisation import OPEN_SENTENCE, QUESTION, SECRET, Organisation, found_organisation
from tests.tenancy.twins import _add_key

OPEN_QUESTION = "When does the canteen of the institute open?"


@pytest.fixture
async def house(wired) -> Organisation:
    return await found_organisation(wired)


@pytest.fixture
async def clients(wired, clock, house) -> AsyncIterator[dict[str, AsyncClient]]:
    install(wired.services)
    transport = ASGITransport(build_api())
    clients = {}
    for name, scope in house.people.items():
        token = await _add_key(wired, clock, scope)
        headers = {"Authorization": f"Bearer {token}"}
        clients[name] = AsyncClient(transport=transport, base_url="http://localhost:3000/api/v1", headers=headers)
    yield clients
    for client in clients.values():
        await client.aclose()
    uninstall()


async def test_a_chat_is_shared_read_and_taken_back(house, clients):
    chat_id, _ = await house.converse("chosen", OPEN_QUESTION)
    mine, theirs, other = clients["chosen"], clients["other"], house.people["other"].user_id
    shares = f"/chats/{chat_id}/shares"
    assert (await theirs.get(f"/chats/{chat_id}")).status_code == 404
    answer = await mine.post(shares, json={"user_ids": [other], "permission": "write"})
    assert answer.status_code == 200
    assert answer.json() == {
        "chat_id": chat_id,
        "visibility": "private",
        "permission": "read",
        "items": [
            {"user_id": other, "name": "The member", "email": f"{other}@members.example", "permission": "write"}
        ],
        "allowed": "tenant",
    }
    assert (await mine.get(shares)).json() == answer.json()
    listed = (await theirs.get("/chats", params={"scope": "shared"})).json()["items"]
    assert [(chat["id"], chat["is_mine"], chat["may_write"], chat["owner_name"]) for chat in listed] == [
        (chat_id, False, True, "The member")
    ]
    asked = await theirs.post("/query", json={"text": OPEN_QUESTION, "chat_id": chat_id})
    assert OPEN_SENTENCE[:20] in asked.json()["answer"]
    rows = (await mine.get(f"/chats/{chat_id}/messages")).json()["items"]
    assert [row["author_name"] for row in rows] == ["", "", "The member", "The member"]
    assert (await theirs.get(shares)).status_code == 403
    assert (await mine.request("DELETE", shares, json={"user_ids": [other]})).json()["items"] == []
    assert (await theirs.get(f"/chats/{chat_id}")).status_code == 404
    assert (await mine.post(shares, json={"visibility": "tenant_shared"})).json()["visibility"] == "tenant_shared"
    assert (await theirs.get(f"/chats/{chat_id}")).json()["may_write"] is False
    assert (await mine.delete(shares)).json()["visibility"] == "private"
    assert (await theirs.get(f"/chats/{chat_id}")).status_code == 404


async def test_a_reader_is_told_that_quotes_are_withheld(house, clients):
    chat_id, _ = await house.converse("chosen", QUESTION)
    await clients["chosen"].post(f"/chats/{chat_id}/shares", json={"visibility": "tenant_shared"})
    base = f"/knowledge-bases/{house.base_id}"
    assert (await clients["other"].get(base)).json()["access"] == "everyone"
    chosen = [house.people["chosen"].user_id]
    answer = await clients["admin"].patch(base, json={"access": "members", "member_ids": chosen})
    assert (answer.json()["access"], answer.json()["member_ids"]) == ("members", chosen)
    assert (await clients["other"].get(base)).status_code == 404
    assert (await clients["editor"].patch(base, json={"access": "everyone"})).status_code == 404
    assert (await clients["chosen"].patch(base, json={"access": "everyone"})).status_code == 403
    row = (await clients["other"].get(f"/chats/{chat_id}/messages")).json()["items"][1]
    assert (row["text"], row["is_withheld"], row["sources"]) == ("", True, [])
    assert row["withheld_count"] > 0
    assert SECRET in (await clients["chosen"].get(f"/chats/{chat_id}/messages")).json()["items"][1]["text"]


async def test_what_is_refused_says_why(house, clients):
    chat_id, _ = await house.converse("chosen", OPEN_QUESTION)
    shares = f"/chats/{chat_id}/shares"
    other = house.people["other"].user_id
    both = await clients["chosen"].post(shares, json={"user_ids": [other], "visibility": "tenant_shared"})
    assert both.status_code == 422
    assert (await clients["chosen"].post(shares, json={})).status_code == 422
    await house.decide(chat_sharing="members")
    refused = await clients["chosen"].post(shares, json={"visibility": "tenant_shared"})
    assert (refused.status_code, refused.json()["code"]) == (403, "feature_disabled")
    refused = await clients["admin"].get("/oversight/chats")
    assert (refused.status_code, refused.json()["code"]) == (403, "feature_disabled")
    assert (await clients["other"].get("/oversight/chats")).json()["code"] == "permission_denied"
    await house.decide(admins_may_read_chats=True)
    assert [chat["id"] for chat in (await clients["admin"].get("/oversight/chats")).json()["items"]] == [chat_id]
    read = await clients["admin"].get(f"/oversight/chats/{chat_id}/messages")
    assert read.json()["items"][0]["text"] == OPEN_QUESTION
    assert [row["name"] for row in (await clients["chosen"].get(f"/chats/{chat_id}/readings")).json()["items"]] == [
        "The admin"
    ]
