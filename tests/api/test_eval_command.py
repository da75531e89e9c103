"""`ragapp eval`: the table a person reads and the JSON a program does, over a tiny set with known outcomes."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ragapp.cli import app
from ragapp.core.events import AnswerDone, AnswerSummary, PassagesFound, Support
from ragapp.core.evidence import Passage
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import Role
from ragapp.services.views import QueryRequest, SearchRequest
from tests.api.fakes import PASSAGE, TASK
from tests.fakes.services import scope_for

Run = Callable[..., Result]
TEXTS = {"lease": "The rent is 900 EUR. Notice takes three months.", "pravilnik": "Odmor traje 24 dana."}
ROWS = (
    ("q1", "en", "en", "natural", "How much is the rent?", "lease.txt", "900 EUR"),
    ("q2", "en", "en", "keyword", "notice", "lease.txt", "three months"),
    ("q3", "en", "hr", "cross_lingual", "How long is leave?", "pravilnik.txt", "24 dana"),
    ("q4", "hr", "hr", "unanswerable", "Tko plaća struju?", None, None),
)
COLUMNS = ("n", "hit@1", "hit@5", "MRR", "in top 5", "shown", "F1", "refusal P", "R", "wrongly refused", "ECE")


class Desk:
    """Documents, tasks, searches and answers over `TEXTS`: finds the right text second for keywords only."""

    async def upload(self, scope: object, stream: object, *, filename: str) -> SimpleNamespace:
        document = SimpleNamespace(id=DocumentId(Path(filename).stem), filename=filename)
        return SimpleNamespace(document=document, task_id=TASK.id)

    async def text(self, scope: object, document_id: DocumentId) -> SimpleNamespace:
        return SimpleNamespace(text=TEXTS[document_id])

    async def follow(self, scope: object, task_id: str) -> AsyncIterator[Any]:
        yield replace(TASK, status=TaskStatus.COMPLETED)

    async def find(self, scope: object, request: SearchRequest) -> SimpleNamespace:
        return SimpleNamespace(retrieved=SimpleNamespace(passages=_found(request.text)))

    async def stream(self, scope: object, request: QueryRequest) -> AsyncIterator[Any]:
        passages = _found(request.text)
        yield PassagesFound(passages, "en")
        answerable = "struju" not in request.text
        support = Support.STRONG if answerable else Support.NONE
        summary = AnswerSummary(answerable, 0.9 if answerable else 0.1, support, "en", "extractive", ())
        yield AnswerDone(passages[0].text if answerable else "No.", summary)


def _found(question: str) -> tuple[Passage, ...]:
    order = ("pravilnik", "lease") if question in ("notice", "How long is leave?") else ("lease", "pravilnik")
    return tuple(
        replace(PASSAGE, document_id=DocumentId(name), text=TEXTS[name], start=0, end=len(TEXTS[name]), rank=rank)
        for rank, name in enumerate(order, start=1)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    names = ("id", "lang", "doc_lang", "kind", "question", "document", "answer")
    rows = [dict(zip(names, row, strict=True)) | {"answerable": row[-1] is not None} for row in ROWS]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    desk = Desk()

    class Console:
        async def create_owner(self, **account: Any) -> SimpleNamespace:
            return SimpleNamespace(tenant_slug=account["tenant"])

        async def scope_of_tenant(self, slug: str) -> object:
            return scope_for(Role.OWNER, tenant=slug)

    services = SimpleNamespace(console=Console(), documents=desk, tasks=desk, search=desk, answers=desk)

    @asynccontextmanager
    async def open_services(settings: Any, *, run_tasks: bool) -> AsyncIterator[SimpleNamespace]:
        assert run_tasks
        assert "ragapp-eval-" in str(settings.data_dir)
        yield services

    monkeypatch.setitem(sys.modules, "ragapp.bootstrap", SimpleNamespace(open_services=open_services))
    return lambda *arguments: CliRunner().invoke(app, ["eval", *map(str, arguments)])


def test_json_has_every_measure_by_kind_and_by_pair_of_languages(run: Run, folder: Path) -> None:
    result = run(folder, "--json")

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert set(report) == {"all", "en>en", "en>hr", "hr>hr", "natural", "keyword", "cross_lingual", "unanswerable"}
    everything = report["all"]
    assert (everything["questions"], everything["hit@1"], everything["hit@5"]) == (4, 0.6667, 1.0)
    assert everything["mrr@10"] == pytest.approx((1 + 0.5 + 1) / 3, abs=1e-4)
    assert everything["answer_shown"] == 0.6667
    assert (everything["refusal_precision"], everything["refusal_recall"], everything["wrongly_refused"]) == (1, 1, 0)
    assert (report["keyword"]["hit@1"], report["keyword"]["answer_shown"]) == (0, 0)
    assert report["en>hr"]["hit@1"] == 1
    assert {"hit@10", "answer_in_top_5", "exact_match", "f1", "calibration_error", "answer_ms_p50"} <= set(everything)


def test_the_table_has_a_row_for_each_group_and_the_columns_people_compare(run: Run, folder: Path) -> None:
    result = run(folder)

    assert result.exit_code == 0, result.output
    head, *body = [line for line in result.stdout.splitlines() if line.strip(" ─━")]
    assert all(name in head for name in ("questions", *COLUMNS))
    rows = {line.split()[0]: line.split()[1:] for line in body}
    assert list(rows) == ["all", "cross_lingual", "en>en", "en>hr", "hr>hr", "keyword", "natural", "unanswerable"]
    assert rows["all"][:4] == ["4", "0.667", "1.000", "0.833"]
    assert rows["keyword"][:4] == ["1", "0.000", "1.000", "0.500"]
    assert {len(row) for row in rows.values()} == {14}


def test_a_folder_without_questions_is_one_line(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path)

    assert result.exit_code == 1
    assert "questions.jsonl" in result.stderr
    assert "Traceback" not in result.output


def test_questions_of_an_unknown_form_are_named(run: Run, folder: Path) -> None:
    (folder / "questions.jsonl").write_text('{"id": 1}\n', encoding="utf-8")

    result = run(folder)

    assert result.exit_code == 1
    assert "row of an unknown form" in result.stderr
