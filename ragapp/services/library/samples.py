"""The sample documents that come with the product."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "samples"
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample file; `questions` are in its language and answered by it."""

    filename: str
    title: str
    language: str
    sha256: str
    questions: tuple[str, ...]


class Samples:
    """Reads `manifest.json` and the files it names; once, when first asked."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder
        self._loaded: tuple[Sample, ...] | None = None

    async def list_all(self) -> tuple[Sample, ...]:
        """Return every sample, in the order of the manifest."""
        if self._loaded is None:
            self._loaded = await asyncio.to_thread(_load, self._folder)
        return self._loaded

    async def stream(self, sample: Sample) -> AsyncIterator[bytes]:
        """Yield the bytes of a sample."""
        content = await asyncio.to_thread((self._folder / sample.filename).read_bytes)
        for start in range(0, len(content), _PIECE_BYTES):
            yield content[start : start + _PIECE_BYTES]


def _load(folder: Path) -> tuple[Sample, ...]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    questions: dict[str, list[str]] = {}
    for question in manifest["questions"]:
        questions.setdefault(question["document"], []).append(question["text"])
    return tuple(
        Sample(
            filename=entry["filename"],
            title=entry["title"],
            language=entry["language"],
            sha256=hashlib.sha256((folder / entry["filename"]).read_bytes()).hexdigest(),
            questions=tuple(questions.get(entry["filename"], ())),
        )
        for entry in manifest["documents"]
    )
