"""Bad input to the real application: each is refused with a message a person can act on, and nothing of it is kept."""

import re
from collections.abc import AsyncIterator

import pytest

from ragapp.core.ids import new_id
from ragapp.ui.feedback import message_for_code
from tests.fakes.archives import make_zip
from tests.fakes.files import (
    HOSTILE_NAMES,
    binary_garbage,
    docx_zip_bomb,
    encrypted_docx,
    encrypted_pdf,
    image_only_pdf,
    make_docx,
    make_pdf,
    old_word_document,
    pdf_that_is_zip,
    zero_page_pdf,
)
from tests.fakes.real_api import MAX_UPLOAD_BYTES, RealApi, real_api

pytestmark = pytest.mark.sweep

TEXT = "The gate of the northern warehouse is opened at six in the morning by the guard on duty. "
BOUNDARY = "----bound"


@pytest.fixture
async def api(tmp_path) -> AsyncIterator[RealApi]:
    async with real_api(tmp_path / "data") as api:
        yield api


def problem(response) -> tuple[int, str]:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert body["title"]
    assert len(body["detail"]) > 10
    return response.status_code, body["code"]


def assert_said_in_both_languages(code: str) -> None:
    english, croatian = message_for_code(code, "en"), message_for_code(code, "hr")
    assert english != croatian, f"no Croatian words for {code}"


REFUSED_FILES = {
    "empty": (b"", "empty.txt", "", 422, "empty_file"),
    "only a name": (b"", "empty.pdf", "application/pdf", 422, "empty_file"),
    "over the limit": (b"a" * (MAX_UPLOAD_BYTES + 1), "large.txt", "", 413, "file_too_large"),
    "PDF that is an archive": (pdf_that_is_zip(), "report.pdf", "application/pdf", 415, "file_type_mismatch"),
    "text that is a PDF": (make_pdf([TEXT]), "report.txt", "text/plain", 415, "file_type_mismatch"),
    "PDF that is text": (TEXT.encode(), "report.pdf", "application/pdf", 415, "file_type_mismatch"),
    "program": (b"MZ" + binary_garbage(), "setup.exe", "", 415, "unsupported_file_type"),
    "picture under another name": (b"\x89PNG\r\n\x1a\n" + binary_garbage(), "scan.jpg", "", 415, "file_type_mismatch"),
    "no extension and no text": (binary_garbage(), "README", "", 415, "unsupported_file_type"),
    "no text in any encoding": (binary_garbage(), "data.txt", "", 415, "file_type_mismatch"),
    "name of nothing": (TEXT.encode(), "..", "", 422, "invalid_file_name"),
}


async def test_files_that_are_refused_leave_nothing_behind(api):
    before = api.stored()
    for name, (content, filename, content_type, status, code) in REFUSED_FILES.items():
        response = await api.upload(content, filename, content_type)
        assert problem(response) == (status, code), (name, response.text)
        assert_said_in_both_languages(code)
        assert api.stored() == before, name


FAILING_FILES = {
    "PDF without pages": (zero_page_pdf(), "none.pdf", {"no_text_found", "parse_failed"}),
    "encrypted PDF": (encrypted_pdf(), "secret.pdf", {"encrypted_file"}),
    "scan": (image_only_pdf(), "scan.pdf", {"no_text_found"}),
    "torn picture": (b"\x89PNG\r\n\x1a\n" + binary_garbage(), "scan.png", {"parse_failed"}),
    "archive of nothing readable": (make_zip({"setup.exe": b"MZ"}), "setup.zip", {"empty_archive"}),
    "torn PDF": (make_pdf([TEXT])[:300], "torn.pdf", {"parse_failed"}),
    "archive bomb": (docx_zip_bomb(), "bomb.docx", {"document_too_complex"}),
    "torn Word document": (make_docx([TEXT])[:-200], "torn.docx", {"parse_failed"}),
    "Word document under a password": (encrypted_docx(), "secret.docx", {"encrypted_file"}),
}


async def test_files_that_cannot_be_read_are_refused_or_fail_with_their_reason(api):
    for name, (content, filename, codes) in FAILING_FILES.items():
        response = await api.upload(content, filename)
        if response.status_code == 202:
            end = await api.finished(response.json()["task_id"])
            document = (await api.client.get(f"/api/v1/documents/{response.json()['document_id']}")).json()
            assert (document["status"], document["chunk_count"]) == ("failed", 0), name
            assert document["error"] == end["error"]
            code, message = document["error"]["code"], document["error"]["message"]
            assert len(message) > 20
            assert (await api.client.delete(f"/api/v1/documents/{document['id']}")).status_code == 204
        else:
            _, code = problem(response)
        assert code in codes, (name, code)
        assert_said_in_both_languages(code)
    found = (await api.client.post("/api/v1/search", json={"text": "gate of the warehouse"})).json()
    assert found["passages"] == []
    counts = api.stored()
    assert (counts["chunks"], counts["chunk_vectors"]) == (0, 0)


async def test_an_old_word_document_is_refused(api):
    assert problem(await api.upload(old_word_document(), "letter.doc")) == (415, "unsupported_file_type")


