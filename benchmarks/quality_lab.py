"""Retrieval, answers, refusals and confidence on the test sets, without a database: the pure flow of ragapp.rag.

    python -m benchmarks.quality_lab [--sets dev,org,hr,en] [--ablation]

Vectors come from the product's own embedder; they are kept in the temporary folder, so the second run takes seconds
and a variant of fusion, answers or refusal can be tried at once. `dev` (tests/quality/dev) and half of the questions of
each other set are for choosing, the other half for reporting: see `Question.is_for_development`.
"""

import argparse
import asyncio
import hashlib
import pickle
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ragapp.adapters.e5.recipe import e5_recipe
from ragapp.adapters.e5.setup import FOLDER, ensure_e5
from ragapp.adapters.e5.vocabulary import VocabularyWords
from ragapp.adapters.extractive_generator import write_answer
from ragapp.adapters.onnx_embedder import OnnxEmbedder
from ragapp.adapters.parsers.formats import load_parse_function
from ragapp.adapters.parsers.identification import identify_file
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag import metrics
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.centring import LanguageRows, centred_similarity, describe_language
from ragapp.rag.chunking import build_chunks
from ragapp.rag.closeness import measure_closeness
from ragapp.rag.confidence import judge
from ragapp.rag.extractive import select_answer
from ragapp.rag.follow_ups import in_context
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.ports import Vectors
from ragapp.rag.retrieval import KnowledgeSource, RetrievalRequest, Retrieved, VectorLeg, retrieve
from ragapp.rag.spelling import respell
from ragapp.rag.terms import PassageTerms
from ragapp.rag.types import Chunk, GenerationRequest, Hit, ParsedDocument
from ragapp.rag.typical_questions import TypicalQuestions
from ragapp.services.library.filenames import title_of
from ragapp.services.retrieval.chunk_rows import analyse_row
from ragapp.services.retrieval.passage_text import passage_text
from ragapp.services.test_sets import Question as Row
from ragapp.services.test_sets import holds_any, is_hit, load_test_set

