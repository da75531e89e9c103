"""Documents, chats, knowledge bases, tasks, health: parsed, handed on, rendered."""

from types import SimpleNamespace
from typing import Any

import pytest
from httpx import AsyncClient
from pydantic import TypeAdapter
from starlette.types import ASGIApp

from ragapp.api.schemas.chats import Message
from ragapp.api.schemas.common import ItemPage
from ragapp.services.registry import uninstall
from tests.api.fakes import SOURCE


async def test_a_document_has_the_shape_of_the_contract(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/documents/d1")

    assert answer.json() == {
        "id": "d1",
        "title": "Pravilnik",
        "filename": "pravilnik.pdf",
        "content_type": "application/pdf",
        "size_bytes": 1234,
        "status": "queued",
        "stage": "queued",
        "progress": 0,
        "language": "hr",
        "page_count": None,
        "chunk_count": 0,
        "version": 1,
        "error": None,
        "knowledge_base_id": "kb1",
        "created_at": "2026-05-04T10:30:00Z",
        "processed_at": None,
        "created_by": "Ana",
        "source_url": "",
        "folder": "",
        "tags": [],
        "notes": [{"code": "pages_recognised", "count": 2}],
        "attached_to": "d0",
    }


async def test_documents_are_listed_with_filters(client: AsyncClient, rest: SimpleNamespace) -> None:
    params = {"limit": 7, "cursor": "abc", "status": "ready", "knowledge_base_id": "kb1", "q": "ž"}
    params |= {"folder": "Ugovori/2026", "tag": "žurno"}

    answer = await client.get("/api/v1/documents", params=params)

    assert ([item["id"] for item in answer.json()["items"]], answer.json()["next_cursor"]) == (["d1"], "next")
    assert rest.documents.listed == {
        "limit": 7,
        "cursor": "abc",
        "status": "ready",
        "knowledge_base_id": "kb1",
        "folder": "Ugovori/2026",
        "tag": "žurno",
        "query": "ž",
    }


async def test_a_document_can_be_renamed_retried_and_deleted(client: AsyncClient) -> None:
    renamed = await client.patch("/api/v1/documents/d1", json={"title": "  Novi naslov "})
    retried = await client.post("/api/v1/documents/d1/retry")
    deleted = await client.delete("/api/v1/documents/d1")

    assert (renamed.status_code, renamed.json()["title"]) == (200, "Novi naslov")
    assert (retried.status_code, retried.json()["task_id"]) == (202, "t1")
    assert (deleted.status_code, deleted.content) == (204, b"")


async def test_a_task_has_the_shape_of_the_contract(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/tasks/t1")

    assert answer.json() == {
        "id": "t1",
        "kind": "ingest",
        "status": "running",
        "stage": "parsing",
        "progress": 10,
        "message": "",
        "error": None,
        "attempts": 1,
        "created_at": "2026-05-04T10:30:00Z",
        "finished_at": None,
        "document_id": "d1",
    }
    assert (await client.post("/api/v1/tasks/t1/cancel")).status_code == 202


async def test_chats_are_created_listed_renamed_and_deleted(client: AsyncClient, rest: SimpleNamespace) -> None:
    created = await client.post("/api/v1/chats", json={"title": "Novi"})
    listed = await client.get("/api/v1/chats?scope=all&q=rok")
    renamed = await client.patch("/api/v1/chats/c1", json={"title": "Drugi"})
    deleted = await client.delete("/api/v1/chats/c1")

    assert (created.status_code, created.json()["title"]) == (201, "Novi")
    assert [chat["id"] for chat in listed.json()["items"]] == ["c1"]
    assert rest.chats.listed == {"limit": 50, "cursor": None, "query": "rok", "which": "all"}
    assert renamed.json()["title"] == "Drugi"
    assert deleted.status_code == 204


async def test_messages_come_with_their_sources(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/chats/c1/messages?limit=10&cursor=m9")

    TypeAdapter(ItemPage[Message]).validate_json(answer.content)
    message = answer.json()["items"][0]
    assert (message["text"], message["duration_s"], answer.json()["next_cursor"]) == ("Rok [1].", 1.5, "m0")
    assert message["sources"][0]["url"] == SOURCE.url


async def test_feedback_is_handed_on(client: AsyncClient, rest: SimpleNamespace) -> None:
    answer = await client.post("/api/v1/messages/m1/feedback", json={"rating": "down", "comment": "Krivo."})

    assert answer.status_code == 204
    assert rest.chats.feedback == [("m1", "down", "Krivo.")]


async def test_knowledge_bases_are_created_listed_changed_and_deleted(client: AsyncClient) -> None:
    created = await client.post("/api/v1/knowledge-bases", json={"name": "Pravilnici"})
    listed = await client.get("/api/v1/knowledge-bases")
    changed = await client.patch("/api/v1/knowledge-bases/kb1", json={"description": "Sve"})
    deleted = await client.delete("/api/v1/knowledge-bases/kb1")

    assert (created.status_code, created.json()["name"]) == (201, "Pravilnici")
    assert [base["id"] for base in listed.json()["items"]] == ["kb1"]
    assert (changed.json()["name"], changed.json()["description"]) == ("Opće", "Sve")
    assert deleted.status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "documents/d1", {"title": " "}),
        ("PATCH", "documents/d1", {"title": "x" * 301}),
        ("PATCH", "documents/d1", {}),
        ("PATCH", "chats/c1", {"title": ""}),
        ("POST", "chats", {"title": 1}),
        ("POST", "knowledge-bases", {"name": ""}),
        ("POST", "messages/m1/feedback", {"rating": "sideways"}),
        ("POST", "query", {"text": "a", "min_confidence": 1.5}),
        ("POST", "query", {"text": "a", "tenant_id": "t2"}),
    ],
    ids=str,
)
async def test_a_body_against_the_schema_is_a_422(
    client: AsyncClient, method: str, path: str, body: dict[str, Any]
) -> None:
    assert (await client.request(method, f"/api/v1/{path}", json=body)).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "documents/d9"),
        ("DELETE", "documents/d9"),
        ("POST", "documents/d9/retry"),
        ("GET", "documents/d9/content"),
        ("GET", "documents/d9/text"),
        ("GET", "documents/d9/pages/1.png"),
        ("GET", "tasks/t9"),
        ("POST", "tasks/t9/cancel"),
        ("GET", "chats/c9"),
        ("GET", "chats/c9/messages"),
        ("GET", "knowledge-bases/kb9"),
    ],
)
async def test_what_is_absent_is_a_404(client: AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, f"/api/v1/{path}")).status_code == 404


