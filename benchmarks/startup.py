"""From process start to ready, memory at rest, and what must not be loaded."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Section, at_most, of_samples
from benchmarks.installation import create_organisations, process_tree, resident_mb, timed_app, timed_start
from tests.e2e.processes import Server

_AT_REST_S = 5.0


def measure(*, rounds: int) -> Section:
    """Start an empty installation once and an existing one `rounds` times."""
    with TemporaryDirectory(prefix="ragapp-bench-") as folder:
        fresh_s = timed_start(Path(folder) / "fresh")
        data_dir = Path(folder) / "used"
        create_organisations(data_dir, 1)
        again_s = [timed_start(data_dir) for _ in range(rounds)]
        with timed_app(data_dir) as (server, elapsed_s):
            again_s.append(elapsed_s)
            time.sleep(_AT_REST_S)
            resident = [process.memory_info().rss / 1e6 for process in process_tree(server)]
            proportional = sum(process.memory_full_info().pss for process in process_tree(server)) / 1e6
            torch_count = _count_torch(server)
            figures = [
                Figure("first start, empty folder", fresh_s, "s", at_most(5)),
                of_samples("start to ready", again_s, "s", at_most(5)),
                Figure(
                    "resident memory, whole tree, 5 s after ready", resident_mb(server), "MB", at_most(290), resident
                ),
                Figure("the same, shared pages counted once (PSS)", proportional, "MB"),
                Figure("processes with torch mapped", torch_count, "", at_most(0)),
            ]
    return Section("Start-up and memory at rest", figures)


def _count_torch(server: Server) -> int:
    maps = [Path(f"/proc/{process.pid}/maps").read_text() for process in process_tree(server)]
    return sum("libtorch" in text or "/torch/" in text for text in maps)
