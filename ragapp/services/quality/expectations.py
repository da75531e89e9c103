"""When an own question is answered right: by its document, its page and its words, whatever of these is expected."""

import hashlib
import json
from collections.abc import Sequence

from ragapp.core.evidence import Passage
from ragapp.core.folding import fold
from ragapp.core.quality import Expects
from ragapp.models import QualityQuestion
from ragapp.services.quality.measuring import Asked, Outcome, first_rank
from ragapp.services.test_sets import holds_any


def judge(question: QualityQuestion, asked: Asked) -> Outcome:
    """Return what became of a question."""
    is_answerable = question.expects == Expects.ANSWER
    return Outcome(
        is_answerable=is_answerable,
        rank=first_rank([is_answerable and is_right_passage(question, passage) for passage in asked.passages]),
        is_refused=asked.is_refused,
        is_shown=is_answerable and not asked.is_refused and _is_shown(question, asked),
        confidence=asked.done.summary.confidence,
        search_ms=asked.search_ms,
        answer_ms=asked.answer_ms,
    )


def is_right_passage(question: QualityQuestion, passage: Passage) -> bool:
    """Return whether a passage is of the expected document and page and holds the expected words."""
    if question.document_id and passage.document_id != question.document_id:
        return False
    if question.page is not None and passage.page != question.page:
        return False
    return not question.words or holds_words(passage.text, question.words)


def holds_words(text: str, words: Sequence[str]) -> bool:
    """Return whether a text holds one of the answers, whatever the case, the diacritics and the white space."""
    return holds_any(fold(text), [fold(each) for each in words])


def digest_of(question: QualityQuestion) -> str:
    """Return what tells whether two runs asked and expected the same."""
    facts = [question.text, question.expects, question.document_id, question.page, question.words]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def text_digest(text: str) -> str:
    """Return what two questions share that differ in case, diacritics or white space only."""
    return hashlib.sha256(" ".join(fold(text).split()).encode()).hexdigest()


def _is_shown(question: QualityQuestion, asked: Asked) -> bool:
    """Return whether the answer holds the expected words; where none are expected, whether it cites what is right."""
    if question.words:
        return holds_words(asked.done.text, question.words)
    return any(is_right_passage(question, source.passage) for source in asked.done.summary.sources)
