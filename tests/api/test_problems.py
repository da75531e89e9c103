from types import SimpleNamespace
from typing import Any

import pytest
from httpx import AsyncClient

from ragapp.core.errors import (
    Conflict,
    DimensionMismatch,
    GeneratorUnavailable,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RagAppError,
    RateLimited,
    UnsupportedFileType,
)

SEARCH = "/api/v1/search"


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (PermissionDenied(), 403, None),
        (NotFound(), 404, None),
        (Conflict(), 409, None),
        (UnsupportedFileType(), 415, None),
        (RateLimited(retry_after_s=7), 429, "7"),
        (QuotaExceeded(), 429, "60"),
        (GeneratorUnavailable(), 503, "5"),
        (DimensionMismatch(), 500, None),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_error_becomes_a_problem_document_with_its_status(
    client: AsyncClient, rest: SimpleNamespace, error: RagAppError, status: int, retry_after: str | None
) -> None:
    rest.documents.failure = error

    answer = await client.get("/api/v1/documents/d1")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("retry-after") == retry_after
    assert {"type", "title", "status", "detail", "code"} <= answer.json().keys()
    assert answer.json()["code"] == error.code


async def test_a_surprise_is_a_500_that_tells_nothing(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.documents.failure = ZeroDivisionError("secret detail")

    answer = await client.get("/api/v1/documents/d1")

    assert answer.status_code == 500
    assert answer.json()["code"] == "defect"
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing", "/api/v1", "/api/v1/documents/d1/nothing"])
async def test_an_unknown_address_is_a_json_404(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_wrong_method_is_refused_and_names_the_right_ones(client: AsyncClient) -> None:
    answer = await client.put(SEARCH)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"text": 5}',
        b'{"text": "a", "nobody_knows": 1}',
        b'{"text": "a", "max_results": "5"}',
        b'{"text": "a", "max_results": 0}',
        b'{"text": "a", "max_results": 51}',
        b'{"text": "a", "max_results": 1e400}',
        b'{"text": "a", "max_results": NaN}',
        b'{"text": "a", "language": "de"}',
        b'{"text": ""}',
        b'{"text": " \\n\\t"}',
        b'{"text": "a\\u0000b"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\ud800", "\\udfff": 1}',
        b'{"text": "\xff\xfe"}',
        b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"text": "' + b"x" * 4001 + b'"}',
    ],
    ids=range(22),
)
async def test_a_bad_body_is_a_422(client: AsyncClient, body: bytes) -> None:
    answer = await client.post(SEARCH, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_is_wrong_is_listed_without_echoing_the_value(client: AsyncClient) -> None:
    answer = await client.post(SEARCH, json={"text": "a", "max_results": 99, "tenant_id": "hidden"})

    fields = {item["field"] for item in answer.json()["errors"]}
    assert fields == {"body.max_results", "body.tenant_id"}
    assert "hidden" not in answer.text


async def test_a_body_that_is_not_json_is_a_415(client: AsyncClient) -> None:
    answer = await client.post(SEARCH, content=b'{"text": "a"}', headers={"Content-Type": "text/plain"})

    assert answer.status_code == 415


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_json_body_over_a_megabyte_is_a_413(client: AsyncClient, *, chunked: bool) -> None:
    body = b'{"text": "' + b"x" * 1_000_001 + b'"}'

    async def parts() -> Any:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    answer = await client.post(
        SEARCH, content=parts() if chunked else body, headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("bad_id", ["%00", "a%00b", "..%2f..", "x" * 200, "%F0%9F%98%80", "a b"])
async def test_an_id_of_impossible_shape_does_not_exist(client: AsyncClient, bad_id: str) -> None:
    assert (await client.get(f"/api/v1/documents/{bad_id}")).status_code == 404


async def test_an_id_of_impossible_shape_in_a_body_does_not_exist(client: AsyncClient) -> None:
    answer = await client.post(SEARCH, json={"text": "a", "document_ids": ["a\u0000"]})

    assert answer.status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=", "cursor=%00", "cursor=a%20b", "q=%00"])
async def test_bad_paging_is_a_422(client: AsyncClient, query: str) -> None:
    assert (await client.get(f"/api/v1/documents?{query}")).status_code == 422
