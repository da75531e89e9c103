from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from ragapp.api.auth_routes import router
from ragapp.api.form_posts import MAX_FORM_BYTES
from ragapp.api.local_paths import safe_path
from tests.fakes.services import COOKIE, PUBLIC_URL, installed_services

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
RIGHT = {"email": "ana@example.hr", "password": "right password"}
SET_UP = {
    "setup_token": "set-up",
    "organisation": "Grad",
    "name": "Ana",
    "email": "ana@example.hr",
    "password": "long enough",
    "language": "hr",
}


@pytest.fixture
def services() -> Iterator[SimpleNamespace]:
    with installed_services() as fakes:
        yield fakes


async def post(
    path: str, data: dict[str, str], headers: dict[str, str] = SAME_ORIGIN, *, to: str = PUBLIC_URL
) -> Response:
    app = FastAPI()
    app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url=to) as client:
        return await client.post(path, data=data, headers=headers)


def query_of(response: Response) -> dict[str, list[str]]:
    return parse_qs(urlsplit(response.headers["location"]).query)


async def test_right_password_sets_a_session_cookie_scripts_cannot_read(services: SimpleNamespace) -> None:
    response = await post("/auth/password", RIGHT)

    cookie = response.headers["set-cookie"].lower()
    assert response.status_code == 303
    assert response.headers["location"] == "/"
    assert cookie.startswith(f"{COOKIE}=session-1")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert response.headers["cache-control"] == "no-store"


async def test_sign_in_returns_to_the_page_that_asked_for_it(services: SimpleNamespace) -> None:
    response = await post("/auth/password", {**RIGHT, "next": "/documents/abc?page=7&mark=1-5"})

    assert response.headers["location"] == "/documents/abc?page=7&mark=1-5"


async def test_wrong_password_comes_back_with_a_code_and_the_address_but_no_cookie(services: SimpleNamespace) -> None:
    response = await post("/auth/password", {"email": "ana@example.hr", "password": "guess", "next": "/settings"})

    assert response.headers["location"].startswith("/sign-in?")
    assert query_of(response) == {"error": ["invalid_credentials"], "email": ["ana@example.hr"], "next": ["/settings"]}
    assert "set-cookie" not in response.headers
    assert "guess" not in response.headers["location"]


@pytest.mark.parametrize("path", ["/auth/password", "/auth/setup", "/auth/logout"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": PUBLIC_URL},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"{PUBLIC_URL}.evil.example"},
        {},
    ],
)
async def test_a_post_from_elsewhere_is_refused(services: SimpleNamespace, path: str, headers: dict[str, str]) -> None:
    services.access.sessions["kept"] = None

    response = await post(path, {**RIGHT, **SET_UP}, {**headers, "cookie": f"{COOKIE}=kept"})

    assert response.status_code == 403
    assert "set-cookie" not in response.headers
    assert list(services.access.sessions) == ["kept"]


async def test_plain_http_browsers_are_recognised_by_their_origin(services: SimpleNamespace) -> None:
    plain = {"public_url": "http://intranet:8080", "session_cookie_secure": False}
    services.settings_view = replace(services.settings_view, **plain)
    headers = {"origin": "http://intranet:8080", "host": "intranet:8080"}
    response = await post("/auth/password", RIGHT, headers, to="http://intranet:8080")

    assert response.status_code == 303
    assert (await post("/auth/password", RIGHT, headers)).status_code == 403


async def test_an_oversized_form_is_refused(services: SimpleNamespace) -> None:
    response = await post("/auth/password", {**RIGHT, "next": "x" * MAX_FORM_BYTES})

    assert response.status_code == 413


async def test_set_up_signs_the_owner_in_and_loads_samples_when_asked(services: SimpleNamespace) -> None:
    response = await post("/auth/setup", {**SET_UP, "samples": "on"})

    assert response.headers["location"] == "/"
    assert services.access.created[0]["organisation"] == "Grad"
    assert services.access.created[0]["load_samples"] is True
    assert COOKIE in response.headers["set-cookie"]


async def test_set_up_leaves_samples_out_when_not_asked(services: SimpleNamespace) -> None:
    await post("/auth/setup", SET_UP)

    assert services.access.created[0]["load_samples"] is False


async def test_refused_set_up_keeps_what_was_typed_except_the_password(services: SimpleNamespace) -> None:
    response = await post("/auth/setup", {**SET_UP, "password": "short-pw"})

    query = query_of(response)
    assert response.headers["location"].startswith("/welcome?")
    assert query["error"] == ["weak_password"]
    assert query["organisation"] == ["Grad"]
    assert query["token"] == ["set-up"]
    assert "short-pw" not in response.headers["location"]


async def test_a_wrong_set_up_token_is_not_repeated(services: SimpleNamespace) -> None:
    response = await post("/auth/setup", {**SET_UP, "setup_token": "guess"})

    assert query_of(response)["error"] == ["invalid_setup_token"]
    assert "guess" not in response.headers["location"]


async def test_sign_out_ends_the_session_and_clears_the_cookie(services: SimpleNamespace) -> None:
    services.access.sessions["session-9"] = None

    response = await post("/auth/logout", {}, {**SAME_ORIGIN, "cookie": f"{COOKIE}=session-9"})

    assert response.headers["location"] == "/sign-in"
    assert services.access.sessions == {}
    assert "max-age=0" in response.headers["set-cookie"].lower()


HOSTS = ("evil.example", "evil.example/x", "evil.example:80", "@evil.example", "docs.example.hr@evil.example")
STARTS = ("//", "///", "/\\", "\\\\", "\\/", "/\t/", "/\n/", "/\r//", "\t//", " //", "https://", "http:", "https:/\\")
ODD = (
    "",
    " ",
    "documents",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:a@b.hr",
    "file:///etc/passwd",
    "blob:https://x",
    "/\u0000",
    "/\u2028/evil.example",
    "/č",
    "/a b",
    "/a\r\nSet-Cookie: x=1",
    "/a\nLocation: https://evil.example",
    "/a%\\b",
    '/"onload="x',
    "/'x",
    "/`x`",
    "/" + "a" * 3000,
    "/auth/logout",
    "/auth",
    "/api/v1/documents",
    "/v1/models",
    "/sign-in",
    "/sign-in?next=/sign-in",
    "/welcome",
    "/_upload",
    "/_event/",
    ".",
    "..",
    "?next=//evil.example",
    "#x",
    "∕∕evil.example",
    "／／evil.example",
)
HOSTILE = ["//user@evil.example", *ODD] + [start + host for start in STARTS for host in HOSTS]


def test_there_are_a_hundred_hostile_paths() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_return_paths_lead_to_the_front_page(path: str) -> None:
    assert safe_path(path) == "/"


@pytest.mark.parametrize(
    "path", ["/", "/chat/5f", "/documents/5f?page=7&mark=10-20", "/documents?status=failed#row-1", "/settings", "/apis"]
)
def test_our_own_pages_are_kept_as_return_paths(path: str) -> None:
    assert safe_path(path) == path
