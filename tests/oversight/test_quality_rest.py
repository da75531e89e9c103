"""Test questions, runs and bad ratings as programs meet them."""

import pytest

from tests.fakes.library import pieces
from tests.oversight.test_rest import desk as desk

TEXT = "The lighthouse keeper of Alba writes down the colour of the sea every evening. "
FILLER = "Other people of the island repair nets, bake bread and count the boats in the harbour. " * 6
ASKED = "What does the lighthouse keeper of Alba write down every evening?"
API = "/api/v1/quality"


@pytest.fixture
async def document(desk):
    owner = desk.household.owner
    uploaded = await desk.wired.services.documents.upload(
        owner, pieces((TEXT + FILLER).encode()), filename="notes.txt"
    )
    await desk.wired.settle()
    return uploaded.document


async def test_questions_are_asked_and_what_failed_is_told(desk, document):
    base, client = desk.household.knowledge_base_id, desk.client
    expected = {"document_id": document.id, "words": ["colour of the sea"]}
    body = {"knowledge_base_id": base, "text": ASKED, "expected": expected}
    created = await client.post(f"{API}/questions", json=body)
    assert created.status_code == 201
    question = created.json()
    assert (question["expects"], question["expected"]) == ("answer", {**expected, "page": None})
    assert (await client.post(f"{API}/questions", json=body)).json()["code"] == "question_taken"
    wrong = {"knowledge_base_id": base, "text": "Who bakes the bread?", "expected": {"words": ["a baker"]}}
    assert (await client.post(f"{API}/questions", json=wrong)).status_code == 201
    assert (await client.post(f"{API}/questions", json={**wrong, "text": "?"})).status_code == 422
    started = await client.post(f"{API}/runs", json={"knowledge_base_id": base})
    assert (started.status_code, started.json()["status"]) == (202, "queued")
    assert (await client.post(f"{API}/runs", json={"knowledge_base_id": base})).status_code == 409
    await desk.wired.settle()
    run = (await client.get(f"{API}/runs/{started.json()['id']}")).json()
    assert (run["status"], run["measures"]["right"], run["change"]) == ("completed", 0.5, None)
    assert (await client.get(f"/api/v1/tasks/{run['task_id']}")).json()["status"] == "completed"
    failed = (await client.get(f"{API}/runs/{run['id']}/results", params={"only_failed": True})).json()["items"]
    assert [each["text"] for each in failed] == ["Who bakes the bread?"]
    assert failed[0]["found"][0]["document_id"] == document.id
    changed = await client.put(
        f"{API}/questions/{question['id']}", json={"text": ASKED, "expects": "nothing"}
    )
    assert (changed.json()["expects"], changed.json()["expected"]["words"]) == ("nothing", [])
    desk.clock.advance(seconds=60)
    again = (await client.post(f"{API}/runs", json={"knowledge_base_id": base})).json()
    await desk.wired.settle()
    compared = await client.get(f"{API}/runs/{again['id']}/comparison", params={"baseline_id": run["id"]})
    assert (compared.json()["change"]["common_count"], compared.json()["change"]["verdict"]) == (1, "same")
    assert len((await client.get(f"{API}/runs")).json()["items"]) == 2
    assert (await client.delete(f"{API}/runs/{run['id']}")).status_code == 204
    assert (await client.delete(f"{API}/questions/{question['id']}")).status_code == 204
    assert len((await client.get(f"{API}/questions")).json()["items"]) == 1


async def test_a_file_is_imported_whole_or_refused_row_by_row(desk, document):
    base, client = desk.household.knowledge_base_id, desk.client
    bad = {"knowledge_base_id": base, "csv": "question,document\nGood?,notes\nBad?,nowhere\n"}
    refused = await client.post(f"{API}/questions/import", json=bad)
    assert refused.status_code == 422
    [problem] = refused.json()["errors"]
    assert (problem["field"], problem["type"]) == ("row 3", "document_unknown")
    assert (await client.get(f"{API}/questions")).json()["items"] == []
    good = {**bad, "csv": bad["csv"].replace("nowhere", "notes")}
    assert (await client.post(f"{API}/questions/import", json=good)).json() == {"added_count": 2}
    exported = await client.get(f"{API}/questions/export", params={"knowledge_base_id": base})
    assert exported.headers["content-type"].startswith("text/csv")
    assert "Good?,notes" in exported.text


async def test_a_bad_rating_has_a_reason_and_is_taken_over(desk, document):
    owner, client = desk.household.owner, desk.client
    started = await desk.wired.services.runs.ask(owner, chat_id=None, text=ASKED)
    async for _ in desk.wired.services.runs.follow(owner, started.run_id, min_interval_s=0):
        pass
    rating = {"rating": "down", "reason": "wrong_source", "comment": "Not the keeper."}
    path = f"/api/v1/messages/{started.answer.id}/feedback"
    assert (await client.post(path, json={**rating, "reason": "ugly"})).status_code == 422
    assert (await client.post(path, json={**rating, "rating": "up"})).status_code == 422
    assert (await client.post(path, json=rating)).status_code == 204
    [shown] = (await client.get(f"{API}/bad-ratings", params={"reason": "wrong_source"})).json()["items"]
    assert (shown["question"], shown["comment"], shown["sources"][0]["document_id"]) == (
        ASKED, "Not the keeper.", document.id,
    )  # fmt: skip
    counted = (await client.get(f"{API}/bad-ratings/reasons")).json()["items"]
    assert counted == [{"reason": "wrong_source", "count": 1, "hidden_count": 0}]
    taken = await client.post(f"{API}/questions/take-over", json={"message_id": started.answer.id})
    assert (taken.status_code, taken.json()["expects"], taken.json()["origin"]) == (201, "open", "feedback")
