from types import SimpleNamespace

import pytest
from httpx import AsyncClient
from starlette.types import ASGIApp, Message

from ragapp.api.app import build_api
from tests.api.asgi import http_scope
from tests.fakes.services import COOKIE, PUBLIC_URL

OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in build_api().openapi()["paths"].items()
    for method, operation in methods.items()
]
OPEN = {"/api/v1/auth/token", "/api/v1/health", "/api/v1/health/live", "/api/v1/health/ready"}


def test_only_sign_in_and_health_are_open() -> None:
    assert {path for _, path, operation in OPERATIONS if "security" not in operation} == OPEN


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method, path, operation in OPERATIONS if "security" in operation],
)
async def test_nothing_of_an_anonymous_body_is_read(
    rest: SimpleNamespace, rest_app: ASGIApp, method: str, path: str
) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was touched before the caller was known")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"1000")]
    await rest_app(http_scope(method, path.replace("{page}", "1"), headers), receive, send)

    assert sent[0]["status"] == 401
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic api-owner", "api-owner", "Bearer session-owner"]
)
async def test_a_wrong_authorization_is_a_401_and_never_falls_back_to_the_cookie(
    anonymous: AsyncClient, authorization: str
) -> None:
    anonymous.cookies.set(COOKIE, "session-owner")

    answer = await anonymous.get("/api/v1/me", headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_bearer_credential_names_the_caller(anonymous: AsyncClient, scheme: str) -> None:
    answer = await anonymous.get("/api/v1/me", headers={"Authorization": f"{scheme} api-editor"})

    assert answer.status_code == 200
    assert answer.json()["role"] == "editor"
    assert "documents.write" in answer.json()["permissions"]


async def test_the_session_cookie_reads_without_an_origin(anonymous: AsyncClient) -> None:
    anonymous.cookies.set(COOKIE, "session-member")

    assert (await anonymous.get("/api/v1/me")).json()["role"] == "member"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": PUBLIC_URL}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
    ],
    ids=str,
)
async def test_a_cookie_changes_things_only_from_a_page_of_this_site(
    anonymous: AsyncClient, headers: dict[str, str], status: int
) -> None:
    anonymous.cookies.set(COOKIE, "session-owner")

    assert (await anonymous.post("/api/v1/chats", json={}, headers=headers)).status_code == status


async def test_a_bearer_credential_needs_no_origin(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/chats", json={}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 201


async def test_a_password_buys_an_access_token(anonymous: AsyncClient) -> None:
    login = {"email": "ana@example.hr", "password": "right password"}

    answer = await anonymous.post("/api/v1/auth/token", json=login)

    assert answer.status_code == 200
    assert answer.json() == {
        "access_token": "at-1",
        "token_type": "bearer",
        "expires_in_s": 3600,
        "tenant": {"id": "t1", "slug": "t1", "name": "Tenant t1"},
        "user": {"id": "u1", "email": "u1@example.hr", "name": "Name of u1", "role": "owner"},
    }


async def test_a_wrong_password_is_a_401(anonymous: AsyncClient) -> None:
    login = {"email": "ana@example.hr", "password": "wrong"}

    assert (await anonymous.post("/api/v1/auth/token", json=login)).status_code == 401
