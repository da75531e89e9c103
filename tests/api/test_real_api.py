"""A person's whole journey through REST, over the application as it is really composed."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.files import make_docx, make_pdf
from tests.fakes.real_api import EMAIL, PASSWORD, RealApi, events_of, real_api

ENGLISH = make_docx(
    [
        "# Video surveillance",
        "Recordings of the cameras at the main entrance are kept for six months and then deleted. Only the head of "
        "security may look at them, and every viewing is written into the register of viewings.",
        "# Visitors",
        "Every visitor signs the guest book at the reception desk and wears a yellow badge while inside the building.",
    ],
    title="House rules",
)
CROATIAN = make_pdf(
    [
        "# Godišnji odmor\nZaposlenik ima pravo na godišnji odmor od najmanje dvadeset i četiri radna dana.\n"
        "Zahtjev za godišnji odmor podnosi se voditelju najkasnije petnaest dana ranije.",
        "# Parkiranje\nParkirna mjesta u dvorištu namijenjena su isključivo gostima i osobama s invaliditetom.",
    ],
    title="Pravilnik o radu",
)


@pytest.fixture
async def api(tmp_path) -> AsyncIterator[RealApi]:
    async with real_api(tmp_path / "data") as api:
        yield api


async def added(api: RealApi, content: bytes, filename: str) -> str:
    response = await api.upload(content, filename)
    assert response.status_code == 202, response.text
    accepted = response.json()
    end = await api.finished(accepted["task_id"])
    assert (end["status"], end["progress"], end["document_id"]) == ("completed", 100, accepted["document_id"])
    return str(accepted["document_id"])


async def query(api: RealApi, text: str, **options: object) -> dict[str, object]:
    response = await api.client.post("/api/v1/query", json={"text": text, **options})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_the_whole_journey(api):
    client = api.client
    del client.headers["Authorization"]
    token = await client.post("/api/v1/auth/token", json={"email": EMAIL, "password": PASSWORD})
    assert token.status_code == 200
    client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
    me = (await client.get("/api/v1/me")).json()
    assert (me["user"]["email"], me["tenant"]["slug"], me["role"]) == (EMAIL, "lipa", "owner")
    english, croatian = await added(api, ENGLISH, "rules.docx"), await added(api, CROATIAN, "pravilnik.pdf")
    await duplicates_are_recognised(api, english)
    await listed_and_described(api, english, croatian)
    await found_with_exact_offsets(api, croatian)
    await answered_or_refused(api, english, croatian)
    await streamed_in_order(api)
    await kept_in_a_chat(api)
    await deleted_at_once(api, english)


async def duplicates_are_recognised(api, english):
    again = await api.upload(ENGLISH, "copy.docx")
    assert (again.status_code, again.json()["document_id"], again.json()["duplicate"]) == (200, english, True)


async def listed_and_described(api, english, croatian):
    items = (await api.client.get("/api/v1/documents")).json()["items"]
    assert {(item["id"], item["status"], item["error"]) for item in items} == {
        (english, "ready", None),
        (croatian, "ready", None),
    }
    pdf = (await api.client.get(f"/api/v1/documents/{croatian}")).json()
    assert (pdf["page_count"], pdf["language"], pdf["content_type"]) == (2, "hr", "application/pdf")
    original = await api.client.get(f"/api/v1/documents/{croatian}/content")
    assert original.content == CROATIAN
    assert original.headers["content-disposition"].startswith("attachment")
    picture = await api.client.get(f"/api/v1/documents/{croatian}/pages/2.png?highlight=0-20")
    assert picture.content.startswith(b"\x89PNG")


async def found_with_exact_offsets(api, croatian):
    found = (await api.client.post("/api/v1/search", json={"text": "tko smije parkirati u dvorištu"})).json()
    best = found["passages"][0]
    assert (best["document_id"], best["rank"]) == (croatian, 1)
    text = (await api.client.get(f"/api/v1/documents/{croatian}/text")).json()["text"]
    for passage in found["passages"]:
        if passage["document_id"] == croatian:
            assert passage["text"] == text[passage["start"] : passage["end"]]


async def answered_or_refused(api, english, croatian):
    answer = await query(api, "How long are recordings of the cameras kept?")
    assert answer["answerable"]
    assert "six months" in answer["answer"]
    assert answer["sources"][0]["document_id"] == english
    assert "six months" in answer["sources"][0]["quote"]
    odgovor = await query(api, "Koliko radnih dana traje godišnji odmor?")
    assert odgovor["answerable"]
    assert "dvadeset i četiri" in odgovor["answer"]
    assert (odgovor["language_detected"], odgovor["sources"][0]["document_id"]) == ("hr", croatian)
    for question, language in (
        ("What is the boiling point of tungsten hexafluoride?", "en"),
        ("Koji je glavni grad Mongolije i koliko ima stanovnika?", "hr"),
    ):
        refusal = await query(api, question)
        assert (refusal["answerable"], refusal["language_detected"]) == (False, language)
        assert refusal["confidence"] < 0.5


async def streamed_in_order(api):
    body = {"text": "Who may look at the recordings?"}
    response = await api.client.post("/api/v1/query/stream", json=body)
    events = events_of(response)
    names = [name for name, _ in events]
    assert names[-1] == "done"
    assert names.count("done") == 1
    assert "error" not in names
    assert names.index("status") < names.index("passages") < names.index("delta") < names.index("citation")
    done = events[-1][1]
    assert done["answer"] == "".join(data["text"] for name, data in events if name == "delta")
    cited = [data["n"] for name, data in events if name == "citation"]
    assert cited == [source["n"] for source in done["sources"]]


async def kept_in_a_chat(api):
    client = api.client
    chat = (await client.post("/api/v1/chats", json={})).json()
    answer = await query(api, "Where do visitors sign?", chat_id=chat["id"])
    messages = (await client.get(f"/api/v1/chats/{chat['id']}/messages")).json()["items"]
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert {message["status"] for message in messages} == {"complete"}
    assert (messages[1]["id"], messages[1]["text"]) == (answer["message_id"], answer["answer"])
    path = f"/api/v1/messages/{answer['message_id']}/feedback"
    assert (await client.post(path, json={"rating": "up"})).status_code == 204
    messages = (await client.get(f"/api/v1/chats/{chat['id']}/messages")).json()["items"]
    assert messages[1]["feedback"] == "up"
    named = (await client.get("/api/v1/chats", params={"q": "visitors"})).json()["items"]
    assert [item["id"] for item in named] == [chat["id"]]
    renamed = await client.patch(f"/api/v1/chats/{chat['id']}", json={"title": "Gosti"})
    assert renamed.json()["title"] == "Gosti"
    assert (await client.delete(f"/api/v1/chats/{chat['id']}")).status_code == 204
    assert (await client.get(f"/api/v1/chats/{chat['id']}")).status_code == 404


async def deleted_at_once(api, english):
    client = api.client
    assert (await client.delete(f"/api/v1/documents/{english}")).status_code == 204
    found = (await client.post("/api/v1/search", json={"text": "recordings of the cameras", "max_results": 50})).json()
    assert all(passage["document_id"] != english for passage in found["passages"])
    for rest in ("", "/text", "/content"):
        assert (await client.get(f"/api/v1/documents/{english}{rest}")).status_code == 404
    assert (await client.delete(f"/api/v1/documents/{english}")).status_code == 404
    assert not (await query(api, "How long are recordings of the cameras kept?"))["answerable"]


CREATIONS = {
    "chats": ({"title": "Leave"}, {"title": "Rules"}),
    "knowledge-bases": ({"name": "Rules"}, {"name": "Leave"}),
    "sources": ({"kind": "url", "location": "https://example.com/rules"}, {"every_s": 90_000}),
    "quality/questions": ({"text": "Who waters the plants?"}, {"text": "Who feeds the cat?"}),
    "api-keys": ({"name": "Script"}, {"name": "Program"}),
    "invitations": ({"email": "ivo@lipa.hr", "role": "member"}, {"role": "editor"}),
    "sign-in-providers": (
        {"name": "Ours", "issuer": "https://id.example.com", "client_id": "ragapp", "client_secret": "a secret"},
        {"client_secret": "another"},
    ),
}
"""A body for whatever can be created in an organisation, and what makes it another one. A new one needs an entry."""


TAKEN_ONCE = {"/api/v1/quality/questions/take-over", "/api/v1/missing-reports/{report_id}/take-over"}
"""Taking the same over again is a conflict, whatever the key."""


async def test_what_is_created_under_a_key_is_created_once(api):
    described = (await api.client.get("/api/v1/openapi.json")).json()["paths"]
    creating = {path for path, item in described.items() if "201" in item.get("post", {}).get("responses", ())}
    assert creating - {"/api/v1/tenants"} - TAKEN_ONCE == {f"/api/v1/{name}" for name in CREATIONS}
    (base,) = (await api.client.get("/api/v1/knowledge-bases")).json()["items"]
    for name, (body, change) in CREATIONS.items():
        path, headers = f"/api/v1/{name}", {"Idempotency-Key": f"a-{name}"}
        if name == "quality/questions":
            body = body | {"knowledge_base_id": base["id"]}
        first = await api.client.post(path, json=body, headers=headers)
        assert first.status_code == 201, first.text
        count = len((await api.client.get(path)).json()["items"])
        again = await api.client.post(path, json=body, headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())
        refused = await api.client.post(path, json=body | change, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
        assert len((await api.client.get(path)).json()["items"]) == count
