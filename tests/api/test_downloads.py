from pathlib import Path
from types import SimpleNamespace

import pytest
from httpx import AsyncClient

from ragapp.api.downloads import attachment

CODE = b"<script>alert(1)</script>"
CONTENT = "/api/v1/documents/d1/content"


@pytest.fixture
def file(rest: SimpleNamespace, tmp_path: Path) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(CODE)
    rest.documents.file_path = str(path)
    return path


async def test_the_original_is_an_attachment_that_can_never_run(client: AsyncClient, file: Path) -> None:
    answer = await client.get(CONTENT)

    assert answer.content == CODE
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ("čaša.pdf", "attachment; filename=\"_a_a.pdf\"; filename*=UTF-8''%C4%8Da%C5%A1a.pdf"),
        ('a"; x="b.pdf', "attachment; filename=\"a__ x=_b.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22b.pdf"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"aSet-Cookie: x\"; filename*=UTF-8''aSet-Cookie%3A%20x"),
        ("../../etc/passwd", "attachment; filename=\"_.._etc_passwd\"; filename*=UTF-8''_.._etc_passwd"),
        ("\u202efdp.exe", "attachment; filename=\"fdp.exe\"; filename*=UTF-8''fdp.exe"),
        ("\x00", "attachment; filename=\"document\"; filename*=UTF-8''document"),
    ],
    ids=range(7),
)
def test_any_file_name_becomes_one_safe_header_line(name: str, header: str) -> None:
    assert attachment(name) == header
    assert header.isascii()


async def test_the_text_comes_with_its_pages(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/documents/d1/text")

    assert answer.json()["text"] == "Rok je 30 dana."
    assert answer.json()["pages"] == [{"number": 1, "start": 0, "end": 15}]


async def test_a_page_picture_is_marked_where_asked(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/documents/d1/pages/3.png?highlight=10-25")

    assert (answer.headers["content-type"], answer.content) == ("image/png", b"png 3 10-25")


@pytest.mark.parametrize("query", ["highlight=25-10", "highlight=x", "highlight=-1-2", "highlight=1-"])
async def test_an_impossible_highlight_is_a_422(client: AsyncClient, query: str) -> None:
    assert (await client.get(f"/api/v1/documents/d1/pages/3.png?{query}")).status_code == 422


@pytest.mark.parametrize("page", ["0", "-1", "x", "100001", "9" * 30])
async def test_an_impossible_page_is_a_422(client: AsyncClient, page: str) -> None:
    assert (await client.get(f"/api/v1/documents/d1/pages/{page}.png")).status_code == 422
