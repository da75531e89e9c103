"""Search and questions through REST: alone, under load, and what a thousand of them leave in memory."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Section, at_least, at_most, of_samples, percentile
from benchmarks.installation import (
    Organisation,
    corpus,
    create_organisations,
    default_embedder,
    questions,
    read_files,
    resident_mb,
    timed_app,
    upload_and_wait,
)
from benchmarks.load import Load, generate
from tests.e2e.processes import Server

CLIENTS = 32
_MEMORY_STEPS = 5


class Endpoint:
    """One endpoint of a furnished installation."""

    def __init__(self, server: Server, owner: Organisation, path: str, bodies: Sequence[str]) -> None:
        self._url = f"{server.url}/api/v1/{path}"
        self._api_key = owner.api_key
        self._bodies = bodies
        self._next = 0

    def ask(self, requests: int, *, clients: int = 1) -> Load:
        """Ask the next distinct questions."""
        start = self._next % len(self._bodies)
        self._next += requests
        bodies = [*self._bodies[start:], *self._bodies[:start]]
        load = generate(self._url, self._api_key, bodies, clients=clients, requests=requests)
        if load.failed_count:
            raise RuntimeError(f"{load.failed_count} of {requests} requests failed")
        return load


def measure(*, rounds: int, requests: int) -> list[Section]:
    """Measure the search alone and under load in turn, each round beside the encoder alone."""
    texts = [str(question["question"]) for question in questions()]
    with TemporaryDirectory(prefix="ragapp-bench-") as folder:
        owner = create_organisations(Path(folder), 1)[0]
        with timed_app(Path(folder), RAGAPP_GENERATOR="extractive") as (server, _):
            upload_and_wait(server, owner, read_files(corpus()))
            bodies = [json.dumps({"text": text}) for text in texts]
            search = Endpoint(server, owner, "search", bodies)
            query = Endpoint(server, owner, "query", bodies)
            search.ask(64, clients=CLIENTS)
            query.ask(16)
            return [
                _searches(search, texts, rounds, requests),
                _answers(query, rounds, requests // 2),
                _memory(server, search),
            ]


def _searches(search: Endpoint, texts: Sequence[str], rounds: int, requests: int) -> Section:
    bare, alone, alone_p95, loaded, loaded_p95, cpu = [], [], [], [], [], []
    for number in range(rounds):
        bare.append(_encode_ms(texts[number * 100 : number * 100 + 100]))
        one = search.ask(requests)
        alone.append(median(one.latencies_ms))
        alone_p95.append(percentile(one.latencies_ms, 0.95))
        many = search.ask(requests * 3, clients=CLIENTS)
        loaded.append(many.per_second)
        loaded_p95.append(percentile(many.latencies_ms, 0.95))
        cpu.append(many.client_cpu_share)
    return Section(
        "Search through REST",
        [
            of_samples("encoding a question, alone, p50", bare, "ms"),
            of_samples("search alone, p50", alone, "ms", at_most(15)),
            of_samples("search alone, p95", alone_p95, "ms"),
            of_samples("search p50 / encoder p50", [a / b for a, b in zip(alone, bare, strict=True)], ""),
            of_samples(f"searches at {CLIENTS} clients", loaded, "/s", at_least(120)),
            of_samples(f"p95 at {CLIENTS} clients", loaded_p95, "ms"),
            of_samples("share of a core the load generator took", cpu, ""),
        ],
    )


def _encode_ms(texts: Sequence[str]) -> float:
    async def encode() -> float:
        embedder = default_embedder()
        await embedder.embed_question("warm up")
        elapsed_ms = []
        for text in texts:
            started = time.perf_counter()
            await embedder.embed_question(text)
            elapsed_ms.append((time.perf_counter() - started) * 1000)
        await embedder.close()
        return median(elapsed_ms)

    return asyncio.run(encode())


def _answers(query: Endpoint, rounds: int, requests: int) -> Section:
    loads = [query.ask(requests) for _ in range(rounds)]
    return Section(
        "Questions through REST, exact passages as answers",
        [
            of_samples("answer, p50", [median(load.latencies_ms) for load in loads], "ms"),
            of_samples("answer, p95", [percentile(load.latencies_ms, 0.95) for load in loads], "ms"),
        ],
    )


def _memory(server: Server, search: Endpoint) -> Section:
    resident = [resident_mb(server)]
    for _ in range(_MEMORY_STEPS):
        search.ask(1000 // _MEMORY_STEPS, clients=CLIENTS)
        resident.append(resident_mb(server))
    grown = resident[-1] - resident[0]
    return Section(
        "Memory of 1,000 more searches",
        [Figure("growth of the resident memory", grown, "MB", samples=resident, note="after each fifth")],
    )
