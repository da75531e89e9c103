"""The real server is killed at random moments of real work; what it acknowledged is there later, once and whole.

RAGAPP_TEST_KILLS says how often, in rounds of six; RAGAPP_TEST_SEED repeats a run's moments.
"""

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
import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.e2e.processes import ROOT, Server, free_port, run_command, running_app
from tests.fakes.databases import postgres_url

FILES_PER_KILL = 3
KILLS_PER_ROUND = 6
SETTLED_WITHIN_S = 60
UNFINISHED = "SELECT count(*) FROM tasks WHERE status IN ('queued', 'running')"
WORKING = ("parsing", "chunking", "embedding", "indexing")


@dataclass
class Installation:
    """A data folder and a database that outlive their servers."""

    data_dir: Path
    database_url: str
    exact_search_passages: int

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "RAGAPP_EXACT_SEARCH_PASSAGES": str(self.exact_search_passages),
        }

    def ask(self, statement: str) -> int:
        """Look past the application, as who owns the database."""
        url = make_url(self.database_url)
        if url.get_backend_name() == "sqlite":
            with contextlib.closing(sqlite3.connect(str(url.database))) as database:
                return int(database.execute(statement).fetchone()[0])
        owner = make_url(postgres_url()).set(database=url.database).render_as_string(hide_password=False)
        with psycopg.connect(owner) as connection:
            row = connection.execute(statement.encode()).fetchone()
            assert row is not None
            return int(row[0])

    def stored_files(self) -> list[Path]:
        """Every file of bytes, finished or not."""
        return [path for path in (self.data_dir / "blobs").rglob("*") if path.is_file()]


@dataclass
class Client:
    """Uploads and deletes one thing after another until the server is gone, and remembers what it promised."""

    url: str
    headers: dict[str, str]
    pending: dict[str, bytes]
    condemned: list[str] = field(default_factory=list)
    promised: dict[str, set[str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def work(self) -> None:
        with contextlib.suppress(httpx.TransportError), httpx.Client(timeout=30, headers=self.headers) as client:
            while self.condemned:
                self._delete(client, self.condemned[0])
                del self.condemned[0]
            for name, content in list(self.pending.items()):
                response = client.post(f"{self.url}/api/v1/documents", files={"file": (name, content)})
                assert response.status_code in (200, 202), response.text
                self.promised.setdefault(name, set()).add(response.json()["document_id"])
                del self.pending[name]

    def documents(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        cursor = ""
        while cursor is not None:
            query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
            page = httpx.get(f"{self.url}/api/v1/documents", params=query, headers=self.headers, timeout=20).json()
            found += page["items"]
            cursor = page["next_cursor"]
        return found

    def expected(self) -> dict[str, set[str]]:
        return {name: ids for name, ids in self.promised.items() if name not in self.deleted}

    def _delete(self, client: httpx.Client, name: str) -> None:
        (document_id,) = self.promised[name]
        answer = client.delete(f"{self.url}/api/v1/documents/{document_id}")
        # An unanswered deletion may have been done.
        assert answer.status_code in (204, 404), answer.text
        self.deleted.add(name)


def text_of(name: str, chooser: random.Random) -> bytes:
    words = [f"{chooser.choice('bcdfgklmnprstvz')}{chooser.choice('aeiou')}{number}" for number in range(400)]
    sentences = (" ".join(chooser.choices(words, k=12)).capitalize() + "." for _ in range(120))
    return (f"# {name}\n\n" + "\n\n".join(sentences)).encode()


@pytest.mark.slow
def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, database_url: str) -> None:
    if not (ROOT / ".web/build/client/index.html").is_file():
        pytest.fail("The web app is not built: run `make setup`.")
    seed = int(os.environ.get("RAGAPP_TEST_SEED", time.time_ns() % 1_000_000))
    kill_count = int(os.environ.get("RAGAPP_TEST_KILLS", "6"))
    print(f"RAGAPP_TEST_SEED={seed} RAGAPP_TEST_KILLS={kill_count}")
    chooser, port = random.Random(seed), free_port()
    # A collection is there from the first passage on, or comes to be in the middle of the kills.
    place = Installation(tmp_path / "data", database_url, chooser.choice((0, 40)))
    client = Client(f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {new_key(place)}"}, {})
    for kill in range(kill_count):
        names = [f"file-{kill}-{number}.txt" for number in range(FILES_PER_KILL)]
        client.pending |= {name: text_of(name, chooser) for name in names}
        left = sorted(client.expected().keys() - set(client.condemned))
        client.condemned += chooser.sample(left, k=min(len(left), int(kill % 3 == 2)))
        with running_app(place.data_dir, port=port, **place.environment) as server:
            # Half of the kills hit uploads and whatever else, the other half indexing for certain.
            kill_during_work(server, client, chooser.uniform(0, 2), in_work=kill % 2 == 1)
        print(f"killed {kill + 1} times, {len(client.promised)} files promised", flush=True)
        if (kill + 1) % KILLS_PER_ROUND == 0 or kill + 1 == kill_count:
            check_recovery(place, client, port)
    assert place.ask("SELECT max(attempts) FROM tasks") > 1, "no kill hit any work"


def check_recovery(place: Installation, client: Client, port: int) -> None:
    """Let the server live: all it promised is there once and whole, soon, and nothing else is."""
    with running_app(place.data_dir, port=port, **place.environment):
        client.work()
        assert not client.pending
        assert not client.condemned
        documents = settled(client)
        assert wait_for(lambda: place.ask(UNFINISHED) == 0)
        assert {name: {document["id"]} for name, document in documents.items()} == client.expected()
        assert len(place.stored_files()) == len(documents), "bytes were lost or left over"
    assert all(document["status"] == "ready" or document["error"]["code"] for document in documents.values())
    assert sum(document["status"] == "ready" for document in documents.values()) >= FILES_PER_KILL
    verified(place, documents)
    assert place.ask("SELECT count(*) FROM vector_collections WHERE state = 'active'") == 1


def new_key(place: Installation) -> str:
    account = ("--email", "ana@lipa.hr", "--password", "šume i livade 42", "--tenant", "Lipa")
    created = run_command(place.data_dir, "create-owner", *account, "--api-key", "--json", **place.environment)
    assert created.returncode == 0, created.stderr
    return str(json.loads(created.stdout)["api_key"])


def kill_during_work(server: Server, client: Client, after_s: float, *, in_work: bool) -> None:
    sender = threading.Thread(target=client.work)
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
        documents.clear()
        documents.update({str(item["filename"]): item for item in items})
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


def verified(place: Installation, documents: dict[str, dict[str, object]]) -> None:
    result = run_command(place.data_dir, "verify", "--deep", "--json", **place.environment)
    assert result.stdout, result.stderr
    (report,) = json.loads(result.stdout)
    assert report["findings"] == {}
    ready = [document for document in documents.values() if document["status"] == "ready"]
    assert report["document_count"] == len(documents)
    assert report["chunk_count"] == sum(int(str(document["chunk_count"])) for document in ready)
