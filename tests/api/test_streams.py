import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from httpx import AsyncClient
from starlette.types import ASGIApp

from ragapp.api import streams
from ragapp.core.errors import NotFound, PermissionDenied, RateLimited
from ragapp.core.events import (
    AnswerFailed,
    CitationAdded,
    PassagesFound,
    Stage,
    StageChanged,
    TextDelta,
    TurnStored,
)
from ragapp.core.ids import ChatId, MessageId
from tests.api.asgi import OWNER, Exchange, http_scope
from tests.api.fakes import DONE, PASSAGE, SOURCE

STREAM = "/api/v1/query/stream"
QUESTION = {"text": "Koji je rok?"}
WHOLE = (
    TurnStored(ChatId("c1"), MessageId("m7")),
    StageChanged(Stage.SEARCHING, 120),
    PassagesFound((PASSAGE,), "hr"),
    CitationAdded(SOURCE),
    TextDelta("Rok je "),
    TextDelta("30 dana [1].\n\nid: fake"),
    DONE,
)


def parse(body: str) -> list[tuple[str, dict[str, Any]]]:
    events = []
    for block in body.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            events.append((lines["event"], json.loads(lines["data"])))
    return events


def begin(app: ASGIApp, path: str = STREAM, method: str = "POST") -> Exchange:
    exchange = Exchange(app, http_scope(method, path, [*OWNER, (b"content-type", b"application/json")]))
    exchange.give_body(json.dumps(QUESTION).encode())
    return exchange


async def test_an_answer_streams_in_order_and_ends_with_one_done(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.answers.script = WHOLE

    answer = await client.post(STREAM, json=QUESTION)

    events = parse(answer.text)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert [name for name, _ in events] == ["status", "passages", "citation", "delta", "delta", "done"]
    assert events[0][1] == {"stage": "searching", "count": 120}
    assert events[1][1]["passages"][0]["text"] == PASSAGE.text
    assert (events[2][1]["n"], events[2][1]["document_id"]) == (1, "d1")
    assert events[4][1] == {"text": "30 dana [1].\n\nid: fake"}
    assert (events[5][1]["answer"], events[5][1]["message_id"]) == (DONE.text, "m7")


async def test_nothing_follows_the_last_event(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.answers.script = (DONE, TextDelta("late"), DONE)

    assert [name for name, _ in parse((await client.post(STREAM, json=QUESTION)).text)] == ["done"]


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (AnswerFailed("generator_unavailable", "The model is down.", retry_after_s=9), 503, "generator_unavailable"),
        (RateLimited(retry_after_s=3), 429, "rate_limited"),
        (ValueError("secret"), 500, "defect"),
    ],
    ids=["failed", "limited", "surprise"],
)
async def test_a_failure_after_the_first_event_is_the_one_last_error(
    client: AsyncClient, rest: SimpleNamespace, failure: Any, status: int, code: str
) -> None:
    rest.answers.script = (StageChanged(Stage.SEARCHING), TextDelta("Rok"), failure)

    answer = await client.post(STREAM, json=QUESTION)

    events = parse(answer.text)
    assert answer.status_code == 200
    assert [name for name, _ in events] == ["status", "delta", "error"]
    assert (events[-1][1]["status"], events[-1][1]["code"]) == (status, code)
    assert "secret" not in answer.text


async def test_a_stream_that_just_stops_still_ends_with_an_error(client: AsyncClient, rest: SimpleNamespace) -> None:
    rest.answers.script = (TextDelta("Rok"),)

    assert [name for name, _ in parse((await client.post(STREAM, json=QUESTION)).text)] == ["delta", "error"]


@pytest.mark.parametrize("refusal", [PermissionDenied(), NotFound(), RateLimited(retry_after_s=3)], ids=str)
async def test_a_refusal_before_the_first_event_is_an_ordinary_problem(
    client: AsyncClient, rest: SimpleNamespace, refusal: Any
) -> None:
    rest.answers.script = (refusal,)

    answer = await client.post(STREAM, json=QUESTION)

    assert answer.status_code in {403, 404, 429}
    assert answer.json()["code"] == refusal.code


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
async def test_an_impossible_question_is_refused_before_any_work(
    client: AsyncClient, rest: SimpleNamespace, text: str
) -> None:
    answer = await client.post(STREAM, json={"text": text})

    assert answer.status_code == 422
    assert answer.json()["code"] in {"empty_question", "question_too_long"}
    assert rest.answers.requests == []


async def test_each_event_leaves_at_once(rest: SimpleNamespace, rest_app: ASGIApp) -> None:
    rest.answers.script = (TextDelta("first"), asyncio.Event(), DONE)

    exchange = begin(rest_app)
    await exchange.wait_for(lambda now: b"first" in now.body)

    assert not exchange.task.done()
    exchange.hang_up()
    await exchange.finish()


async def test_a_client_that_leaves_cancels_the_answer(rest: SimpleNamespace, rest_app: ASGIApp) -> None:
    rest.answers.script = (TextDelta("first"), asyncio.Event(), DONE)
    exchange = begin(rest_app)
    await exchange.wait_for(lambda now: b"first" in now.body)

    exchange.hang_up()
    await exchange.finish()

    assert isinstance(rest.answers.ended_by, asyncio.CancelledError)
    assert b"done" not in exchange.body


async def test_a_client_that_leaves_a_plain_question_cancels_it_too(rest: SimpleNamespace, rest_app: ASGIApp) -> None:
    rest.answers.script = (TextDelta("first"), asyncio.Event(), DONE)
    exchange = begin(rest_app, "/api/v1/query")
    await rest.answers.started.wait()

    exchange.hang_up()
    await exchange.finish()

    assert isinstance(rest.answers.ended_by, asyncio.CancelledError)


async def test_a_silent_stream_is_kept_open_with_comments(
    rest: SimpleNamespace, rest_app: ASGIApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_INTERVAL_S", 0.01)
    go_on = asyncio.Event()
    rest.answers.script = (TextDelta("first"), go_on, DONE)
    exchange = begin(rest_app)

    await exchange.wait_for(lambda now: now.body.count(b"\n: ") + now.body.count(b"\n\n: ") >= 2)
    go_on.set()
    await exchange.finish()

    assert [name for name, _ in parse(exchange.body.decode())] == ["delta", "done"]


async def test_a_task_streams_progress_until_it_is_done(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/tasks/t1/events")

    events = parse(answer.text)
    assert [(name, task["status"]) for name, task in events] == [("progress", "running"), ("done", "completed")]
    assert events[1][1]["finished_at"] == "2026-05-04T10:30:00Z"


async def test_following_an_absent_task_is_a_404(client: AsyncClient) -> None:
    assert (await client.get("/api/v1/tasks/t9/events")).status_code == 404
