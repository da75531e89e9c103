"""The drill: back up, restore elsewhere, ask again; half and damaged backups are refused."""

import asyncio
import contextlib
import io
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ragapp.adapters.data_lock import hold
from ragapp.backup import restore_backup, write_backup
from ragapp.cli import app
from ragapp.config import Settings
from ragapp.core.errors import ConfigurationError
from tests.fakes.files import make_docx
from tests.fakes.real_api import real_api

pytestmark = pytest.mark.slow
"""Every test fills an installation of its own."""

QUESTIONS = ("When is the gate opened?", "Who feeds the horses?", "What does the ferry cost?")
DOCUMENTS = {
    "gate.docx": "The gate is opened at six in the morning by the night guard.",
    "horses.docx": "The horses are fed by Marija, twice a day.",
    "ferry.docx": "A ticket for the ferry costs four euros.",
    "gone.docx": "Soon deleted.",
}


@dataclass(frozen=True)
class Installation:
    """A data folder of a running past: its owner's key, its answers, and a backup made while it ran."""

    folder: Path
    key: str
    answers: list[object]
    running_backup: Path


def show(_stage: str, _done: int, _total: int) -> None:
    """Nobody looks."""


def settings_of(folder: Path) -> Settings:
    return Settings(data_dir=folder, database_url="")


async def ask(api) -> list[object]:
    found = []
    for question in QUESTIONS:
        body = (await api.client.post("/api/v1/search", json={"text": question})).json()
        # The index and exact search, which fills in for it, may differ in the last digits.
        found.append(
            [(hit["document_id"], hit["chunk_id"], hit["text"], round(hit["score"], 4)) for hit in body["passages"]]
        )
    return found


