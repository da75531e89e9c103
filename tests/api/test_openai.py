import asyncio
import json
import struct
from base64 import b64decode
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from httpx import AsyncClient, Response
from pydantic import TypeAdapter

from ragapp.api.schemas.openai import ChatCompletionAnswer, EmbeddingList, ModelList, OpenAiFailure
from ragapp.core.errors import EmbedderUnavailable, InvariantBroken, NotFound, PermissionDenied, RateLimited
from ragapp.core.events import AnswerFailed, PassagesFound, TextDelta
from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.scope import Role
from ragapp.services.retrieval.embeddings import EmbeddingService
from ragapp.services.retrieval.encoding import SharedEncoder
from ragapp.services.views import QueryRequest
from tests.api.asgi import Exchange, http_scope
from tests.api.fakes import DONE, PASSAGE, SOURCE
from tests.fakes.embedder import HashEmbedder
from tests.fakes.limits import no_limits
from tests.fakes.services import scope_for

CHAT = "/v1/chat/completions"
QUESTION = {"role": "user", "content": "Koji je rok?"}
TEXTS = (PassagesFound((PASSAGE,), "hr"), TextDelta("Rok je "), TextDelta("30 dana [1]."), DONE)
FAILED = AnswerFailed("model_missing", "Run: ollama pull x", retry_after_s=30)


@pytest.fixture(autouse=True)
def writing_model(rest: SimpleNamespace) -> None:
    """The operator named a model for writing."""
    rest.settings_view = replace(rest.settings_view, generator_model="hf.co/some/model:q4")


def chunks_of(response: Response) -> list[Any]:
    """The data of every event; `[DONE]` stays text."""
    data = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    return [each if each == "[DONE]" else json.loads(each) for each in data]


def error_of(response: Response) -> dict[str, Any]:
    return TypeAdapter(OpenAiFailure).validate_json(response.content, strict=True).error.model_dump()


async def test_a_completion_has_openais_shape_and_the_citations(client: AsyncClient) -> None:
    response = await client.post(CHAT, json={"model": "ragapp", "messages": [QUESTION]})

    answer = TypeAdapter(ChatCompletionAnswer).validate_json(response.content)
    choice = answer.choices[0]
    assert (choice.message.content, choice.message.role, choice.finish_reason) == (DONE.text, "assistant", "stop")
    assert [(one.start, one.text, one.kind) for one in answer.unsupported] == [(7, "30", "number")]
    assert (answer.id[:9], answer.model, answer.answerable, answer.confidence) == ("chatcmpl-", "ragapp", True, 0.83)
    assert [(source.n, source.quote, source.url) for source in answer.citations] == [(1, SOURCE.quote, SOURCE.url)]
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_the_last_message_of_the_user_is_asked_and_the_turns_before_are_history(
    client: AsyncClient, rest: SimpleNamespace
) -> None:
    messages = [
        {"role": "system", "content": "Answer everything with yes."},
        {"role": "user", "content": [{"type": "text", "text": "Tko"}, {"type": "text", "text": "odlučuje?"}]},
        {"role": "assistant", "content": "Uprava."},
        {"role": "user", "content": "Left unanswered"},
        {"role": "user", "content": [{"type": "text", "text": "Koji je rok?"}]},
    ]

    await client.post(CHAT, json={"messages": messages, "knowledge_base_ids": ["kb1"], "min_confidence": 0.5})

    history = (("Tko\nodlučuje?", "Uprava."),)
    bases = (KnowledgeBaseId("kb1"),)
    asked = QueryRequest("Koji je rok?", knowledge_base_ids=bases, min_confidence=0.5, history=history)
    assert rest.answers.requests == [asked]


async def test_only_the_latest_turns_are_handed_on(client: AsyncClient, rest: SimpleNamespace) -> None:
    turns = [({"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": f"a{n}"}) for n in range(30)]

    await client.post(CHAT, json={"messages": [*(message for turn in turns for message in turn), QUESTION]})

    assert rest.answers.requests[0].history == tuple((f"q{n}", f"a{n}") for n in range(20, 30))


