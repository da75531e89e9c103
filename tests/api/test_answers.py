from types import SimpleNamespace

from httpx import AsyncClient
from pydantic import TypeAdapter

from ragapp.api.schemas.answers import QueryAnswer, SearchAnswer
from ragapp.core.events import AnswerFailed, AnswerSummary, Support, TurnStored
from ragapp.core.ids import ChatId, MessageId
from ragapp.services.views import QueryRequest, SearchRequest
from tests.api.fakes import DONE, PASSAGE, SOURCE


async def test_a_search_has_the_shape_of_the_contract(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/search", json={"text": "rok"})

    TypeAdapter(SearchAnswer).validate_json(answer.content, strict=True)
    assert answer.json()["language_detected"] == "hr"
    promised = "rank score document_id document_title page chunk_id text start end heading"
    assert set(promised.split()) <= answer.json()["passages"][0].keys()
    assert answer.json()["passages"][0]["text"] == PASSAGE.text


async def test_a_search_is_handed_on_with_its_defaults(client: AsyncClient, rest: SimpleNamespace) -> None:
    await client.post("/api/v1/search", json={"text": "rok"})

    assert rest.search.requests == [SearchRequest("rok", 5, "auto", None, None, True, True)]


async def test_a_search_is_handed_on_with_every_field(client: AsyncClient, rest: SimpleNamespace) -> None:
    body = {
        "text": "rok",
        "max_results": 50,
        "language": "hr",
        "knowledge_base_ids": ["kb1"],
        "document_ids": [],
        "use_vector": False,
        "use_lexical": True,
    }

    await client.post("/api/v1/search", json=body)

    assert rest.search.requests == [SearchRequest("rok", 50, "hr", ("kb1",), (), False, True)]


async def test_an_answer_has_the_shape_of_the_contract(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.answers.script = (TurnStored(ChatId("c1"), MessageId("m7")), DONE)
    body = {"text": "Koji je rok?", "chat_id": "c1", "min_confidence": 0.5}

    answer = await client.post("/api/v1/query", json=body)

    TypeAdapter(QueryAnswer).validate_json(answer.content)
    shown = answer.json()
    assert (shown["answer"], shown["answerable"], shown["confidence"]) == (DONE.text, True, 0.83)
    assert shown["unsupported"] == [{"start": 7, "end": 9, "text": "30", "kind": "number"}]
    assert (shown["generator"], shown["chat_id"], shown["message_id"]) == ("extractive", "c1", "m7")
    assert shown["response_time_s"] >= 0
    source = shown["sources"][0]
    assert (source["n"], source["quote"], source["url"]) == (1, SOURCE.quote, SOURCE.url)
    assert (source["text"], source["start"], source["end"]) == (PASSAGE.text, PASSAGE.start, PASSAGE.end)
    assert rest.answers.requests == [QueryRequest("Koji je rok?", "auto", 5, "c1", None, None, 0.5)]


async def test_not_in_the_documents_is_an_answer_not_an_error(client: AsyncClient, rest: SimpleNamespace) -> None:
    summary = AnswerSummary(False, 0.1, Support.NONE, "hr", "extractive", (SOURCE,))
    rest.answers.script = (type(DONE)("Toga nema u dokumentima.", summary),)

    answer = await client.post("/api/v1/query", json={"text": "Tko je pobijedio?"})

    assert (answer.status_code, answer.json()["answerable"]) == (200, False)


async def test_a_failed_answer_is_a_problem_with_retry_after(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.answers.script = (AnswerFailed("model_missing", "Run: ollama pull x", retry_after_s=30),)

    answer = await client.post("/api/v1/query", json={"text": "Koji je rok?"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert (answer.json()["code"], answer.json()["detail"]) == ("model_missing", "Run: ollama pull x")
