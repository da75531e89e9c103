"""Test sets: a corpus folder, questions, and where in the corpus each answer stands."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ragapp.core.errors import InvalidInput
from ragapp.core.evidence import Passage

_ANCHOR = re.compile(r"^## .*\{#(\w+)\}\s*$", re.MULTILINE)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a test set.

    `document` is the stem of the file that answers it, `gold` names the places in it: paragraph numbers (from 0, the
    title line not counted) or article anchors; none where any place with an accepted answer will do. Both are empty for
    questions without an answer. `document_language` is that of the document, of the nearest one where nothing answers,
    and empty where the set does not tell. `history` are the questions asked before it in the same conversation.
    """

    id: str
    language: str
    kind: str
    text: str
    document: str
    gold: tuple[str, ...]
    answer: str
    answerable: bool
    document_language: str = ""
    also_accepted: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """Return every right answer, the first one first."""
        return tuple(filter(None, (self.answer, *self.also_accepted)))


@dataclass(frozen=True, slots=True)
class TestSet:
    """A corpus and its questions."""

    __test__ = False  # not a pytest class

    name: str
    files: tuple[Path, ...]
    questions: tuple[Question, ...]


def load_test_set(folder: Path) -> TestSet:
    """Read `folder/corpus/*` and `folder/questions.jsonl`.

    Raises:
        InvalidInput: a file is missing or a row is not of the expected form.
    """
    corpus, rows = folder / "corpus", folder / "questions.jsonl"
    if not corpus.is_dir() or not rows.is_file():
        raise InvalidInput(f"{folder} needs a folder corpus/ and a file questions.jsonl.")
    try:
        questions = tuple(_question(json.loads(line)) for line in rows.read_text("utf-8").splitlines() if line.strip())
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"{rows} holds a row of an unknown form.") from error
    return TestSet(folder.resolve().name, tuple(sorted(path for path in corpus.iterdir() if path.is_file())), questions)


def _question(row: Mapping[str, Any]) -> Question:
    paragraph = row.get("paragraph")
    places = row.get("gold_refs") or ([] if paragraph is None else [paragraph])
    return Question(
        id=str(row["id"]),
        language=str(row["lang"]),
        kind=str(row.get("kind") or ("natural" if row["answerable"] else "unanswerable")),
        text=str(row["question"]),
        document=_stem(str(row.get("act") or row.get("document") or "")),
        gold=tuple(str(place) for place in places),
        answer=str(row.get("answer") or ""),
        answerable=bool(row["answerable"]),
        document_language=str(row.get("doc_lang") or ""),
        also_accepted=tuple(row.get("also_accept") or ()),
        history=tuple(row.get("history") or ()),
    )


def _stem(name: str) -> str:
    """Return a file's name without its extension; sets name a document with or without one."""
    return Path(name).stem if Path(name).suffix[1:].isalnum() else name


def gold_spans(text: str, question: Question) -> tuple[tuple[int, int], ...]:
    """Return the character ranges of a document's text that answer a question."""
    places = _articles(text) or _paragraphs(text)
    return tuple(places[place] for place in question.gold if place in places)


def _articles(text: str) -> dict[str, tuple[int, int]]:
    anchors = list(_ANCHOR.finditer(text))
    starts = [anchor.start() for anchor in anchors]
    return {anchor[1]: span for anchor, span in zip(anchors, pairwise([*starts, len(text)]), strict=False)}


def _paragraphs(text: str) -> dict[str, tuple[int, int]]:
    blocks = [match.span() for match in _PARAGRAPH.finditer(text) if not match[0].startswith("# ")]
    return {str(number): span for number, span in enumerate(blocks)}


def is_hit(passage: Passage, text: str, question: Question) -> bool:
    """Return whether a passage of the right document is the right passage.

    In an article of a law it must stand mostly within it, in a paragraph it must hold the answer inside it, and where a
    set names no places it must hold an accepted answer, any run of white space counting as one space.
    """
    if not question.gold:
        return holds_any(passage.text, question.accepted)
    spans = gold_spans(text, question)
    if not all(place.isdigit() for place in question.gold):
        return any(_overlap(passage, span) * 2 > passage.end - passage.start for span in spans)
    return any(_holds(passage, span, question.answer) for span in spans)


def holds_any(text: str, answers: Sequence[str]) -> bool:
    """Return whether a text holds one of the answers, any run of white space counting as one space."""
    folded = " ".join(text.split())
    return any(" ".join(answer.split()) in folded for answer in answers)


def _overlap(passage: Passage, span: tuple[int, int]) -> int:
    return min(passage.end, span[1]) - max(passage.start, span[0])


def _holds(passage: Passage, span: tuple[int, int], answer: str) -> bool:
    inside = passage.text[max(0, span[0] - passage.start) : max(0, span[1] - passage.start)]
    return answer in inside
