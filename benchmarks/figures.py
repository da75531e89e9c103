"""What a benchmark says: figures with their unit, what they are compared with, and whether a target is met."""

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a figure, in the figure's unit."""

    bound: float
    is_floor: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.is_floor else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.is_floor else '<='} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; `samples` are the raw numbers it was taken from, `note` says what a ratio compares."""

    name: str
    value: float
    unit: str
    target: Target | None = None
    samples: Sequence[float] = ()
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "met" if self.target.is_met(self.value) else "MISSED"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "target": str(self.target or ""), "verdict": self.verdict}


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one measurement."""

    title: str
    figures: list[Figure] = field(default_factory=list)


def at_most(bound: float) -> Target:
    return Target(bound)


def at_least(bound: float) -> Target:
    return Target(bound, is_floor=True)


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` in (0, 1]."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def of_samples(
    name: str, samples: Sequence[float], unit: str, target: Target | None = None, note: str = ""
) -> Figure:
    """Return the median of repeated measurements."""
    return Figure(name, median(samples), unit, target, tuple(round(sample, 3) for sample in samples), note)


def render(section: Section) -> str:
    """Return a section as a Markdown table."""
    lines = [f"### {section.title}", "", "| figure | value | target | | raw, note |", "|---|---|---|---|---|"]
    for figure in section.figures:
        raw = ", ".join(f"{sample:.4g}" for sample in figure.samples[:12])
        details = "; ".join(part for part in (raw, figure.note) if part)
        value = f"{figure.value:.4g} {figure.unit}".strip()
        lines.append(f"| {figure.name} | {value} | {figure.target or ''} | {figure.verdict} | {details} |")
    return "\n".join(lines) + "\n"


def describe_machine() -> dict[str, str]:
    """Return what the figures depend on."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "processor": models[0].partition(":")[2].strip() if models else platform.processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load at the start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
