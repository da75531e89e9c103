"""A light load generator in a process of its own: N connections that ask one question after another.

    python -m benchmarks.load URL --clients 32 --requests 1600 < requests.txt

Reads one JSON body per line from standard input, sends them in turn, prints latencies in milliseconds as JSON.
"""

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.e2e.processes import ROOT


@dataclass(frozen=True, slots=True)
class Load:
    """What `clients` connections saw; `client_cpu_share` of one core was the generator's own work."""

    latencies_ms: list[float]
    elapsed_s: float
    failed_count: int
    client_cpu_share: float

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.elapsed_s


def generate(url: str, api_key: str, bodies: Sequence[str], *, clients: int, requests: int) -> Load:
    """Run the generator in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.load", url, api_key]
    counts = ["--clients", str(clients), "--requests", str(requests)]
    done = subprocess.run(
        [*command, *counts], input="\n".join(bodies), cwd=ROOT, capture_output=True, text=True, check=True
    )
    return Load(**json.loads(done.stdout))


async def _run(url: str, api_key: str, bodies: Sequence[str], clients: int, requests: int) -> Load:
    address = urlsplit(url)
    host, port = str(address.hostname), address.port or 80
    queue = itertools.islice(itertools.cycle([_encode(address.path, api_key, body) for body in bodies]), requests)
    latencies: list[float] = []
    cpu, started = time.process_time(), time.perf_counter()
    failed = await asyncio.gather(*(_ask(host, port, queue, latencies) for _ in range(clients)))
    elapsed_s = time.perf_counter() - started
    return Load(latencies, elapsed_s, sum(failed), (time.process_time() - cpu) / elapsed_s)


def _encode(path: str, api_key: str, body: str) -> bytes:
    data = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


async def _ask(host: str, port: int, queue: Iterator[bytes], latencies: list[float]) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    failed = 0
    for request in queue:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        latencies.append((time.perf_counter() - started) * 1000)
        failed += not head.startswith(b"HTTP/1.1 200")
    writer.close()
    return failed


def main() -> None:
    """Generate load and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("api_key")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--requests", type=int, default=200)
    given = parser.parse_args()
    bodies = sys.stdin.read().splitlines()
    load = asyncio.run(_run(given.url, given.api_key, bodies, given.clients, given.requests))
    print(json.dumps({name: getattr(load, name) for name in Load.__slots__}))


if __name__ == "__main__":
    main()
