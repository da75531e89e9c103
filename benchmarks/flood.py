"""A thousand mixed files at once, some broken, while another organisation goes on searching."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression
from tempfile import TemporaryDirectory

import httpx

from benchmarks.figures import Figure, Section, at_most, percentile
from benchmarks.installation import (
    Organisation,
    corpus,
    create_organisations,
    process_tree,
    questions,
    read_files,
    timed_app,
)
from benchmarks.installation import upload_and_wait as furnish
from tests.e2e.processes import Server
from tests.fakes.files import binary_garbage, encrypted_pdf, make_docx, make_pdf, zero_page_pdf
from tests.fakes.office_files import make_pptx, make_xlsx

_SENDERS = 8
_IDLE_SEARCHES = 200
_SEARCH_EVERY_S = 0.1
_LONGEST_S = 1500.0
_SETTLED = ("ready", "failed")
_WORDS = ("rule", "notice", "leave", "invoice", "harbour", "office", "contract", "safety", "archive", "camera")


@dataclass
class _Seen:
    """What was measured: latencies in milliseconds, and (files settled, resident megabytes) over time."""

    idle_ms: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    memory: list[tuple[int, float]] = field(default_factory=list)
    idle_mb: float = 0.0
    settled_count: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    without_reason: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    elapsed_s: float = 0.0


def mixed_files(count: int) -> list[tuple[str, bytes]]:
    """Return `count` small files of seven kinds, no two alike; every twentieth is broken."""
    return [_file(number) for number in range(count)]


def _file(number: int) -> tuple[str, bytes]:
    chooser = random.Random(number)
    words = [" ".join(chooser.choices(_WORDS, k=40)) + f" {number}." for _ in range(3)]
    if number % 20 == 0:
        broken = (encrypted_pdf(), zero_page_pdf(), b"%PDF-1.7\n" + binary_garbage(), b"PK\x03\x04" + binary_garbage())
        kind = number // 20 % len(broken)
        return f"{number:04}.{'docx' if kind == 3 else 'pdf'}", broken[kind] + str(number).encode()
    match number % 6:
        case 0:
            return f"{number:04}.pdf", make_pdf(words)
        case 1:
            return f"{number:04}.docx", make_docx(words)
        case 2:
            return f"{number:04}.xlsx", make_xlsx({"Sheet": [[word] for word in words]})
        case 3:
            return f"{number:04}.pptx", make_pptx([("Title", [word], "") for word in words])
        case 4:
            return f"{number:04}.txt", "\n\n".join(words).encode()
        case _:
            return f"{number:04}.md", ("# Heading\n\n" + "\n\n".join(words)).encode()


def measure(*, count: int) -> Section:
    """Send `count` files with eight senders; report how they ended, what others felt and what memory did."""
    with TemporaryDirectory(prefix="ragapp-bench-") as folder:
        sender, other = create_organisations(Path(folder), 2)
        with timed_app(Path(folder)) as (server, _):
            furnish(server, other, read_files(corpus()))
            seen = asyncio.run(_flood(server, sender, other, mixed_files(count)))
    return _section(seen, count)


def _section(seen: _Seen, count: int) -> Section:
    idle, busy = percentile(seen.idle_ms, 0.95), percentile(seen.busy_ms, 0.95)
    tail = [(done, mb) for done, mb in seen.memory if done >= count // 5] or seen.memory
    slope = linear_regression([done for done, _ in tail], [mb for _, mb in tail]).slope if len(tail) > 2 else 0.0
    unsettled = count - seen.settled_count - sum(seen.refused.values())
    kinds = ", ".join(f"{name} {found}" for name, found in sorted({**seen.statuses, **seen.refused}.items()))
    return Section(
        f"{count} mixed files at once",
        [
            Figure("neither ready nor failed", unsettled, "files", at_most(0), note=kinds),
            Figure("failed or refused without a reason", seen.without_reason, "files", at_most(0)),
            Figure("all settled", seen.elapsed_s, "s", note=f"{count / seen.elapsed_s:.2f} files/s"),
            Figure("another organisation's search, idle p95", idle, "ms", note=f"{len(seen.idle_ms)} searches"),
            Figure("another organisation's search, meanwhile p95", busy, "ms", note=f"{len(seen.busy_ms)} searches"),
            Figure("search p95 meanwhile / idle", busy / idle, "", at_most(2.0)),
            Figure("peak memory over idle", max(mb for _, mb in seen.memory) - seen.idle_mb, "MB", at_most(400)),
            Figure("memory slope", slope, "MB/file", at_most(1.0), note=f"after the first {count // 5} files"),
        ],
    )


async def _flood(
    server: Server, sender: Organisation, other: Organisation, files: Sequence[tuple[str, bytes]]
) -> _Seen:
    seen, started = _Seen(), 0.0
    async with (
        httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=sender.headers, timeout=120) as sending,
        httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=other.headers, timeout=120) as asking,
    ):
        await _search(asking, [], 20)
        await _search(asking, seen.idle_ms, _IDLE_SEARCHES)
        seen.idle_mb = _private_mb(server)
        ended = asyncio.Event()
        watchers = [asyncio.create_task(_keep_searching(asking, seen, ended))]
        watchers.append(asyncio.create_task(_watch_memory(server, seen, ended)))
        started = time.monotonic()
        queue = list(reversed(files))
        await asyncio.gather(*(_send(sending, queue, seen) for _ in range(_SENDERS)))
        await _wait_until_settled(sending, seen, len(files) - sum(seen.refused.values()))
        seen.elapsed_s = time.monotonic() - started
        ended.set()
        await asyncio.gather(*watchers)
    return seen


async def _send(client: httpx.AsyncClient, queue: list[tuple[str, bytes]], seen: _Seen) -> None:
    while queue:
        name, content = queue.pop()
        answer = await client.post("/documents", files={"file": (name, content)})
        if answer.status_code >= 400:
            code = str(answer.json().get("code", ""))
            seen.refused[f"refused: {code}"] += 1
            seen.without_reason += not code


async def _wait_until_settled(client: httpx.AsyncClient, seen: _Seen, count: int) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline:
        counts, reasons = await _statuses(client)
        seen.settled_count = sum(counts[status] for status in _SETTLED)
        if seen.settled_count >= count:
            seen.statuses = counts
            seen.without_reason += counts["failed"] - reasons
            return
        await asyncio.sleep(3.0)
    seen.statuses, _ = await _statuses(client)


async def _statuses(client: httpx.AsyncClient) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    reasons, cursor = 0, None
    while True:
        parameters = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        body = (await client.get("/documents", params=parameters)).raise_for_status().json()
        for item in body["items"]:
            counts[item["status"]] += 1
            reasons += item["status"] == "failed" and bool((item["error"] or {}).get("message"))
        cursor = body["next_cursor"]
        if cursor is None:
            return counts, reasons


async def _search(client: httpx.AsyncClient, latencies: list[float], count: int) -> None:
    """Search at the pace that is kept during the flood: a processor that is never idle answers faster."""
    asked = [question["question"] for question in questions()]
    for number in range(count):
        started = time.perf_counter()
        answer = await client.post("/search", json={"text": asked[number % len(asked)]})
        answer.raise_for_status()
        latencies.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(_SEARCH_EVERY_S)


async def _keep_searching(client: httpx.AsyncClient, seen: _Seen, ended: asyncio.Event) -> None:
    while not ended.is_set():
        await _search(client, seen.busy_ms, 1)


async def _watch_memory(server: Server, seen: _Seen, ended: asyncio.Event) -> None:
    while not ended.is_set():
        seen.memory.append((seen.settled_count, await asyncio.to_thread(_private_mb, server)))
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1.0)


def _private_mb(server: Server) -> float:
    """Return the memory of the whole tree; pages that its processes share count once, where the system tells."""
    total = 0.0
    for process in process_tree(server):
        with suppress(Exception):
            total += process.memory_full_info().pss / 1e6
    return total