ROOT = Path(__file__).parents[1]
SETS = ROOT.parent / "shared" / "eval"
OWN_SETS = ROOT / "tests" / "quality"
_OWN = ("dev", "answers")
CACHE = Path(tempfile.gettempdir()) / "ragapp-quality-lab"


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a test set. `gold` are the chunks that answer it, empty when nothing does."""

    row: Row
    gold: frozenset[ChunkId]
    is_for_development: bool

    @property
    def answerable(self) -> bool:
        return self.row.answerable

    @property
    def pair(self) -> str:
        """Return the languages of question and document, such as "hr>en"."""
        return f"{self.row.language}>{self.row.document_language or self.row.language}"


class CachedEmbedder:
    """The product's embedder with vectors kept on disk, looked up by text."""

    def __init__(self) -> None:
        self._inner = OnnxEmbedder(e5_recipe(ensure_e5(ROOT / ".models")))
        name = hashlib.sha256(self._inner.fingerprint.encode()).hexdigest()[:16]
        self._path = CACHE / f"{name}.pickle"
        self._vectors: dict[str, Vectors] = pickle.loads(self._path.read_bytes()) if self._path.exists() else {}

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    async def embed_question(self, text: str) -> Vectors:
        key = f"q{text}"
        if key not in self._vectors:
            self._vectors[key] = await self._inner.embed_question(text)
        return self._vectors[key]

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if f"p{text}" not in self._vectors]
        for start in range(0, len(missing), 256):
            batch = missing[start : start + 256]
            vectors = await self._inner.embed_passages(batch)
            self._vectors.update((f"p{text}", vector) for text, vector in zip(batch, vectors, strict=True))
        return np.stack([self._vectors[f"p{text}"] for text in texts])

    async def close(self) -> None:
        """Write the cache and free the model."""
        CACHE.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(pickle.dumps(self._vectors))
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question; `retrieved` with ten passages."""

    question: Question
    retrieved: Retrieved
    rank: int | None
    refused: bool
    confidence: float
    shown: bool


class Lab:
    """A test set, chunked, analysed and embedded."""

    def __init__(
        self,
        name: str,
        passages: Sequence[Passage],
        terms: Sequence[PassageTerms],
        vectors: Vectors,
        questions: Sequence[Question],
        embedder: CachedEmbedder,
    ) -> None:
        self.name = name
        self.questions = list(questions)
        self._passages = list(passages)
        self._terms = list(terms)
        self._vectors = vectors
        words = VocabularyWords(ROOT / ".models" / FOLDER)
        self.leg = VectorLeg(embedder, EmbedderKind.E5, TypicalQuestions(embedder), words)
        self._by_id = {passage.chunk_id: passage for passage in passages}

    @classmethod
    async def load(cls, name: str, embedder: CachedEmbedder) -> "Lab":
        """Return the test set "en", "hr" or "org" of ../shared/eval, or "dev" or "answers", the product's own."""
        test_set = load_test_set((OWN_SETS if name in _OWN else SETS) / name)
        passages, terms, words = [], [], []
        texts: dict[str, str] = {}
        for path in test_set.files:
            document, title = _read(path), title_of(path.name)
            texts[path.stem] = document.text
            for chunk in build_chunks(document):
                passages.append(_passage(path.stem, title, chunk))
                found = analyse_row(chunk, document.text, title)
                terms.append(replace(found, language=chunk.language.value))
                columns = () if chunk.rows_start else chunk.columns
                words.append(passage_text(title, chunk.heading, chunk.text, columns))
        questions = [_question(name, row, passages, texts) for row in test_set.questions]
        return cls(name, passages, terms, await embedder.embed_passages(words), questions, embedder)

    def source(self, *, without: str | None = None) -> KnowledgeSource:
        """Return everything as one knowledge base, except the document `without`."""
        kept = [at for at, passage in enumerate(self._passages) if passage.document_id != without]
        ids, matrix = [self._passages[at].chunk_id for at in kept], self._vectors[kept]
        lexical = LexicalIndex(zip(ids, (self._terms[at] for at in kept), strict=True))
        languages: dict[str, LanguageRows] = {}

        async def search_vectors(vector: Vectors, limit: int) -> list[Hit]:
            return _best(ids, matrix @ vector, limit)

        async def search_across(vector: Vectors, mean: Vectors, language: str, limit: int) -> list[Hit]:
            if language not in languages:
                rows = np.array([at for at, found in enumerate(ids) if lexical.language_of(found) == language])
                languages[language] = describe_language(matrix, rows)
            rows_of = languages[language]
            scores = centred_similarity(matrix @ (vector - mean), vector - mean, rows_of)
            return _best([ids[at] for at in rows_of.rows.tolist()], scores, limit)

        return KnowledgeSource(lexical, search_vectors, search_across)

    async def ask(self, question: Question, source: KnowledgeSource, **switches: bool) -> Retrieved:
        """Return the first ten passages; switches as in `RetrievalRequest`."""
        text = in_context(question.row.text, question.row.history)
        request = RetrievalRequest(text, limit=10, **switches)  # type: ignore[arg-type]
        return await retrieve(request, sources=[source], vector_leg=self.leg, load_passages=self._load)

    async def measure(self, **switches: bool) -> list[Outcome]:
        """Ask every question of everything."""
        source = self.source()
        return [await self._measure(question, source, **switches) for question in self.questions]

    async def _measure(self, question: Question, source: KnowledgeSource, **switches: bool) -> Outcome:
        retrieved = await self.ask(question, source, **switches)
        verdict = judge(retrieved)
        read = retrieved.passages[:5]
        closeness = await measure_closeness(retrieved.question, retrieved.language, read, self.leg)
        asked = respell(question.row.text, retrieved.corrections)
        answer = select_answer(asked, retrieved.language, read, closeness)
        said = write_answer(answer, GenerationRequest(asked, retrieved.language, read))
        ids = [passage.chunk_id for passage in retrieved.passages]
        return Outcome(
            question,
            retrieved,
            metrics.find_rank(ids, question.gold),
            not verdict.answerable,
            verdict.confidence,
            verdict.answerable and holds_any(said, question.row.accepted),
        )

    async def _load(self, ids: Sequence[ChunkId]) -> Mapping[ChunkId, Passage]:
        return {chunk_id: self._by_id[chunk_id] for chunk_id in ids}


