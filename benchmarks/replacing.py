"""The same file again against its first ingestion."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.figures import Figure, Section, at_least, of_samples
from benchmarks.installation import Organisation, corpus, create_organisations, read_files, timed_app, upload_and_wait
from tests.e2e.processes import Server

_GOAL_RATIO = 200
_AGAIN = 20


def measure(*, rounds: int) -> Section:
    """Upload one large file, wait until it can be searched, then send the same bytes again and again."""
    first, again = [], []
    with TemporaryDirectory(prefix="ragapp-bench-") as name:
        folder = Path(name)
        large = folder / "large.md"
        large.write_bytes(b"\n\n".join(path.read_bytes() for path in corpus()))
        owners = create_organisations(folder / "data", rounds + 1)
        with timed_app(folder / "data") as (server, _):
            upload_and_wait(server, owners[0], read_files(corpus()[:2]))
            for owner in owners[1:]:
                first.append(upload_and_wait(server, owner, read_files([large])).elapsed_s)
                again.append(_send_again(server, owner, large))
        size = large.stat().st_size
    ratios = [slow / fast for slow, fast in zip(first, again, strict=True)]
    return Section(
        "The same file again",
        [
            Figure("size", size / 1e6, "MB", note="the 24 files of the test set in one"),
            of_samples("first upload to searchable", first, "s"),
            of_samples("the same bytes again", [each * 1000 for each in again], "ms"),
            of_samples("first / again", ratios, "", at_least(_GOAL_RATIO)),
        ],
    )


def _send_again(server: Server, owner: Organisation, path: Path) -> float:
    """Return the median seconds of an upload that is recognised."""
    body, taken = path.read_bytes(), []
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=owner.headers, timeout=60) as client:
        for _ in range(_AGAIN):
            started = time.perf_counter()
            answer = client.post("/documents", files={"file": (path.name, body, "text/markdown")})
            taken.append(time.perf_counter() - started)
            if not answer.json()["duplicate"]:
                raise RuntimeError("the same bytes were not recognised")
    return sorted(taken)[_AGAIN // 2]
