"""The real server is killed at random moments of real work; what it acknowledged is there later, once and whole."""

import contextlib
import json
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import ROOT, Server, free_port, run_command, running_app

KILL_COUNT = 6
FILES_PER_ROUND = 3
SETTLED_WITHIN_S = 60
UNFINISHED = "SELECT count(*) FROM tasks WHERE status IN ('queued', 'running')"
WORKING = ("parsing", "chunking", "embedding", "indexing")
UNTIL_SWEPT = {"bytes_orphaned"}
"""Bytes of an upload that died before its row was committed: nobody sees them, the next sweep takes them."""


@dataclass
class Client:
    """Uploads files one after another until the server is gone, and remembers what it promised."""

    url: str
    headers: dict[str, str]
    pending: dict[str, bytes]
    promised: dict[str, set[str]] = field(default_factory=dict)

    def send_all(self) -> None:
        with contextlib.suppress(httpx.TransportError), httpx.Client(timeout=20) as client:
            for name, content in list(self.pending.items()):
                file = {"file": (name, content)}
                response = client.post(f"{self.url}/api/v1/documents", headers=self.headers, files=file)
                assert response.status_code in (200, 202), response.text
                self.promised.setdefault(name, set()).add(response.json()["document_id"])
                del self.pending[name]


    def documents(self) -> list[dict[str, object]]:
        response = httpx.get(f"{self.url}/api/v1/documents?limit=200", headers=self.headers, timeout=20)
        return list(response.json()["items"])


def text_of(name: str, chooser: random.Random) -> bytes:
    words = [f"{chooser.choice('bcdfgklmnprstvz')}{chooser.choice('aeiou')}{number}" for number in range(400)]
    sentences = (" ".join(chooser.choices(words, k=12)).capitalize() + "." for _ in range(240))
    return (f"# {name}\n\n" + "\n\n".join(sentences)).encode()


@pytest.mark.slow
def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path) -> None:
    if not (ROOT / ".web/build/client/index.html").is_file():
        pytest.fail("The web app is not built: run `make setup`.")
    seed = int(os.environ.get("RAGAPP_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"RAGAPP_TEST_SEED={seed}")
    chooser, data_dir, port = random.Random(seed), tmp_path / "data", free_port()
    client = Client(f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {new_key(data_dir)}"}, {})
    for kill in range(KILL_COUNT):
        names = [f"file-{kill}-{number}.txt" for number in range(FILES_PER_ROUND)]
        client.pending |= {name: text_of(name, chooser) for name in names}
        with running_app(data_dir, port=port) as server:
            # Half of the kills hit uploads and whatever else, the other half indexing for certain.
            kill_during_work(server, client, chooser.uniform(0, 2), in_work=kill % 2 == 1)
    with running_app(data_dir, port=port):
        client.send_all()
        assert not client.pending
        documents = settled(client)
        assert wait_for(lambda: asked(data_dir, UNFINISHED) == 0)
    assert {name: {document["id"]} for name, document in documents.items()} == client.promised
    assert all(document["status"] == "ready" or document["error"]["code"] for document in documents.values())
    assert sum(document["status"] == "ready" for document in documents.values()) >= FILES_PER_ROUND
    verified(data_dir, documents)
    assert asked(data_dir, "SELECT max(attempts) FROM tasks") > 1, "no kill hit any work"
    assert asked(data_dir, "SELECT count(*) FROM vector_collections WHERE state = 'active'") == 1


def asked(data_dir: Path, statement: str) -> int:
    with contextlib.closing(sqlite3.connect(data_dir / "ragapp.db")) as database:
        return int(database.execute(statement).fetchone()[0])


def new_key(data_dir: Path) -> str:
    account = ("--email", "ana@lipa.hr", "--password", "šume i livade 42", "--tenant", "Lipa")
    created = run_command(data_dir, "create-owner", *account, "--api-key", "--json")
    assert created.returncode == 0, created.stderr
    return str(json.loads(created.stdout)["api_key"])


def kill_during_work(server: Server, client: Client, after_s: float, *, in_work: bool) -> None:
    sender = threading.Thread(target=client.send_all)
    sender.start()
    time.sleep(after_s / 10 if in_work else after_s)
    if in_work:
        assert wait_for(lambda: any(item["status"] in WORKING for item in client.documents()))
    server.kill()
    sender.join(timeout=30)
    assert not sender.is_alive()


def settled(client: Client) -> dict[str, dict[str, object]]:
    """Wait until every document has come to an end; return them by name."""
    documents: dict[str, dict[str, object]] = {}

    def is_settled() -> bool:
        items = client.documents()
        documents.update({item["filename"]: item for item in items})
        assert len(documents) == len(items), "the same file is there twice"
        return all(item["status"] in ("ready", "failed") for item in items)

    assert wait_for(is_settled), documents
    return documents


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def verified(data_dir: Path, documents: dict[str, dict[str, object]]) -> None:
    result = run_command(data_dir, "verify", "--deep", "--json")
    assert result.stdout, result.stderr
    (report,) = json.loads(result.stdout)
    assert set(report["findings"]) <= UNTIL_SWEPT, report["findings"]
    ready = [document for document in documents.values() if document["status"] == "ready"]
    assert report["document_count"] == len(documents)
    assert report["chunk_count"] == sum(int(str(document["chunk_count"])) for document in ready)
