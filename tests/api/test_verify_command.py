import asyncio
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ragapp import terminal
from ragapp.adapters.data_lock import hold
from ragapp.cli import app
from tests.fakes.files import make_docx
from tests.fakes.real_api import real_api


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_logs: None) -> Path:
    """A data folder that an application with one indexed document has just left."""

    async def fill() -> None:
        async with real_api(tmp_path / "data") as api:
            accepted = (await api.upload(make_docx(["The gate is opened at six in the morning."]), "gate.docx")).json()
            assert (await api.finished(accepted["task_id"]))["status"] == "completed"
            (tmp_path / "key").write_text(api.client.headers["Authorization"].removeprefix("Bearer "))

    asyncio.run(fill())
    monkeypatch.setenv("RAGAPP_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_what_an_application_leaves_is_in_order(data_dir):
    result = CliRunner().invoke(app, ["verify", "--deep", "--json"])
    assert result.exit_code == 0, result.output
    (report,) = json.loads(result.stdout)
    assert (report["document_count"], report["chunk_count"], report["findings"]) == (1, 1, {})


def test_lost_bytes_are_reported_with_an_exit_code(data_dir):
    (blob,) = [path for path in (data_dir / "blobs").rglob("*") if path.is_file()]
    blob.unlink()
    result = CliRunner().invoke(app, ["verify"])
    assert result.exit_code == 1
    assert "1 documents, 1 passages, not in order" in result.stdout
    assert "bytes_missing" in result.stdout


def test_a_folder_whose_owner_does_not_work_is_left_alone_and_says_what_to_do(data_dir, monkeypatch):
    monkeypatch.setattr(terminal, "_BEGUN_WITHIN_S", 0.1)
    with hold(data_dir / "lock"):
        result = CliRunner().invoke(app, ["verify"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "in use by another ragapp" in result.stderr
    assert "Stop it, or set RAGAPP_DATA_DIR." in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("passages", ["5000", "0"], ids=["searched exactly", "with a vector collection"])
def test_a_live_system_is_verified_while_it_works(data_dir, monkeypatch, passages):
    monkeypatch.setenv("RAGAPP_EXACT_SEARCH_PASSAGES", passages)
    commands: list[Result] = []

    async def work_and_verify() -> None:
        async with real_api(data_dir, api_key=(data_dir.parent / "key").read_text()) as api:
            for damage in (None, "bytes"):
                if damage:
                    next(path for path in (data_dir / "blobs").rglob("*") if path.is_file()).unlink()
                arguments = ["verify", "--deep", "--json"]
                command = asyncio.create_task(asyncio.to_thread(CliRunner().invoke, app, arguments))
                number = 0
                while not command.done():
                    number += 1
                    words = f"{damage} text number {number}."
                    accepted = await api.upload(make_docx([words]), f"{damage}{number}.docx")
                    await api.finished(accepted.json()["task_id"])
                commands.append(await command)

    asyncio.run(work_and_verify())
    sound, damaged = commands
    assert (sound.exit_code, json.loads(sound.stdout)[0]["findings"]) == (0, {}), sound.output
    assert damaged.exit_code == 1, damaged.output
    assert damaged.stdout, damaged.output
    (report,) = json.loads(damaged.stdout)
    assert set(report["findings"]) == {"bytes_missing"}
    assert len(report["findings"]["bytes_missing"]) == 1
