"""One organisation's big tables and what others feel of them: searches and a small upload, without and beside them."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.figures import Figure, Section, at_most, of_samples, percentile
from benchmarks.installation import Organisation, corpus, create_organisations, questions, read_files, timed_app
from benchmarks.installation import upload_and_wait as furnish
from tests.e2e.processes import Server

_SEARCH_EVERY_S = 0.1
_IDLE_SEARCHES = 100
_UPLOAD_EVERY_S = 3.0
_LONGEST_UPLOAD_S = 120.0
_WORDS = ("harbour", "office", "north", "retail", "export", "river", "paper", "steel", "market", "garden", "winter")


@dataclass
class _Felt:
    """What the other organisation felt: searches in milliseconds, small uploads until searchable in seconds."""

    searches_ms: list[float] = field(default_factory=list)
    uploads_s: list[float] = field(default_factory=list)


def big_table(number: int, size_bytes: int) -> bytes:
    """Return a CSV of people, places and sums, no two alike."""
    chooser = random.Random(number)
    rows, length = ["id,name,department,city,street,amount,remark"], 0
    while length < size_bytes:
        words = [chooser.choice(_WORDS).title() for _ in range(6)]
        remark = " ".join(chooser.choices(_WORDS, k=4))
        person, address, amount = f"{words[0]} {words[1]}", f"{words[4]} {words[5]}", chooser.random() * 1e5
        rows.append(f"{len(rows)},{person},{words[2]},{words[3]},{address},{amount:.2f},{remark}")
        length += len(rows[-1]) + 1
    return "\n".join(rows).encode()


def measure(*, files: int, megabytes: float, seconds: float) -> Section:
    """Give one organisation `files` big tables; report what another feels in their first `seconds`, as ratios."""
    with TemporaryDirectory(prefix="ragapp-bench-") as folder:
        heavy, other = create_organisations(Path(folder), 2)
        with timed_app(Path(folder)) as (server, _):
            furnish(server, other, read_files(corpus()))
            return asyncio.run(_compare(server, heavy, other, files=files, megabytes=megabytes, seconds=seconds))


async def _compare(
    server: Server, heavy: Organisation, other: Organisation, *, files: int, megabytes: float, seconds: float
) -> Section:
    tables = [big_table(number, round(megabytes * 1e6)) for number in range(files)]
    small = _small_files()
    async with (
        httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=heavy.headers, timeout=300) as sending,
        httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=other.headers, timeout=300) as asking,
    ):
        await _search(asking, _Felt(), 20)
        idle, busy = _Felt(), _Felt()
        await _search(asking, idle, _IDLE_SEARCHES)
        for _ in range(5):
            await _upload(asking, next(small), idle)
        started = time.monotonic()
        sent = await asyncio.gather(
            *(
                sending.post("/documents", files={"file": (f"table{number}.csv", content)})
                for number, content in enumerate(tables)
            )
        )
        ids = [answer.raise_for_status().json()["document_id"] for answer in sent]
        ended = started + seconds
        await asyncio.gather(_keep_searching(asking, busy, ended), _keep_uploading(asking, busy, small, ended))
        took_s = time.monotonic() - started
        ready = [(await sending.get(f"/documents/{document}")).json()["status"] for document in ids].count("ready")
    return _section(idle, busy, f"{ready} of {files} tables searchable after {took_s:.0f} s", megabytes=megabytes)


def _section(idle: _Felt, busy: _Felt, note: str, *, megabytes: float) -> Section:
    quiet, beside = percentile(idle.searches_ms, 0.95), percentile(busy.searches_ms, 0.95)
    alone = of_samples("a small upload until searchable, alone", idle.uploads_s, "s")
    slowed = of_samples("the same, beside the tables", busy.uploads_s, "s")
    return Section(
        f"Tables (CSV) of {megabytes:g} MB each in one organisation, and what another feels",
        [
            Figure("search p95, alone", quiet, "ms", note=f"{len(idle.searches_ms)} searches"),
            Figure("search p95, beside the tables", beside, "ms", note=f"{len(busy.searches_ms)} searches; {note}"),
            Figure("search p95 beside / alone", beside / quiet, "", at_most(2.0)),
            alone,
            slowed,
            Figure("small upload beside / alone", slowed.value / alone.value, "", at_most(4.0)),
        ],
    )


def _small_files() -> Iterator[tuple[str, bytes]]:
    number = 0
    while True:
        number += 1
        yield f"note{number}.md", f"# Note {number}\n\nThe {number}th notice about the harbour office.\n".encode()


async def _search(client: httpx.AsyncClient, felt: _Felt, count: int) -> None:
    asked = [question["question"] for question in questions()]
    for _ in range(count):
        started = time.perf_counter()
        text = asked[len(felt.searches_ms) % len(asked)]
        (await client.post("/search", json={"text": text})).raise_for_status()
        felt.searches_ms.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(_SEARCH_EVERY_S)


async def _keep_searching(client: httpx.AsyncClient, felt: _Felt, until: float) -> None:
    while time.monotonic() < until:
        await _search(client, felt, 1)


async def _keep_uploading(
    client: httpx.AsyncClient, felt: _Felt, small: Iterator[tuple[str, bytes]], until: float
) -> None:
    while time.monotonic() < until:
        await _upload(client, next(small), felt)
        await asyncio.sleep(_UPLOAD_EVERY_S)


async def _upload(client: httpx.AsyncClient, file: tuple[str, bytes], felt: _Felt) -> None:
    started = time.perf_counter()
    document = (await client.post("/documents", files={"file": file})).raise_for_status().json()["document_id"]
    while time.perf_counter() - started < _LONGEST_UPLOAD_S:
        found = (await client.get(f"/documents/{document}")).json()
        if found["status"] in ("ready", "failed"):
            break
        await asyncio.sleep(0.02)
    felt.uploads_s.append(time.perf_counter() - started)
