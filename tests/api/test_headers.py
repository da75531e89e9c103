import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from ragapp.api.page_policy import build_page_policy
from tests.fakes.services import PUBLIC_URL


async def page(request: Request) -> Response:
    kind = "text/javascript" if request.url.path.startswith("/assets/") else "text/html; charset=utf-8"
    return PlainTextResponse("page", media_type=kind)


@pytest.fixture
async def pages(rest: SimpleNamespace) -> AsyncIterator[AsyncClient]:
    """The pages behind the wrapper, as the framework would serve them."""
    app = Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST", "PUT"])])
    async with AsyncClient(transport=ASGITransport(add_security_headers(app)), base_url=PUBLIC_URL) as client:
        yield client


async def test_a_page_can_load_nothing_from_elsewhere_and_be_framed_by_nobody(pages: AsyncClient) -> None:
    headers = (await pages.get("/chat/abc")).headers

    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert "https:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


async def test_built_assets_are_kept_for_ever(pages: AsyncClient) -> None:
    assert "immutable" in (await pages.get("/assets/root-abc.js")).headers["cache-control"]


async def test_an_api_answer_is_never_stored_and_runs_nothing(client: AsyncClient) -> None:
    headers = (await client.get("/api/v1/me")).headers

    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
@pytest.mark.parametrize("path", ["/_upload", "/_upload/secret.pdf"])
async def test_the_framework_s_upload_folder_is_not_served(pages: AsyncClient, method: str, path: str) -> None:
    assert (await pages.request(method, path)).status_code == 404


@pytest.mark.parametrize("path", ["/_upload", "/api/v1/documents", "/v1/embeddings"])
async def test_a_body_declared_over_the_limit_never_reaches_anyone(pages: AsyncClient, path: str) -> None:
    answer = await pages.post(path, headers={"Content-Length": "200000000"})

    problem = answer.json().get("error", answer.json())  # OpenAI's clients read errors one level down
    assert (answer.status_code, problem["code"]) == (413, "file_too_large")


async def test_an_upload_within_the_limit_passes(pages: AsyncClient) -> None:
    assert (await pages.post("/_upload", content=b"x" * 1000)).status_code == 200


async def test_pages_behind_the_api_are_reached_and_unknown_api_addresses_stay_json(rest: SimpleNamespace) -> None:
    api = build_api()
    api.mount("", Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST"])]))
    transport = ASGITransport(add_security_headers(api))

    async with AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        a_page = await client.get("/documents/d1")
        nowhere = await client.get("/api/v1/nowhere")
        wrong_method = await client.put("/api/v1/search")

    assert (a_page.text, a_page.headers["cache-control"]) == ("page", "no-cache")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "POST")


async def test_a_websocket_passes_untouched() -> None:
    seen = []

    async def socket(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["type"], receive, send))

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await add_security_headers(socket)({"type": "websocket", "path": "/_event"}, receive, send)

    assert seen == [("websocket", receive, send)]


async def test_only_the_scripts_that_were_built_into_the_pages_run(tmp_path: Path) -> None:
    (tmp_path / "admin").mkdir()
    scripts = '<script>one()</script><script defer="" src="/a.js"></script><script id="x">two()</script>'
    (tmp_path / "index.html").write_text(scripts)
    (tmp_path / "admin/index.html").write_text('<script type="module" async="">import "/b.js";\n</script>')
    policy = build_page_policy(tmp_path)
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    assert sorted(allowed) == sorted(_digest(script) for script in ("one()", "two()", 'import "/b.js";\n'))
    (of_scripts,) = (part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in of_scripts
    assert "sha256" not in build_page_policy(tmp_path / "not built")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@pytest.mark.parametrize(("address", "is_told"), [("https://rag.example.hr", True), ("http://localhost:3000", False)])
async def test_browsers_are_told_to_keep_to_https_where_that_is_the_address(
    rest: SimpleNamespace, pages: AsyncClient, address: str, is_told: bool
) -> None:
    is_secure = address.startswith("https:")
    rest.settings_view = replace(rest.settings_view, public_url=address, session_cookie_secure=is_secure)
    for path in ("/", "/api/v1/me", "/assets/a.js"):
        headers = (await pages.get(path)).headers
        assert ("max-age=31536000" in headers.get("strict-transport-security", "")) is is_told
