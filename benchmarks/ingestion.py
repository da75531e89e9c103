"""Ingestion through REST against the encoder alone, on the same chunks, in turn."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Section, at_least, of_samples
from benchmarks.installation import corpus, create_organisations, timed_app, upload_and_wait
from ragapp.adapters.minilm_setup import ensure_minilm
from ragapp.adapters.onnx_embedder import OnnxEmbedder
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.markdown import parse
from ragapp.rag.chunking import build_chunks
from ragapp.services.passage_text import passage_text
from tests.e2e.processes import ROOT

_GOAL_SHARE = 0.60


def measure(*, rounds: int) -> Section:
    """Encode, ingest, encode, ingest …; each ingestion goes to an organisation of its own."""
    texts = [
        passage_text(chunk.heading, chunk.text)
        for path in corpus()
        for chunk in build_chunks(parse(path.read_bytes(), ParseLimits()))
    ]
    bare, through = [], []
    with TemporaryDirectory(prefix="ragapp-bench-") as folder, asyncio.Runner() as runner:
        owners = create_organisations(Path(folder), rounds + 1)
        embedder = OnnxEmbedder(ensure_minilm(ROOT / ".models"))
        with timed_app(Path(folder)) as (server, _):
            runner.run(embedder.embed_passages(texts[:16]))
            upload_and_wait(server, owners[0], corpus()[:2])
            for owner in owners[1:]:
                started = time.perf_counter()
                runner.run(embedder.embed_passages(texts))
                bare.append(len(texts) / (time.perf_counter() - started))
                ingested = upload_and_wait(server, owner, corpus())
                through.append(ingested.chunk_count / ingested.elapsed_s)
        runner.run(embedder.close())
    ratios = [ours / limit for ours, limit in zip(through, bare, strict=True)]
    return Section(
        "Ingestion of 24 files through REST",
        [
            Figure("chunks", len(texts), "", note="same chunks on both sides"),
            of_samples("encoder alone", bare, "chunks/s"),
            of_samples("upload to searchable", through, "chunks/s"),
            of_samples("ingestion / encoder", ratios, "", at_least(_GOAL_SHARE)),
        ],
    )