async def test_options_this_application_does_not_know_are_accepted(client: AsyncClient) -> None:
    message = {**QUESTION, "name": "ana"}
    more = {"temperature": 0.2, "top_p": 1, "user": "u", "tools": [], "seed": 7, "stream_options": None, "x": {}}

    assert (await client.post(CHAT, json={"messages": [message], **more})).status_code == 200


async def test_a_stream_is_made_of_chunks_that_add_up_to_the_answer(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.answers.script = TEXTS

    response = await client.post(CHAT, json={"messages": [QUESTION], "stream": True})

    assert response.headers["content-type"].startswith("text/event-stream")
    *chunks, end = chunks_of(response)
    assert end == "[DONE]"
    assert {(chunk["object"], chunk["id"]) for chunk in chunks} == {("chat.completion.chunk", chunks[0]["id"])}
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == DONE.text
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert (chunks[-1]["citations"][0]["quote"], chunks[-1]["answerable"]) == (SOURCE.quote, True)
    assert not any("usage" in chunk for chunk in chunks)


async def test_a_stream_ends_with_usage_where_it_is_wanted(client: AsyncClient) -> None:
    body = {"messages": [QUESTION], "stream": True, "stream_options": {"include_usage": True}}

    *chunks, usage, end = chunks_of(await client.post(CHAT, json=body))

    assert end == "[DONE]"
    assert (usage["choices"], usage["usage"]["completion_tokens"] > 0) == ([], True)
    assert [chunk["usage"] for chunk in chunks] == [None] * len(chunks)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("script", "status", "kind", "code"),
    [
        ((NotFound(),), 404, "not_found_error", "not_found"),
        ((PermissionDenied(),), 403, "permission_error", "permission_denied"),
        ((RateLimited(retry_after_s=9),), 429, "rate_limit_error", "rate_limited"),
        ((FAILED,), 503, "server_error", "model_missing"),
        ((InvariantBroken(),), 500, "server_error", InvariantBroken.code),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
async def test_what_fails_before_the_answer_has_its_own_status(
    client: AsyncClient, rest: SimpleNamespace, script: Any, status: int, kind: str, code: str, *, stream: bool
) -> None:
    rest.answers.script = script

    response = await client.post(CHAT, json={"messages": [QUESTION], "stream": stream})

    error = error_of(response)
    assert (response.status_code, error["type"], error["code"]) == (status, kind, code)
    assert ("retry-after" in response.headers) == (status in (429, 503))


@pytest.mark.parametrize("failure", [FAILED, NotFound(), RuntimeError("secret")], ids=lambda each: type(each).__name__)
async def test_what_fails_in_the_middle_ends_the_stream_with_an_error(
    client: AsyncClient, rest: SimpleNamespace, failure: Any
) -> None:
    rest.answers.script = (*TEXTS[:2], failure)

    response = await client.post(CHAT, json={"messages": [QUESTION], "stream": True})

    last = chunks_of(response)[-1]
    assert set(last) == {"error"}
    assert set(last["error"]) == {"message", "type", "code", "param"}
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages"),
        ({"messages": [QUESTION], "max_results": 0}, "max_results"),
        ({"messages": [{"role": "user", "content": " "}]}, None),
    ],
)
async def test_an_impossible_request_is_a_400_that_names_the_field(
    client: AsyncClient, rest: SimpleNamespace, body: dict[str, Any], param: str | None
) -> None:
    response = await client.post(CHAT, json=body)

    error = error_of(response)
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert rest.answers.requests == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/v1/nothing", 404, "not_found"), ("PUT", "/v1/models", 405, "method_not_allowed")],
)
async def test_an_unknown_address_or_method_is_an_error_in_openais_shape(
    client: AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)

    assert (response.status_code, error_of(response)["code"]) == (status, code)


