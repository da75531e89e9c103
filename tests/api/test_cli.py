import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ragapp.cli import app
from ragapp.core.errors import NotAuthenticated, UnsupportedFileType
from ragapp.core.events import AnswerFailed, TextDelta
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import Role, TenantScope
from ragapp.services.views import ErrorView, UploadResult
from ragapp.terminal import files_below
from tests.api.fakes import DONE, TASK, UPLOADED, rest_services
from tests.fakes.services import scope_for

Run = Callable[..., Result]


@dataclass(frozen=True)
class Created:
    tenant_id: str
    tenant_slug: str
    user_id: str
    api_key: str


class FakeConsole:
    async def scope_of_tenant(self, slug: str) -> TenantScope:
        if slug != "grad":
            raise NotAuthenticated("There is no such organisation.")
        return scope_for(Role.OWNER)

    async def create_owner(self, *, with_api_key: bool, **account: Any) -> Created:
        return Created("t1", account["tenant"].lower(), "u1", "rk_1" if with_api_key else "")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    fakes = SimpleNamespace(**rest_services(), console=FakeConsole())

    @asynccontextmanager
    async def open_services(_settings: object, *, run_tasks: bool) -> AsyncIterator[SimpleNamespace]:
        fakes.ran_tasks = run_tasks
        yield fakes

    monkeypatch.setitem(sys.modules, "ragapp.bootstrap", SimpleNamespace(open_services=open_services))
    return fakes


@pytest.fixture
def run(services: SimpleNamespace) -> Run:
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_help_loads_nothing_that_takes_time() -> None:
    heavy = "{'fastapi', 'sqlalchemy', 'numpy', 'pydantic', 'reflex', 'chromadb', 'uvicorn'}"
    code = f"import sys, ragapp.cli; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "[]\n"


def test_an_answer_is_printed_with_its_sources(run: Run, services: SimpleNamespace) -> None:
    services.answers.script = (TextDelta("Rok je "), TextDelta("30 dana [1]."), DONE)

    result = run("ask", "Koji je rok?", "--tenant", "grad")

    assert result.exit_code == 0
    source = "[1] Pravilnik, p. 3: “Rok je 30 dana.”\nnot in the sources: 30\n"
    assert result.stdout.startswith(f"Rok je 30 dana [1].\n\n{source}confidence 0.83")


def test_an_answer_as_json_has_the_shape_of_the_api(run: Run) -> None:
    result = run("ask", "Koji je rok?", "--tenant", "grad", "--json")

    shown = json.loads(result.stdout)
    assert (shown["answer"], shown["sources"][0]["quote"]) == (DONE.text, "Rok je 30 dana.")


def test_a_failed_answer_ends_with_an_exit_code(run: Run, services: SimpleNamespace) -> None:
    services.answers.script = (AnswerFailed("model_missing", "Run: ollama pull x"),)

    result = run("ask", "Koji je rok?", "--tenant", "grad")

    assert (result.exit_code, result.stderr) == (1, "Run: ollama pull x [model_missing]\n")


def test_an_unknown_organisation_is_one_line_not_a_traceback(run: Run) -> None:
    result = run("ask", "Koji je rok?", "--tenant", "nobody")

    assert (result.exit_code, result.stderr) == (1, "There is no such organisation. [not_authenticated]\n")


def test_an_owner_is_created_with_a_key(run: Run) -> None:
    result = run(
        "create-owner", "--email", "a@b.hr", "--password", "long enough", "--tenant", "Grad", "--api-key", "--json"
    )

    assert json.loads(result.stdout) == {"tenant_id": "t1", "tenant_slug": "grad", "user_id": "u1", "api_key": "rk_1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.txt", "deep/c.txt", ".hidden/d.txt", ".e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_a_folder_stands_for_its_visible_files_in_order(folder: Path) -> None:
    assert [file.name for file in files_below([folder])] == ["a.txt", "b.txt", "c.txt"]
    assert files_below([folder / ".e.txt"]) == [folder / ".e.txt"]


def test_files_are_added_and_waited_for(run: Run, services: SimpleNamespace, folder: Path) -> None:
    result = run("ingest", folder, "--tenant", "grad", "--json")

    assert (result.exit_code, services.ran_tasks) == (0, True)
    assert json.loads(result.stdout) == {"added_count": 3, "duplicate_count": 0, "failed": []}
    assert services.documents.stored["a.txt"] == b"a.txt"


def test_one_bad_file_does_not_stop_the_others(run: Run, services: SimpleNamespace, folder: Path) -> None:
    upload = services.documents.upload

    async def refuse_b(scope: TenantScope, chunks: AsyncIterator[bytes], *, filename: str) -> UploadResult:
        if filename == "b.txt":
            raise UnsupportedFileType
        return await upload(scope, chunks, filename=filename)  # type: ignore[no-any-return]

    services.documents.upload = refuse_b
    result = run("ingest", folder, "--tenant", "grad")

    assert result.exit_code == 1
    assert "2 added, 0 already there, 1 failed." in result.stdout
    assert "b.txt: This type of file is not supported." in result.stderr


def test_a_file_that_fails_later_is_reported(run: Run, services: SimpleNamespace, folder: Path) -> None:
    async def fail(scope: TenantScope, task_id: str) -> AsyncIterator[object]:
        yield replace(TASK, status=TaskStatus.FAILED, error=ErrorView("parse_failed", "Damaged."))

    services.tasks.follow = fail
    result = run("ingest", folder / "a.txt", "--tenant", "grad", "--json")

    failed = [{"path": str(folder / "a.txt"), "code": "parse_failed", "message": "Damaged."}]
    assert json.loads(result.stdout) == {"added_count": 0, "duplicate_count": 0, "failed": failed}


def test_bytes_that_are_already_there_are_counted_apart(run: Run, services: SimpleNamespace, folder: Path) -> None:
    async def known(scope: TenantScope, chunks: object, *, filename: str) -> UploadResult:
        return UploadResult(UPLOADED, None, duplicate=True)

    services.documents.upload = known
    result = run("ingest", folder, "--tenant", "grad")

    assert "0 added, 3 already there, 0 failed." in result.stdout


def test_a_setting_that_makes_no_sense_is_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGAPP_TRUSTED_PROXIES", "proxy.local")
    result = CliRunner().invoke(app, ["migrate"])
    assert result.exit_code == 1
    assert result.stderr.startswith("RAGAPP_TRUSTED_PROXIES: ")
    assert len(result.stderr.splitlines()) == 1
