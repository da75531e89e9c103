"""The same file again against its first ingestion."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.figures import Figure, Section, at_least, of_samples
from benchmarks.installation import File, Organisation, corpus, create_organisations, read_files, timed_app
from benchmarks.installation import upload_and_wait as ingest
from benchmarks.mixed_files import long_text
from tests.e2e.processes import Server

_GOAL_RATIO = 200
_PAGE_COUNTS = (30, 200)
_AGAIN = 20


def measure(*, rounds: int) -> list[Section]:
    """Upload one file, wait until it can be searched, then send the same bytes again and again; for two lengths."""
    with TemporaryDirectory(prefix="ragapp-bench-") as name:
        owners = create_organisations(Path(name), rounds * len(_PAGE_COUNTS) + 1)
        with timed_app(Path(name)) as (server, _):
            ingest(server, owners.pop(), read_files(corpus()[:2]))
            return [_measure(server, [owners.pop() for _ in range(rounds)], pages) for pages in _PAGE_COUNTS]


def _measure(server: Server, owners: list[Organisation], page_count: int) -> Section:
    file = (f"{page_count}-pages.md", long_text(page_count))
    first, again = [], []
    for owner in owners:
        first.append(ingest(server, owner, [file]).elapsed_s)
        again.append(_send_again(server, owner, file))
    ratios = [slow / fast for slow, fast in zip(first, again, strict=True)]
    return Section(
        f"The same file again, {page_count} pages",
        [
            Figure("size", len(file[1]) / 1e6, "MB"),
            of_samples("first upload to searchable", first, "s"),
            of_samples("the same bytes again", [each * 1000 for each in again], "ms"),
            of_samples("first / again", ratios, "", at_least(_GOAL_RATIO)),
        ],
    )


def _send_again(server: Server, owner: Organisation, file: File) -> float:
    """Return the median seconds of an upload that is recognised."""
    name, body = file
    taken = []
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=owner.headers, timeout=60) as client:
        for _ in range(_AGAIN):
            started = time.perf_counter()
            answer = client.post("/documents", files={"file": (name, body, "text/markdown")})
            taken.append(time.perf_counter() - started)
            if not answer.json()["duplicate"]:
                raise RuntimeError("the same bytes were not recognised")
    return sorted(taken)[_AGAIN // 2]