async def test_hostile_names_are_labels_and_never_paths(api, tmp_path):
    """The name is cleaned or refused; only the blob folder gains files."""
    for number, name in enumerate([*HOSTILE_NAMES, "../../../tmp/x.txt", "ugo\u202etxt.pdf.txt", "a\x00b.txt"]):
        response = await api.client.post(
            "/api/v1/documents",
            content=form(name, f"{number} {TEXT}".encode()),
            headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )
        assert response.status_code in (202, 415, 422), (name, response.text)
        if response.status_code == 202:
            document = (await api.client.get(f"/api/v1/documents/{response.json()['document_id']}")).json()
            shown = document["filename"] + document["title"]
            assert not set(shown) & set("/\\\x00\u202e\u200f\n\t"), shown
            assert len(document["filename"]) <= 255
            await api.finished(response.json()["task_id"])
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    assert {path.name for path in (tmp_path / "data").iterdir() if path.is_dir()} == {"blobs"}
    stored = [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
    assert stored
    assert all(re.fullmatch("[0-9a-f]+", path.name) for path in stored)


def form(filename: str, content: bytes, field: str = "file") -> bytes:
    name = filename.replace('"', "%22").replace("\n", "%0A").replace("\r", "%0D")
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


async def test_text_in_broken_utf_8_is_read_or_refused_but_never_breaks(api):
    for number, content in enumerate((b"\xff\xfe\x00", b"caf\xe9 \xc3\x28 " + TEXT.encode(), b"\x80\x81 \xed\xa0\x80")):
        response = await api.upload(content, f"broken{number}.txt")
        assert response.status_code in (202, 415, 422), response.text
        if response.status_code == 202:
            assert (await api.finished(response.json()["task_id"]))["status"] in ("completed", "failed")


MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
MALFORMED = {
    "cut off": (form("a.txt", TEXT.encode())[:-8], MULTIPART, 422, "invalid_input"),
    "no part named file": (form("a.txt", TEXT.encode(), "attachment"), MULTIPART, 422, "invalid_input"),
    "no boundary": (form("a.txt", TEXT.encode()), "multipart/form-data", 422, "invalid_input"),
    "another boundary": (form("a.txt", TEXT.encode()), "multipart/form-data; boundary=x", 422, "invalid_input"),
    "garbage": (binary_garbage(), MULTIPART, 422, "invalid_input"),
    "nothing": (b"", MULTIPART, 422, "invalid_input"),
    "JSON": (b'{"file": "a.txt"}', "application/json", 415, "unsupported_media_type"),
    "bare bytes": (TEXT.encode(), "text/plain", 415, "unsupported_media_type"),
}


async def test_malformed_uploads_leave_nothing_behind(api):
    before = api.stored()
    for name, (body, content_type, status, code) in MALFORMED.items():
        response = await api.client.post("/api/v1/documents", content=body, headers={"Content-Type": content_type})
        assert problem(response) == (status, code), (name, response.text)
        assert api.stored() == before, name


QUESTIONS = {
    "empty": ({"text": ""}, 422, "empty_question"),
    "blank": ({"text": " \n\t "}, 422, "empty_question"),
    "100 kB": ({"text": "why " * 25_000}, 422, "question_too_long"),
    "unknown field": ({"text": "why?", "tenant_id": "x"}, 422, "invalid_input"),
    "wrong type": ({"text": 5}, 422, "invalid_input"),
    "no text": ({}, 422, "invalid_input"),
    "NUL": ({"text": "why\x00?"}, 422, "invalid_input"),
    "unknown language": ({"text": "why?", "language": "de"}, 422, "invalid_input"),
    "too many": ({"text": "why?", "max_results": 51}, 422, "invalid_input"),
    "none": ({"text": "why?", "max_results": 0}, 422, "invalid_input"),
    "unknown document": ({"text": "why?", "document_ids": [new_id()]}, 404, "not_found"),
    "unknown knowledge base": ({"text": "why?", "knowledge_base_ids": [new_id()]}, 404, "not_found"),
    "an id that cannot be": ({"text": "why?", "document_ids": ["../../etc"]}, 404, "not_found"),
}


@pytest.mark.parametrize("path", ["/api/v1/search", "/api/v1/query", "/api/v1/query/stream"])
async def test_bad_questions_are_refused_before_anything_is_stored_or_streamed(api, path):
    chat = (await api.client.post("/api/v1/chats", json={})).json()["id"]
    before = api.stored()
    for name, (body, status, code) in QUESTIONS.items():
        for extra in ({}, {"chat_id": chat}) if path != "/api/v1/search" else ({},):
            response = await api.client.post(path, json={**body, **extra})
            assert problem(response) == (status, code), (name, response.text)
            assert api.stored() == before, name
        if code != "invalid_input":
            assert_said_in_both_languages(code)


BODIES = {
    "not JSON": (b"{", "application/json", 422),
    "broken UTF-8": (b'{"text": "\xff\xfe"}', "application/json", 422),
    "lone surrogate": (b'{"text": "\\ud800"}', "application/json", 422),
    "a form": (b"text=why", "application/x-www-form-urlencoded", 415),
    "deep": (b"[" * 100_000, "application/json", 422),
    "huge": (b'{"text": "' + b"a" * 1_100_000 + b'"}', "application/json", 413),
}


async def test_bodies_that_are_no_json_are_refused(api):
    for name, (body, content_type, status) in BODIES.items():
        response = await api.client.post("/api/v1/search", content=body, headers={"Content-Type": content_type})
        assert problem(response)[0] == status, (name, response.text)


async def test_wrong_credentials_all_get_one_answer(api):
    answers = set()
    for value in ("Bearer x", "Bearer rgk_" + "x" * 43, "Bearer rgs_" + "x" * 43, "Basic YTpi", "Bearer ", "Bearer š"):
        response = await api.client.get("/api/v1/me", headers={"Authorization": value.encode()})
        assert problem(response) == (401, "not_authenticated"), value
        answers.add(response.content)
    assert len(answers) == 1
    assert_said_in_both_languages("not_authenticated")
