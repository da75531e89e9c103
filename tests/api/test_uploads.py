from types import SimpleNamespace

import pytest
from httpx import AsyncClient
from starlette.types import ASGIApp

from ragapp.core.errors import FileTypeMismatch
from tests.api.asgi import OWNER, Exchange, http_scope

UPLOAD = "/api/v1/documents"
FORM = {"Content-Type": "multipart/form-data; boundary=cut"}


def part(name: str, content: bytes, more: bytes = b"") -> bytes:
    return b'--cut\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (name.encode(), more, content)


def file_part(content: bytes, filename: bytes = b"a.txt") -> bytes:
    return part("file", content, b'; filename="%b"\r\nContent-Type: text/plain' % filename)


END = b"--cut--\r\n"


@pytest.mark.parametrize("path", [UPLOAD, "/api/v1/documents/upload"])
async def test_an_upload_is_accepted_with_its_fields(client: AsyncClient, rest: SimpleNamespace, path: str) -> None:
    answer = await client.post(
        path,
        files={"file": ("čaša.pdf", b"%PDF-1.7", "application/pdf")},
        data={"title": "Čaša", "knowledge_base_id": "kb1"},
        headers={"Idempotency-Key": "k-1"},
    )

    assert answer.status_code == 202
    assert answer.json() == {"document_id": "d1", "task_id": "t1", "status": "queued", "duplicate": False}
    assert rest.documents.stored == {"čaša.pdf": b"%PDF-1.7"}
    assert rest.documents.uploads == [
        {
            "filename": "čaša.pdf",
            "declared_type": "application/pdf",
            "knowledge_base_id": "kb1",
            "title": "Čaša",
            "idempotency_key": "k-1",
        }
    ]


async def test_the_same_bytes_again_answer_200_and_duplicate(client: AsyncClient) -> None:
    files = {"file": ("a.txt", b"same")}

    first, second = [await client.post(UPLOAD, files=files) for _ in range(2)]

    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json() == {"document_id": "d1", "task_id": None, "status": "queued", "duplicate": True}


async def test_bytes_reach_the_service_while_the_rest_is_still_on_the_wire(
    rest: SimpleNamespace, rest_app: ASGIApp
) -> None:
    exchange = Exchange(rest_app, upload_scope())
    exchange.give_body(file_part(b"x" * 5000)[:-2], more=True)

    await rest.documents.first_chunk.wait()

    assert not exchange.task.done()
    exchange.give_body(b"\r\n" + END)
    await exchange.finish()
    assert exchange.status == 202
    assert rest.documents.stored == {"a.txt": b"x" * 5000}


async def test_no_piece_is_larger_than_what_arrived_at_once(client: AsyncClient, rest: SimpleNamespace) -> None:
    async def body() -> object:
        yield file_part(b"")[:-2]
        for _ in range(40):
            yield b"y" * 16384
        yield b"\r\n" + END

    answer = await client.post(UPLOAD, content=body(), headers=FORM)  # type: ignore[arg-type]

    assert answer.status_code == 202
    assert sum(rest.documents.received) == 40 * 16384
    assert max(rest.documents.received) <= 16384


async def test_bytes_that_look_like_a_boundary_belong_to_the_file(client: AsyncClient, rest: SimpleNamespace) -> None:
    tricky = b"\r\n--cu\r\n--cuttlefish\r\n-\r\n--\r\n"

    for size in (1, 2, 3, 7, 64):
        body = file_part(tricky) + END

        async def pieces(body: bytes = body, size: int = size) -> object:
            for start in range(0, len(body), size):
                yield body[start : start + size]

        await client.post(UPLOAD, content=pieces(), headers=FORM)  # type: ignore[arg-type]
        assert rest.documents.stored.pop("a.txt") == b"\r\n--cu\r\n--cuttlefish\r\n-\r\n--\r\n"


async def test_a_title_behind_the_file_still_counts(client: AsyncClient, rest: SimpleNamespace) -> None:
    renamed = []
    rename = rest.documents.rename

    async def remember(scope: object, document_id: str, title: str) -> object:
        renamed.append(title)
        return await rename(scope, document_id, title)

    rest.documents.rename = remember
    answer = await client.post(UPLOAD, content=file_part(b"x") + part("title", b"Late") + END, headers=FORM)

    assert answer.status_code == 202
    assert renamed == ["Late"]


