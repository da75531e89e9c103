"""Files that people complain about and our own variants of them, each alone in a knowledge base, asked as people do."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from benchmarks.quality_lab import ROOT
from ragapp.adapters.e5.setup import FOLDER, is_ready
from ragapp.bootstrap import open_services
from ragapp.config import Settings
from ragapp.core.events import AnswerDone
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import TenantScope
from ragapp.services.library.file_streams import stream_file
from ragapp.services.registry import Services
from ragapp.services.views import QueryRequest
from tests.quality.own_cases import CASES, Asked, Case, cases_by_kind

SHARED = ROOT.parent / "shared" / "cases"
_SHARED_KINDS = (
    "table lookup by identifier",
    "a row is the unit",
    "table rows stay rows in PDF",
    "CSV with a title line",
    "identifiers that the documents do not hold",
    "lists",
)
pytestmark = [
    pytest.mark.quality,
    pytest.mark.skipif(not is_ready(ROOT / ".models" / FOLDER), reason="the embedding model is made by `make setup`"),
]
Answers = dict[tuple[str, str], AnswerDone]


def _shared_cases() -> Iterator[Case]:
    if not SHARED.is_dir():
        return
    for line in (SHARED / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] in _SHARED_KINDS:
            content = (SHARED / "files" / row["file"]).read_bytes()
            yield Case(row["kind"], row["file"], content, tuple(map(_asked, row["ask"])))


def _asked(row: dict[str, Any]) -> Asked:
    holds, lacks = row.get("answer", ()), row.get("answer_not", ())
    return Asked(row["q"], tuple(holds), tuple(lacks), row.get("answerable", True))


@pytest.fixture(scope="module")
def answers() -> Answers:
    return asyncio.run(_ask_everything([*CASES, *_shared_cases()]))


async def _ask_everything(cases: list[Case]) -> Answers:
    with TemporaryDirectory(prefix="ragapp-cases-") as folder:
        async with open_services(Settings(data_dir=Path(folder), database_url=""), run_tasks=True) as services:
            owner = await services.console.create_owner(email="a@example.org", password="twelve long words", tenant="c")
            scope = await services.console.scope_of_tenant(owner.tenant_slug)
            found: Answers = {}
            for number, case in enumerate(cases):
                found |= await _ask_about(services, scope, case, number, Path(folder))
            return found


async def _ask_about(services: Services, scope: TenantScope, case: Case, number: int, folder: Path) -> Answers:
    base = await services.knowledge_bases.create(scope, name=f"Case {number}")
    path = folder / case.filename
    path.write_bytes(case.content)
    upload = await services.documents.upload(scope, stream_file(path), filename=path.name, knowledge_base_id=base.id)
    async for task in services.tasks.follow(scope, upload.task_id):
        assert task.status is not TaskStatus.FAILED, (case.filename, task.message)
    found: Answers = {}
    for asked in case.asked:
        request = QueryRequest(text=asked.question, knowledge_base_ids=(base.id,))
        async for event in services.answers.stream(scope, request):
            if isinstance(event, AnswerDone):
                found[case.filename, asked.question] = event
    return found


def _wrong(cases: tuple[Case, ...], answers: Answers) -> list[tuple[str, str, bool, str]]:
    return [
        (case.filename, asked.question, done.summary.answerable, done.text)
        for case in cases
        for asked in case.asked
        if not _is_right(asked, done := answers[case.filename, asked.question])
    ]


def _is_right(asked: Asked, done: AnswerDone) -> bool:
    if not asked.answerable or not done.summary.answerable:
        return asked.answerable is done.summary.answerable
    said = " ".join(done.text.split())
    return all(held in said for held in asked.holds) and not any(other in said for other in asked.lacks)


@pytest.mark.skipif(not SHARED.is_dir() and not os.environ.get("CI"), reason="../shared/cases is not here")
@pytest.mark.parametrize("kind", _SHARED_KINDS)
def test_a_file_that_people_complain_about_is_answered(answers, kind):
    cases = tuple(case for case in _shared_cases() if case.kind == kind)
    assert cases
    assert _wrong(cases, answers) == []


@pytest.mark.parametrize(("kind", "cases"), cases_by_kind().items())
def test_a_variant_of_our_own_is_answered(answers, kind, cases):
    assert len(cases) >= 5
    assert _wrong(cases, answers) == []