async def nothing_left_to_do(folder: Path) -> None:
    """Wait until no task is unfinished."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.closing(sqlite3.connect(folder / "ragapp.db")) as database:
                query = "SELECT count(*) FROM tasks WHERE status IN ('queued', 'running')"
                if database.execute(query).fetchone() == (0,):
                    return
            await asyncio.sleep(0.05)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_logs: None) -> Installation:
    """Three documents, and one that was deleted; even so few have a vector collection."""
    monkeypatch.setenv("RAGAPP_EXACT_SEARCH_PASSAGES", "0")

    async def fill() -> Installation:
        async with real_api(tmp_path / "data") as api:
            for name, text in DOCUMENTS.items():
                accepted = (await api.upload(make_docx([text]), name)).json()
                await api.finished(accepted["task_id"])
            gone = await api.client.delete(f"/api/v1/documents/{accepted['document_id']}")
            assert gone.status_code == 204
            await nothing_left_to_do(api.settings.data_dir)  # scores are measured against what the index holds
            file = tmp_path / "running.tar"
            await asyncio.to_thread(write_backup, api.settings, file, show)
            return Installation(tmp_path / "data", api.client.headers["Authorization"][7:], await ask(api), file)

    filled = asyncio.run(fill())
    monkeypatch.setenv("RAGAPP_DATA_DIR", str(tmp_path / "restored"))
    return filled


def invoke(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_a_restored_installation_answers_as_before_and_is_in_order(installation, tmp_path):
    shutil.rmtree(installation.folder)
    result = invoke("restore", str(installation.running_backup), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["document_file_count"] == 3

    async def look() -> tuple[list[object], dict[str, object], list[str]]:
        async with real_api(tmp_path / "restored", api_key=installation.key) as api:
            chain = (await api.client.get("/api/v1/audit/verification")).json()
            documents = (await api.client.get("/api/v1/documents")).json()["items"]
            return await ask(api), chain, sorted(row["filename"] for row in documents)

    answers, chain, names = asyncio.run(look())
    assert answers == installation.answers
    assert names == ["ferry.docx", "gate.docx", "horses.docx"]
    assert chain["event_count"] > 0
    assert chain["broken_at"] is None
    result = invoke("verify", "--deep", "--json")
    (report,) = json.loads(result.stdout)
    assert report["findings"] == {}


def test_a_backup_of_a_stopped_installation_is_one_command(installation, tmp_path, monkeypatch):
    monkeypatch.setenv("RAGAPP_DATA_DIR", str(installation.folder))
    result = invoke("backup", str(tmp_path / "stopped.tar"))
    assert result.exit_code == 0, result.output
    assert "the database and 3 files" in result.stdout
    assert (tmp_path / "stopped.tar").stat().st_mode & 0o077 == 0
    assert invoke("backup", str(tmp_path / "stopped.tar")).exit_code == 1


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Copy a backup with every entry changed, or left out where that gives None."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for entry in old:
            file = old.extractfile(entry)
            assert file is not None
            content = change(entry.name, file.read())
            if content is not None:
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
    return target


def without_manifest(name: str, content: bytes) -> bytes | None:
    return None if name == "manifest.json" else content


def without_a_file(name: str, content: bytes) -> bytes | None:
    return None if name.startswith("blobs/") else content


def with_a_flipped_bit(name: str, content: bytes) -> bytes | None:
    return bytes([content[0] ^ 1]) + content[1:] if name.startswith("blobs/") else content


@pytest.mark.parametrize("change", [without_manifest, without_a_file, with_a_flipped_bit])
def test_half_a_backup_is_refused_and_what_it_left_does_not_start(installation, tmp_path, change):
    damaged = rewritten(installation.running_backup, tmp_path / "damaged.tar", change)
    result = invoke("restore", str(damaged))
    assert result.exit_code == 1
    assert "cut short or damaged" in result.stderr
    assert "half of a restored backup" in invoke("verify").stderr
    assert invoke("restore", str(installation.running_backup)).exit_code == 0
    assert invoke("verify").exit_code == 0


def test_a_backup_that_was_cut_off_is_refused(installation, tmp_path):
    cut = tmp_path / "cut.tar"
    cut.write_bytes(installation.running_backup.read_bytes()[:20_000])
    with pytest.raises(ConfigurationError, match="cut short"):
        restore_backup(settings_of(tmp_path / "restored"), cut, show)


def test_a_name_that_leads_elsewhere_is_refused(installation, tmp_path):
    crafted = tmp_path / "crafted.tar"
    with tarfile.open(crafted, "w") as archive:
        archive.addfile(tarfile.TarInfo("blobs/../../elsewhere"))
    with pytest.raises(ConfigurationError, match="cut short or damaged"):
        restore_backup(settings_of(tmp_path / "restored"), crafted, show)
    assert not (tmp_path / "elsewhere").exists()


def test_an_installation_is_never_overwritten(installation):
    with pytest.raises(ConfigurationError, match="holds an installation"):
        restore_backup(settings_of(installation.folder), installation.running_backup, show)
    with hold(installation.folder / "lock"), pytest.raises(ConfigurationError, match="in use"):
        restore_backup(settings_of(installation.folder), installation.running_backup, show)
    assert (installation.folder / "ragapp.db").is_file()


def test_postgresql_is_told_what_to_use(tmp_path, monkeypatch):
    monkeypatch.setenv("RAGAPP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1/nothing")
    for command in ("backup", "restore"):
        file = tmp_path / f"{command}.tar"
        if command == "restore":
            file.touch()
        result = invoke(command, str(file))
        assert result.exit_code == 1
        assert "pg_dump" in result.stderr


def test_indexes_are_rebuilt_by_one_command(installation, monkeypatch):
    monkeypatch.setenv("RAGAPP_DATA_DIR", str(installation.folder))
    shutil.rmtree(installation.folder / "chroma")
    result = invoke("reindex", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"rebuilt_count": 1, "failed": []}
    assert invoke("verify", "--deep").exit_code == 0


def test_indexes_are_rebuilt_beside_a_running_app_that_goes_on_answering(installation, monkeypatch):
    monkeypatch.setenv("RAGAPP_DATA_DIR", str(installation.folder))

    async def rebuild() -> tuple[int, int]:
        async with real_api(installation.folder, api_key=installation.key) as api:
            command = asyncio.create_task(asyncio.to_thread(invoke, "reindex", "--json"))
            asked = 0
            while not command.done():
                assert await ask(api) == installation.answers
                asked += 1
            result = await command
            assert result.exit_code == 0, result.output
            return json.loads(result.stdout)["rebuilt_count"], asked

    rebuilt_count, asked = asyncio.run(rebuild())
    assert (rebuilt_count, asked > 0) == (1, True)