async def test_a_connection_that_drops_stores_nothing(rest: SimpleNamespace, rest_app: ASGIApp) -> None:
    exchange = Exchange(rest_app, upload_scope())
    exchange.give_body(file_part(b"x" * 5000), more=True)
    await rest.documents.first_chunk.wait()

    exchange.hang_up()
    await exchange.finish()

    assert rest.documents.stored == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        END,
        b"no multipart at all",
        file_part(b"cut off"),
        file_part(b"x")[:-10],
        part("title", b"only a title") + END,
        part("file", b"no filename is fine") + part("nobody_knows", b"1") + END,
        file_part(b"one") + file_part(b"two") + END,
        part("title", b"a") + part("title", b"b") + file_part(b"x") + END,
        file_part(b"x") + part("knowledge_base_id", b"kb1") + END,
        part("title", b"x" * 301) + file_part(b"x") + END,
        part("title", b"x" * 100_000) + file_part(b"x") + END,
        part("title", b"\xff\xfe") + file_part(b"x") + END,
        part("title", b"a\x00b") + file_part(b"x") + END,
        b"--cut\r\nContent-Disposition: attachment\r\n\r\nx\r\n" + END,
        b"--cut\r\nX-Only: header\r\n\r\nx\r\n" + END,
        b"--cut\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\nx\r\n" + END,
        b"--cut\r\n" + b"X: y\r\n" * 1000 + b"\r\nx\r\n" + END,
    ],
    ids=range(18),
)
async def test_a_bad_form_is_a_422_and_stores_nothing(client: AsyncClient, rest: SimpleNamespace, body: bytes) -> None:
    answer = await client.post(UPLOAD, content=body, headers=FORM)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
    assert rest.documents.stored == {}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 415),
        ("application/octet-stream", 415),
        ("", 415),
        ("multipart/form-data", 422),
        ("multipart/form-data; boundary=", 422),
        ("multipart/form-data; boundary=" + "x" * 1000, 422),
        ("multipart/mixed; boundary=cut", 415),
    ],
)
async def test_only_multipart_form_data_with_a_boundary_is_read(
    client: AsyncClient, content_type: str, status: int
) -> None:
    answer = await client.post(UPLOAD, content=file_part(b"x") + END, headers={"Content-Type": content_type})

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        (b"../../etc/passwd", "../../etc/passwd"),
        (b"a\x00b.txt", "a\x00b.txt"),
        ("\u202egnp.exe".encode(), "\u202egnp.exe"),
        (b"\xff\xfe.txt", "\ufffd\ufffd.txt"),
        (b"x" * 900, "x" * 900),
        (b"", ""),
    ],
    ids=range(6),
)
async def test_a_file_name_is_handed_on_as_it_is_for_the_service_to_judge(
    client: AsyncClient, rest: SimpleNamespace, filename: bytes, expected: str
) -> None:
    answer = await client.post(UPLOAD, content=file_part(b"x", filename) + END, headers=FORM)

    assert answer.status_code == 202
    assert [about["filename"] for about in rest.documents.uploads] == [expected]


async def test_an_extended_file_name_does_not_override_the_plain_one(
    client: AsyncClient, rest: SimpleNamespace
) -> None:
    body = part("file", b"x", b"; filename=\"good.txt\"; filename*=UTF-8''evil.exe") + END

    await client.post(UPLOAD, content=body, headers=FORM)

    assert list(rest.documents.stored) == ["good.txt"]


async def test_a_declared_length_over_the_limit_is_refused_before_the_body(
    rest: SimpleNamespace, rest_app: ASGIApp
) -> None:
    exchange = Exchange(rest_app, upload_scope(content_length=b"200000000"))

    await exchange.finish()

    assert exchange.status == 413
    assert rest.documents.received == []


async def test_the_service_s_refusal_keeps_its_status(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.documents.failure = FileTypeMismatch()

    answer = await client.post(UPLOAD, files={"file": ("a.pdf", b"PK\x03\x04")})

    assert (answer.status_code, answer.json()["code"]) == (415, "file_type_mismatch")


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "ključ"])
async def test_an_impossible_idempotency_key_is_a_422(client: AsyncClient, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}

    answer = await client.post(UPLOAD, files={"file": ("a.txt", b"x")}, headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 422


def upload_scope(content_length: bytes | None = None) -> dict[str, object]:
    headers = [*OWNER, (b"content-type", FORM["Content-Type"].encode())]
    if content_length:
        headers.append((b"content-length", content_length))
    return http_scope("POST", UPLOAD, headers)