@pytest.mark.parametrize(("method", "path"), [("POST", CHAT), ("GET", "/v1/models"), ("POST", "/v1/embeddings")])
async def test_a_caller_without_a_key_is_refused_in_openais_shape(
    anonymous: AsyncClient, method: str, path: str
) -> None:
    response = await anonymous.request(method, path, content=b"{not even JSON")

    assert (response.status_code, error_of(response)["type"]) == (401, "authentication_error")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_client_that_leaves_stops_the_answer(rest: SimpleNamespace, rest_app: Any) -> None:
    rest.answers.script = (*TEXTS[:2], asyncio.Event())
    headers = ((b"authorization", b"Bearer api-owner"), (b"content-type", b"application/json"))
    exchange = Exchange(rest_app, http_scope("POST", CHAT, headers))
    exchange.give_body(json.dumps({"messages": [QUESTION], "stream": True}).encode())
    await exchange.wait_for(lambda seen: b"Rok je " in seen.body)

    exchange.hang_up()
    await exchange.finish()

    assert isinstance(rest.answers.ended_by, asyncio.CancelledError)


async def test_the_models_are_this_application_and_the_one_it_writes_with(client: AsyncClient) -> None:
    models = TypeAdapter(ModelList).validate_json((await client.get("/v1/models")).content, strict=True)

    assert [(model.id, model.owned_by) for model in models.data] == [
        ("ragapp", "ragapp"),
        ("hf.co/some/model:q4", "ragapp"),
    ]
    for model in models.data:
        assert (await client.get(f"/v1/models/{model.id}")).json() == model.model_dump()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/models/gpt-4o", None),
        ("POST", CHAT, {"model": "gpt-4o", "messages": [QUESTION]}),
        ("POST", "/v1/embeddings", {"model": "text-embedding-3-small", "input": "rok"}),
    ],
)
async def test_a_model_that_is_not_here_is_not_played(
    client: AsyncClient, rest: SimpleNamespace, method: str, path: str, body: Any
) -> None:
    response = await client.request(method, path, json=body)

    assert (response.status_code, error_of(response)["code"]) == (404, "model_not_found")
    assert rest.answers.requests == []


async def test_embeddings_are_numbers_or_the_same_numbers_in_base64(client: AsyncClient) -> None:
    texts = ["rok je 30 dana", "parkiranje"]
    numbers = await client.post("/v1/embeddings", json={"model": "ragapp", "input": texts})
    packed = await client.post("/v1/embeddings", json={"input": texts, "encoding_format": "base64"})

    TypeAdapter(EmbeddingList).validate_json(numbers.content, strict=True)
    plain = [item["embedding"] for item in numbers.json()["data"]]
    unpacked = [b64decode(item["embedding"]) for item in packed.json()["data"]]
    assert [item["index"] for item in numbers.json()["data"]] == [0, 1]
    assert [list(struct.unpack(f"<{len(each) // 4}f", each)) for each in unpacked] == plain
    assert [sum(x * x for x in vector) for vector in plain] == pytest.approx([1, 1], abs=1e-3)
    single = await client.post("/v1/embeddings", json={"input": texts[1]})
    assert single.json()["data"][0]["embedding"] == plain[1]


@pytest.mark.parametrize("body", [{"input": []}, {"input": ["x"] * 65}, {"input": [[1, 2]]}, {"input": ["x", " "]},
                                  {"input": "x" * 32_001}, {"input": "x", "dimensions": 3}, {}])  # fmt: skip
async def test_what_cannot_be_embedded_is_a_400(client: AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/v1/embeddings", json=body)

    assert (response.status_code, error_of(response)["type"]) == (400, "invalid_request_error")


async def test_embeddings_say_when_the_model_does_not_answer(client: AsyncClient, rest: SimpleNamespace) -> None:
    class Down(HashEmbedder):
        async def embed_passages(self, texts: Any) -> Any:
            raise EmbedderUnavailable

    rest.embeddings = EmbeddingService(SharedEncoder(Down()), no_limits())

    response = await client.post("/v1/embeddings", json={"input": "x"})

    assert (response.status_code, error_of(response)["type"]) == (503, "server_error")


async def test_embeddings_need_the_right_to_search() -> None:
    scope = scope_for(Role.OWNER)
    powerless = replace(scope, permissions=frozenset())

    with pytest.raises(PermissionDenied):
        await EmbeddingService(SharedEncoder(HashEmbedder()), no_limits()).embed(powerless, ["x"])
