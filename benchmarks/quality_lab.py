"""Retrieval, answers, refusals and confidence on the test sets, without a database: the pure flow of ragapp.rag.

    python -m benchmarks.quality_lab [--words-only]

Vectors come from the product's own embedder; they are kept in the temporary folder, so the second run takes seconds.
"""

import argparse
import asyncio
import hashlib
import json
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ragapp.adapters.minilm_encoder import minilm_recipe
from ragapp.adapters.minilm_setup import ensure_minilm
from ragapp.adapters.onnx_embedder import OnnxEmbedder
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.markdown import parse
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag import metrics
from ragapp.rag.analysis import PassageFields, analyse
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.chunking import build_chunks, lead_in
from ragapp.rag.confidence import judge
from ragapp.rag.extractive import select_answer
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.ports import Vectors
from ragapp.rag.retrieval import KnowledgeSource, RetrievalRequest, Retrieved, VectorLeg, retrieve
from ragapp.rag.terms import PassageTerms
from ragapp.rag.types import Chunk, Heading, Hit, Language, ParsedDocument

ROOT = Path(__file__).parents[1]
SETS = ROOT.parent / "shared" / "eval"
CACHE = Path(tempfile.gettempdir()) / "ragapp-quality-lab"
REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a test set. `gold` are the chunks that answer it, empty when nothing does."""

    id: str
    text: str
    lang: str
    kind: str
    document: str | None
    answer: str
    gold: frozenset[ChunkId]

    @property
    def answerable(self) -> bool:
        return self.document is not None


@dataclass(frozen=True, slots=True)
class Part:
    """One indexed chunk."""

    passage: Passage
    terms: PassageTerms


class CachedEmbedder:
    """The product's embedder with vectors kept on disk, looked up by text."""

    def __init__(self) -> None:
        self._inner = OnnxEmbedder(minilm_recipe(ensure_minilm(ROOT / ".models")))
        self._vectors: dict[str, Vectors] = {}

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    async def embed_question(self, text: str) -> Vectors:
        return self._vectors[text] if text in self._vectors else await self._inner.embed_question(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        digest = hashlib.sha256("\0".join([self.fingerprint, *texts]).encode()).hexdigest()[:24]
        path = CACHE / f"{digest}.npy"
        if path.exists():
            return np.asarray(np.load(path), dtype=np.float32)
        CACHE.mkdir(parents=True, exist_ok=True)
        vectors = await self._inner.embed_passages(texts)
        np.save(path, vectors)
        return vectors

    async def remember(self, texts: Sequence[str]) -> None:
        """Embed questions once; MiniLM encodes questions and passages alike."""
        self._vectors.update(zip(texts, await self.embed_passages(texts), strict=True))

    async def close(self) -> None:
        await self._inner.close()


class Lab:
    """A test set, chunked, analysed and embedded."""

    def __init__(
        self, parts: list[Part], vectors: Vectors, questions: list[Question], embedder: CachedEmbedder | None
    ) -> None:
        self.parts = parts
        self.questions = questions
        self._vectors = vectors
        self._embedder = embedder
        self._by_id = {part.passage.chunk_id: part.passage for part in parts}

    @classmethod
    async def load(cls, name: str, embedder: CachedEmbedder | None) -> "Lab":
        """Return the test set `name` ("en" or "hr") of ../shared/eval; without an embedder, words only."""
        documents = {path.stem: _read(path) for path in sorted((SETS / name / "corpus").glob("*.md"))}
        chunks = {stem: build_chunks(document) for stem, document in documents.items()}
        parts = [_part(stem, documents[stem], chunk) for stem, found in chunks.items() for chunk in found]
        rows = [json.loads(line) for line in (SETS / name / "questions.jsonl").read_text().splitlines()]
        questions = [_question(row, documents, chunks) for row in rows]
        vectors: Vectors = np.zeros((len(parts), 1), np.float32)
        if embedder is not None:
            vectors = await embedder.embed_passages([part.passage.text for part in parts])
            await embedder.remember([question.text for question in questions])
        return cls(parts, vectors, questions, embedder)

    def source(self, *, without: str | None = None) -> KnowledgeSource:
        """Return everything as one knowledge base, except the document `without`."""
        rows = [row for row, part in enumerate(self.parts) if part.passage.document_id != without]
        ids = [self.parts[row].passage.chunk_id for row in rows]
        matrix = self._vectors[rows]
        lexical = LexicalIndex(zip(ids, (self.parts[row].terms for row in rows), strict=True))

        async def search_vectors(vector: Vectors, limit: int) -> list[Hit]:
            scores = matrix @ vector
            return [Hit(ids[row], float(scores[row])) for row in np.argsort(-scores, kind="stable")[:limit].tolist()]

        return KnowledgeSource(lexical, search_vectors)

    async def ask(self, question: Question, source: KnowledgeSource, *, use_vector: bool) -> Retrieved:
        """Return the first ten passages."""
        request = RetrievalRequest(question.text, limit=10, use_vector=use_vector)
        leg = VectorLeg(self._embedder, EmbedderKind.ENGLISH) if self._embedder else None
        return await retrieve(request, sources=[source], vector_leg=leg, load_passages=self._load)

    async def _load(self, ids: Sequence[ChunkId]) -> Mapping[ChunkId, Passage]:
        return {chunk_id: self._by_id[chunk_id] for chunk_id in ids}


def _read(path: Path) -> ParsedDocument:
    return parse(path.read_bytes(), ParseLimits())


def _part(stem: str, document: ParsedDocument, chunk: Chunk) -> Part:
    passage = Passage(
        rank=0,
        score=0.0,
        document_id=DocumentId(stem),
        document_title=document.title,
        page=chunk.page,
        chunk_id=ChunkId(f"{stem}:1:{chunk.ordinal}"),
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        heading=chunk.heading,
        language=chunk.language.value,
        columns=chunk.columns,
        rows_start=chunk.rows_start,
    )
    before = lead_in(document.text, chunk.start)
    fields = PassageFields(chunk.text, chunk.heading, document.title, before, chunk.columns, chunk.rows_start)
    return Part(passage, analyse(fields, chunk.language))


def _question(
    row: dict[str, object], documents: Mapping[str, ParsedDocument], chunks: Mapping[str, list[Chunk]]
) -> Question:
    stem = row.get("document") or row.get("act")
    answer = str(row["answer"] or "")
    gold: Iterable[Chunk] = ()
    if stem is not None and "gold_refs" in row:
        gold = _in_articles(documents[str(stem)], chunks[str(stem)], set(row["gold_refs"]))  # type: ignore[call-overload]
    elif stem is not None:
        gold = _in_paragraph(documents[str(stem)].text, chunks[str(stem)], int(str(row["paragraph"])), answer)
    ids = frozenset(ChunkId(f"{stem}:1:{chunk.ordinal}") for chunk in gold)
    document = str(stem) if stem else None
    kind = str(row.get("kind", ""))
    return Question(str(row["id"]), str(row["question"]), str(row["lang"]), kind, document, answer, ids)


def _in_articles(document: ParsedDocument, chunks: list[Chunk], names: set[str]) -> Iterable[Chunk]:
    """Return the chunks whose last heading line carries one of the attributes `{#artN}`."""
    starts = [heading.start for heading in document.headings]
    for chunk in chunks:
        heading: Heading = document.headings[bisect_right(starts, chunk.end - 1) - 1]
        line = document.text[heading.start :].partition("\n")[0]
        if any(f"{{#{name}}}" in line for name in names):
            yield chunk


def _in_paragraph(text: str, chunks: list[Chunk], number: int, answer: str) -> Iterable[Chunk]:
    paragraphs = [block for block in text.split("\n\n") if block.strip() and not block.startswith("#")]
    start = text.index(paragraphs[number])
    end = start + len(paragraphs[number])
    return (chunk for chunk in chunks if answer in text[max(start, chunk.start) : min(end, chunk.end)])


async def measure(lab: Lab, questions: Sequence[Question], *, use_vector: bool) -> dict[str, float]:
    """Return the metrics of one group of questions, in [0, 1] or milliseconds."""
    source = lab.source()
    started = time.perf_counter()
    found = [await lab.ask(question, source, use_vector=use_vector) for question in questions]
    elapsed_ms = (time.perf_counter() - started) * 1000 / len(questions)
    verdicts = [judge(retrieved) for retrieved in found]
    pairs = [(question, got) for question, got in zip(questions, found, strict=True) if question.answerable]
    ranks = [metrics.find_rank([p.chunk_id for p in got.passages], question.gold) for question, got in pairs]
    answers = [select_answer(question.text, got.language, got.passages[:5]) for question, got in pairs]
    refusals = metrics.refusal_quality([q.answerable for q in questions], [not v.answerable for v in verdicts])
    in_top5 = [any(p.chunk_id in q.gold for p in r.passages[:5]) for q, r in zip(questions, found, strict=True)]
    shown = [any(q.answer in s.text for s in a.sentences) for (q, _), a in zip(pairs, answers, strict=True)]
    return {
        "n": len(questions),
        "hit@1": metrics.hit_at(ranks, 1),
        "hit@5": metrics.hit_at(ranks, 5),
        "hit@10": metrics.hit_at(ranks, 10),
        "MRR@10": metrics.mean_reciprocal_rank(ranks),
        "shown": sum(shown) / max(1, len(shown)),
        "EM": _mean([metrics.exact_match(a.span, q.answer) for (q, _), a in zip(pairs, answers, strict=True)]),
        "F1": _mean([metrics.token_f1(a.span, q.answer) for (q, _), a in zip(pairs, answers, strict=True)]),
        "wrongly refused": refusals.wrongly_refused,
        "rightly refused": refusals.recall,
        "ECE": metrics.expected_calibration_error([v.confidence for v in verdicts], in_top5),
        "ms": elapsed_ms,
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


async def main() -> None:
    """Print one table per test set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words-only", action="store_true")
    use_vector = not parser.parse_args().words_only
    embedder = CachedEmbedder()
    for name in ("en", "hr"):
        lab = await Lab.load(name, embedder)
        groups = {f"{name} <- {lang}": [q for q in lab.questions if q.lang == lang] for lang in ("en", "hr")}
        kinds = sorted({q.kind for q in lab.questions if q.kind and q.lang == Language.CROATIAN.value})
        groups |= {f"  {kind}": [q for q in lab.questions if q.kind == kind and q.lang == "hr"] for kind in kinds}
        for label, questions in groups.items():
            if questions:
                row = await measure(lab, questions, use_vector=use_vector)
                print(f"{label:16s}", " ".join(f"{key} {value:.3g}" for key, value in row.items()))
    await embedder.close()


if __name__ == "__main__":
    asyncio.run(main())
