import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

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


def test_a_folder_in_use_is_left_alone_and_says_what_to_do(data_dir):
    with hold(data_dir / "lock"):
        result = CliRunner().invoke(app, ["verify"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{data_dir} is in use by another ragapp. Stop it, or set RAGAPP_DATA_DIR.\n"