async def test_health_is_open_and_lists_its_checks(anonymous: AsyncClient) -> None:
    answer = await anonymous.get("/api/v1/health")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": {"status": "healthy", "detail": ""}}
    assert {"status", "version", "models_loaded", "vector_db_connected", "generator"} <= answer.json().keys()


async def test_an_unhealthy_service_says_so_with_a_503(anonymous: AsyncClient, rest: SimpleNamespace) -> None:
    rest.health.status = "unhealthy"

    answer = await anonymous.get("/api/v1/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")


async def test_ready_is_503_until_the_service_can_serve(anonymous: AsyncClient, rest: SimpleNamespace) -> None:
    rest.health.ready = False
    not_yet = await anonymous.get("/api/v1/health/ready")
    rest.health.ready = True
    now = await anonymous.get("/api/v1/health/ready")

    assert (not_yet.status_code, not_yet.headers["retry-after"]) == (503, "1")
    assert now.status_code == 200


@pytest.mark.parametrize("probe", ["health", "health/live", "health/ready"])
async def test_probes_may_ask_with_head(anonymous: AsyncClient, probe: str) -> None:
    assert (await anonymous.head(f"/api/v1/{probe}")).status_code == 200


async def test_before_start_up_the_process_is_alive_but_not_ready(anonymous: AsyncClient, rest_app: ASGIApp) -> None:
    uninstall()

    assert (await anonymous.get("/api/v1/health/live")).status_code == 200
    assert (await anonymous.get("/api/v1/health/ready")).status_code == 503
