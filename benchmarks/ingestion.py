"""Ingestion through REST against the encoder alone, on the same chunks, in turn."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Section, at_least, of_samples
from benchmarks.installation import (
    File,
    corpus,
    create_organisations,
    default_embedder,
    processor_s,
    read_files,
    timed_app,
    upload_and_wait,
)
from benchmarks.mixed_files import mixed_files
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.rag.chunking import build_chunks
from ragapp.services.retrieval.passage_text import passage_text

_GOAL_SHARE = 0.85
_GOAL_SHARE_OF_NOTES = 0.60


def measure(*, rounds: int) -> list[Section]:
    """Measure files of 1 to 32 pages in four formats, then notes of a page each."""
    mixed = [mixed_files(seed) for seed in range(rounds)]
    notes = [read_files(corpus())] * rounds
    return [
        _compare("Ingestion of 24 files (PDF, DOCX, MD, TXT; 1 to 32 pages) through REST", mixed, _GOAL_SHARE),
        _compare("Ingestion of 24 notes (MD, a page each) through REST", notes, _GOAL_SHARE_OF_NOTES),
    ]


def _compare(title: str, batches: Sequence[Sequence[File]], goal: float) -> Section:
    """Encode, ingest, encode, ingest …; each ingestion goes to an organisation of its own."""
    bare, through, shares, counts = [], [], [], []
    with TemporaryDirectory(prefix="ragapp-bench-") as folder, asyncio.Runner() as runner:
        owners = create_organisations(Path(folder) / "data", len(batches) + 1)
        embedder = default_embedder()
        texts = [runner.run(_read_passages(Path(folder), files)) for files in batches]
        with timed_app(Path(folder) / "data") as (server, _):
            runner.run(embedder.embed_passages(texts[0][:16]))
            upload_and_wait(server, owners[0], read_files(corpus()[:2]))
            for owner, files, passages in zip(owners[1:], batches, texts, strict=True):
                started, spent_s = time.perf_counter(), time.process_time()
                runner.run(embedder.embed_passages(passages))
                bare.append(len(passages) / (time.perf_counter() - started))
                encoding_s, spent_s = time.process_time() - spent_s, processor_s(server)
                ingested = upload_and_wait(server, owner, files)
                through.append(ingested.chunk_count / ingested.elapsed_s)
                shares.append(encoding_s / (processor_s(server) - spent_s))
                counts.append((len(passages), ingested.chunk_count))
        runner.run(embedder.close())
    if any(ours != theirs for ours, theirs in counts):
        raise RuntimeError(f"both sides must embed the same chunks: {counts}")
    ratios = [ours / limit for ours, limit in zip(through, bare, strict=True)]
    return Section(
        title,
        [
            Figure("chunks", counts[0][0], "", note="same chunks on both sides"),
            of_samples("encoder alone", bare, "chunks/s"),
            of_samples("upload to searchable", through, "chunks/s"),
            of_samples("ingestion / encoder", ratios, "", at_least(goal)),
            of_samples("processor time of the encoder / of the app", shares, ""),
        ],
    )


async def _read_passages(folder: Path, files: Sequence[File]) -> list[str]:
    """Return what the app embeds of the files."""
    sandbox = Sandbox(concurrent_count=2, idle_s=60)
    parser, passages = SandboxedParser(sandbox, ParseLimits()), []
    for name, content in files:
        path = folder / name
        path.write_bytes(content)
        kind = await parser.identify(path, filename=name, declared_type=None)
        parsed = await parser.parse(path, content_type=kind)
        passages += [
            passage_text(path.stem, chunk.heading, chunk.text, () if chunk.rows_start else chunk.columns)
            for chunk in build_chunks(parsed)
        ]
    sandbox.close()
    return passages
