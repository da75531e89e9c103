import re

import pytest
from httpx import AsyncClient


async def test_the_reference_page_needs_nothing_from_another_host(anonymous: AsyncClient) -> None:
    page = await anonymous.get("/api/v1/docs")

    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert page.status_code == 200
    assert all(link.startswith(("/api/v1/docs/", "data:")) for link in links)
    for link in links:
        if link.startswith("/"):
            asset = await anonymous.get(link)
            assert asset.status_code == 200
            assert asset.headers["content-type"].startswith(("text/javascript", "text/css"))


async def test_the_reference_page_runs_no_inline_script(anonymous: AsyncClient) -> None:
    page = await anonymous.get("/api/v1/docs")

    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert re.findall(r"<script[^>]*>([^<]+)</script>", page.text) == []


@pytest.mark.parametrize("name", ["Document", "Task", "QueryAnswer", "SearchAnswer", "Source", "Problem"])
async def test_the_openapi_document_describes_the_contract(anonymous: AsyncClient, name: str) -> None:
    document = (await anonymous.get("/api/v1/openapi.json")).json()

    assert name in document["components"]["schemas"]
