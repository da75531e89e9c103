"""The multilingual encoder against the English one: alone, and as the app's own in two apps side by side, in turn."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Section, Target, at_least, at_most, of_samples
from benchmarks.installation import (
    corpus,
    create_organisations,
    default_embedder,
    questions,
    read_files,
    resident_mb,
    timed_app,
    upload_and_wait,
)
from benchmarks.searching import CLIENTS, Endpoint
from ragapp.adapters.minilm_encoder import minilm_recipe
from ragapp.adapters.minilm_setup import ensure_minilm
from ragapp.adapters.onnx_embedder import OnnxEmbedder
from ragapp.rag.chunking import build_chunks
from ragapp.rag.types import ParsedDocument
from tests.e2e.processes import ROOT

_PASSAGES = 48
_QUESTIONS = 50
_AT_REST_S = 5.0


def measure(*, rounds: int, requests: int) -> list[Section]:
    """Measure both encoders in this process, then both apps, each in turn."""
    return [asyncio.run(_alone(rounds)), _in_the_app(rounds, requests)]


async def _alone(rounds: int) -> Section:
    minilm, e5 = OnnxEmbedder(minilm_recipe(ensure_minilm(ROOT / ".models"))), default_embedder()
    figures: list[Figure] = []
    for language, goal in (("en", 0.48), ("hr", 0.75)):
        texts = _passages(language)
        old, new = [], []
        for number in range(rounds + 1):
            part = [texts[(number * _PASSAGES + at) % len(texts)] for at in range(_PASSAGES)]
            old.append(await _passages_per_s(minilm, part))
            new.append(await _passages_per_s(e5, part))
        figures += _pair(f"passages, {language}", old[1:], new[1:], "/s", at_least(goal))
    asked = [str(question["question"]) for question in questions()][:_QUESTIONS]
    pairs = [(await _question_ms(minilm, asked), await _question_ms(e5, asked)) for _ in range(rounds)]
    figures += _pair("a question alone, p50", [old for old, _ in pairs], [new for _, new in pairs], "ms", None)
    await minilm.close()
    await e5.close()
    return Section("Encoders alone: multilingual-e5-small against all-MiniLM-L6-v2, both int8", figures)


def _pair(
    name: str, old: Sequence[float], new: Sequence[float], unit: str, target: Target | None
) -> Iterator[Figure]:
    ratios = [ours / theirs for ours, theirs in zip(new, old, strict=True)]
    yield of_samples(f"{name}: MiniLM", old, unit)
    yield of_samples(f"{name}: e5", new, unit)
    yield of_samples(f"{name}: e5 / MiniLM", ratios, "", target)


def _passages(language: str) -> list[str]:
    paths = sorted((ROOT.parent / "shared/eval" / language / "corpus").glob("*.md"))
    documents = [ParsedDocument(path.read_text()) for path in paths]
    return [chunk.text for document in documents for chunk in build_chunks(document)]


async def _passages_per_s(embedder: OnnxEmbedder, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    await embedder.embed_passages(texts)
    return len(texts) / (time.perf_counter() - started)


async def _question_ms(embedder: OnnxEmbedder, texts: Sequence[str]) -> float:
    elapsed_ms = []
    for text in texts:
        started = time.perf_counter()
        await embedder.embed_question(text)
        elapsed_ms.append((time.perf_counter() - started) * 1000)
    return median(elapsed_ms)


def _in_the_app(rounds: int, requests: int) -> Section:
    bodies = [json.dumps({"text": str(question["question"])}) for question in questions()]
    with ExitStack() as stack:
        asked, resident, ready = [], [], []
        for name in ("minilm", "e5"):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ragapp-bench-")))
            owner = create_organisations(folder, 1)[0]
            environment = {"RAGAPP_EMBEDDER": name, "RAGAPP_GENERATOR": "extractive"}
            server, elapsed_s = stack.enter_context(timed_app(folder, **environment))
            time.sleep(_AT_REST_S)
            ready.append(elapsed_s)
            resident.append(resident_mb(server))
            upload_and_wait(server, owner, read_files(corpus()))
            asked.append(Endpoint(server, owner, "search", bodies))
            asked[-1].ask(64, clients=CLIENTS)
        alone = _in_turn(asked, rounds, lambda search: median(search.ask(requests).latencies_ms))
        loaded = _in_turn(asked, rounds, lambda search: search.ask(requests * 3, clients=CLIENTS).per_second)
    return Section(
        "The app with either encoder",
        [
            *_pair("search alone, p50", *alone, "ms", at_most(1.45)),
            *_pair(f"searches at {CLIENTS} clients", *loaded, "/s", at_least(0.8)),
            Figure("resident memory 5 s after ready: MiniLM", resident[0], "MB"),
            Figure("resident memory 5 s after ready: e5", resident[1], "MB", at_most(290)),
            Figure("start to ready: MiniLM", ready[0], "s"),
            Figure("start to ready: e5", ready[1], "s", at_most(5)),
        ],
    )


def _in_turn(
    asked: Sequence[Endpoint], rounds: int, ask: Callable[[Endpoint], float]
) -> tuple[list[float], list[float]]:
    pairs = [(ask(asked[0]), ask(asked[1])) for _ in range(rounds)]
    return [old for old, _ in pairs], [new for _, new in pairs]