def _read(path: Path) -> ParsedDocument:
    content_type = identify_file(path, filename=path.name, declared_type=None)
    return load_parse_function(content_type)(path.read_bytes(), ParseLimits())


def _passage(stem: str, title: str, chunk: Chunk) -> Passage:
    return Passage(
        rank=0,
        score=0.0,
        document_id=DocumentId(stem),
        document_title=title,
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


def _question(name: str, row: Row, passages: Sequence[Passage], texts: Mapping[str, str]) -> Question:
    own = (passage for passage in passages if passage.document_id == row.document)
    gold = frozenset(passage.chunk_id for passage in own if is_hit(passage, texts[row.document], row))
    split_by = row.document if name == "en" and row.document else row.id
    return Question(row, gold, name == "dev" or zlib.crc32(split_by.encode()) % 2 == 0)


def _best(ids: Sequence[ChunkId], scores: Vectors, limit: int) -> list[Hit]:
    return [Hit(ids[at], float(scores[at])) for at in np.argsort(-scores, kind="stable")[:limit].tolist()]


def summarise(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the measures of some questions, in [0, 1]."""
    answered = [outcome for outcome in outcomes if outcome.question.answerable]
    ranks = [outcome.rank for outcome in answered]
    refusal = metrics.refusal_quality([o.question.answerable for o in outcomes], [o.refused for o in outcomes])
    in_five = [outcome.rank is not None and outcome.rank <= 5 for outcome in outcomes]
    return {
        "n": len(outcomes),
        "hit@1": metrics.hit_at(ranks, 1),
        "hit@5": metrics.hit_at(ranks, 5),
        "MRR@10": metrics.mean_reciprocal_rank(ranks),
        "shown": sum(outcome.shown for outcome in answered) / max(1, len(answered)),
        "refusal F1": refusal.f1,
        "wrongly refused": refusal.wrongly_refused,
        "rightly refused": refusal.recall,
        "ECE": metrics.expected_calibration_error([o.confidence for o in outcomes], in_five),
    }


def group(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    """Return the outcomes by key, "all" first."""
    groups: dict[str, list[Outcome]] = {"all": []}
    for outcome in outcomes:
        groups["all"].append(outcome)
        groups.setdefault(key(outcome), []).append(outcome)
    return groups


def _print(title: str, outcomes: Sequence[Outcome]) -> None:
    row = summarise(outcomes)
    print(f"{title:34s}", " ".join(f"{name} {value:.3g}" for name, value in row.items()))


async def main() -> None:
    """Print one table for each test set, or what each part of retrieval brings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default="dev,org,hr,en")
    parser.add_argument("--ablation", action="store_true")
    options = parser.parse_args()
    embedder = CachedEmbedder()
    legs = {"both": {}, "words": {"use_vector": False}, "vectors": {"use_lexical": False}}
    for name in options.sets.split(","):
        lab = await Lab.load(name, embedder)
        for label, switches in legs.items() if options.ablation else [("both", {})]:
            outcomes = await lab.measure(**switches)
            for half in (True, False):
                chosen = [outcome for outcome in outcomes if outcome.question.is_for_development is half]
                part = "development" if half else "evaluation"
                for pair, members in sorted(group(chosen, lambda outcome: outcome.question.pair).items()):
                    if members:
                        _print(f"{name} {part} {label} {pair}", members)
            for kind, members in sorted(group(outcomes, lambda outcome: outcome.question.row.kind).items()):
                _print(f"{name} {label} {kind}", members)
    await embedder.close()


if __name__ == "__main__":
    asyncio.run(main())
