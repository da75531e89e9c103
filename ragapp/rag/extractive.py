"""The answer as verbatim sentences of the passages, chosen without a language model."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from ragapp.core.evidence import Passage
from ragapp.rag.analysis import analyse_question
from ragapp.rag.matching import QuestionWords, question_words, tokens_of
from ragapp.rag.questions import AnswerType, answer_type
from ragapp.rag.spans import best_span, holds_type
from ragapp.rag.table_answers import value_of
from ragapp.rag.tables import RowsAnswer, answer_from_rows, split_units, worded
from ragapp.rag.types import Language

_MOST_SENTENCES = 3
_MOST_PASSAGES = 5
_CLOSE_SHARE = 0.75
_NEIGHBOUR_WEIGHT = 0.3
_TYPE_WEIGHT = 0.15
_PASSAGE_WEIGHT = 0.6
_HEADING_MARKS = "#*_.:0123456789 \n"


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence that answers: characters [start, end) of the text of `passages[passage_index]`.

    `text` is these, a row of a table with the names of its columns; higher scores answer better.
    """

    passage_index: int
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class ExtractiveAnswer:
    """The answering sentences, best first, and the shortest piece of the first that answers (empty without one).

    `rows` are set where the sentences are rows of a table.
    """

    sentences: tuple[AnswerSentence, ...]
    span: str
    rows: RowsAnswer | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage_index: int
    start: int
    end: int
    text: str
    credits: tuple[float, ...]


def select_answer(question: str, language: Language, passages: Sequence[Passage]) -> ExtractiveAnswer:
    """Choose the sentences that answer a question.

    A sentence counts by the share of the question's words it holds, those rare among the candidates counting more. What
    its neighbours and heading add counts a little, since they name what "it" refers to; so do holding the kind of thing
    asked for (a number, a date, a name) and the score of its passage.

    Args:
        question: As asked.
        language: Of the question.
        passages: Best first, as retrieved; the first five are read.

    Returns:
        One to three sentences, best first, all nearly as good as the first; none only where there is no text.
    """
    if rows := answer_from_rows(question, language, passages):
        return ExtractiveAnswer(_as_sentences(rows, passages), value_of(rows), rows)
    plain = question_words(query := analyse_question(question, language), [1.0] * len(query.words), language)
    read = passages[:_MOST_PASSAGES]
    candidates = [candidate for index, passage in enumerate(read) for candidate in _read(index, passage, plain)]
    words = question_words(query, _local_rarity(candidates, len(query.words)), language)
    kind = answer_type(question)
    headings = [words.credits(tokens_of(passage.heading)) for passage in read]
    scored = [
        _scored(candidates, at, words, kind, headings[candidate.passage_index], passages[candidate.passage_index].score)
        for at, candidate in enumerate(candidates)
    ]
    best = sorted(scored, key=lambda sentence: -sentence.score)[:_MOST_SENTENCES]
    close = tuple(sentence for sentence in best if sentence.score >= _CLOSE_SHARE * best[0].score)
    return ExtractiveAnswer(close, best_span(close[0].text, kind, words) if close else "")


def _as_sentences(rows: RowsAnswer, passages: Sequence[Passage]) -> tuple[AnswerSentence, ...]:
    return tuple(
        AnswerSentence(
            row.passage_index,
            row.start,
            row.end,
            worded(passages[row.passage_index], row.start, row.end),
            passages[row.passage_index].score,
        )
        for row in rows.rows
    )


def _read(index: int, passage: Passage, words: QuestionWords) -> list[_Candidate]:
    spans = split_units(passage, words.language)
    telling = [span for span in spans if not _is_heading(passage.text[slice(*span)], passage.heading)]
    return [
        _Candidate(index, start, end, text := worded(passage, start, end), tuple(words.credits(tokens_of(text))))
        for start, end in telling or spans
    ]


def _is_heading(sentence: str, heading_path: str) -> bool:
    """Return whether a sentence is one of the headings above its passage: it names the answer, it does not give it."""
    title = sentence.strip(_HEADING_MARKS)
    return any(title == heading.strip(_HEADING_MARKS) for heading in heading_path.split("›"))


def _local_rarity(candidates: Sequence[_Candidate], word_count: int) -> list[float]:
    """Return the idf of each question word among the candidate sentences: what all of them share decides nothing."""
    total = len(candidates)
    counts = [sum(candidate.credits[word] > 0 for candidate in candidates) for word in range(word_count)]
    return [log1p((total - count + 0.5) / (count + 0.5)) for count in counts]


def _scored(
    candidates: Sequence[_Candidate],
    at: int,
    words: QuestionWords,
    kind: AnswerType,
    heading: Sequence[float],
    passage_score: float,
) -> AnswerSentence:
    candidate = candidates[at]
    nearby = candidates[max(0, at - 1) : at + 2]
    around = [other.credits for other in nearby if other.passage_index == candidate.passage_index]
    added = [max(near) - own for own, *near in zip(candidate.credits, heading, *around, strict=True)]
    score = words.weigh(candidate.credits) + _NEIGHBOUR_WEIGHT * words.weigh(added)
    score += _TYPE_WEIGHT * holds_type(candidate.text, kind, words) + _PASSAGE_WEIGHT * passage_score
    return AnswerSentence(candidate.passage_index, candidate.start, candidate.end, candidate.text, score)
