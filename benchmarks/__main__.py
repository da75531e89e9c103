"""Measure the product as ratios in one run: `python -m benchmarks [--quick] [--json FILE] [--only NAME …]`."""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import encoders, flood, ingestion, permissions, replacing, searching, sharing, startup, streaming
from benchmarks.figures import Section, describe_machine, render

_SUITES: dict[str, Callable[[bool], list[Section]]] = {
    "startup": lambda quick: [startup.measure(rounds=1 if quick else 5)],
    "ingestion": lambda quick: ingestion.measure(rounds=2 if quick else 5),
    "flood": lambda quick: [flood.measure(count=200 if quick else 1000)],
    "replacing": lambda quick: replacing.measure(rounds=2 if quick else 5),
    "sharing": lambda quick: [sharing.measure(files=6, megabytes=6.0, seconds=60 if quick else 180)],
    "searching": lambda quick: searching.measure(rounds=2 if quick else 5, requests=100 if quick else 200),
    "encoders": lambda quick: encoders.measure(rounds=2 if quick else 6, requests=100 if quick else 200),
    "permissions": lambda quick: [permissions.measure(rounds=3 if quick else 9, requests=200)],
    "streaming": lambda quick: [_streaming(quick)],
}


def _streaming(quick: bool) -> Section:
    return streaming.measure(tokens_per_second=(100,) if quick else (100, 20), rounds=3 if quick else 5)


def main() -> None:
    """Run the chosen suites and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: about a minute")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--only", nargs="+", choices=_SUITES, default=list(_SUITES))
    chosen = parser.parse_args()
    machine = describe_machine()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()), end="\n\n", flush=True)
    sections = list(_run(chosen.only, quick=chosen.quick))
    if chosen.json:
        found = {section.title: [figure.to_json() for figure in section.figures] for section in sections}
        chosen.json.write_text(json.dumps({"machine": machine, "sections": found}, indent=2, ensure_ascii=False))


def _run(names: list[str], *, quick: bool) -> Iterator[Section]:
    for name in names:
        for section in _SUITES[name](quick):
            print(render(section), flush=True)
            yield section


if __name__ == "__main__":
    main()
