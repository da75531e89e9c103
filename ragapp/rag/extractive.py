"""The answer as verbatim sentences of the passages, chosen without a language model."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import log1p

from ragapp.core.evidence import Passage
from ragapp.core.folding import fold
from ragapp.rag.analysis import analyse_question
from ragapp.rag.expectations import Expectation, Expected, expectation, meets
from ragapp.rag.lists import Listing, asks_for_all, find_lists, plain_listing
from ragapp.rag.matching import QuestionWords, question_words, tokens_of
from ragapp.rag.questions import AnswerType, answer_type
from ragapp.rag.references import own_keys, own_paragraph
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
_EXPECTED_WEIGHT = 0.1
_DECIDES_WEIGHT = 0.1
_CLOSENESS_WEIGHT = 1.0
_WORDS_ACROSS_WEIGHT = 0.4
_LEAST_OWN_SCORE = 0.45
_LIST_SHARE = 0.6
_HEADING_MARKS = "#*_.:0123456789 \n"
_FEWEST_WORDS = 2
_WORD = re.compile(r"[^\W\d_]{2,}")
_ATTRIBUTES = re.compile(r"\{[#.][^{}\n]*\}")
_YES_NO = re.compile(
    r"^\W*(?:(?:i|a|and)\s+)?(?:mogu|moze|mozemo|smij\w+|je li|jesu li|jel|ima li|imam li|treba\w* li|trebam"
    r"|mora\w* li|da li|\w+ li|can|may|must|is|are|does|do|did|was|were|has|have|will|should|am)\b"
)
_DECIDES = re.compile(
    r"\b(?:ne|ni|nije|nisu|nema|nitko|samo|iznimno|smij\w*|dopust\w*|dozvol\w*|zabran\w*|moguc\w*|mora\w*|duz\w*|potreb\w*|pravo"
    r"|not|no|never|nobody|only|except|unless|allow\w*|permit\w*|prohibit\w*|forbid\w*|may|must|can|cannot|required|possible)\b"
)


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

    `rows` are set where the sentences are rows of a table. `listing` is the list in the text of the first sentence's
    passage that the answer is or stands in; then `sentences` are its lead or the items that answer.
    """

    sentences: tuple[AnswerSentence, ...]
    span: str
    rows: RowsAnswer | None = None
    listing: Listing | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage_index: int
    start: int
    end: int
    text: str
    credits: tuple[float, ...]


def select_answer(
    question: str,
    language: Language,
    passages: Sequence[Passage],
    closeness: Mapping[tuple[int, int], float] | None = None,
) -> ExtractiveAnswer:
    """Choose the sentences that answer a question.

    A sentence counts by the share of the question's words it holds, those rare among the candidates counting more. What
    its neighbours and heading add counts a little, since they name what "it" refers to; so do holding the kind of thing
    asked for (a number, a date, a name) and the score of its passage.

    Args:
        question: As asked.
        language: Of the question.
        passages: Best first, as retrieved; the first five are read.
        closeness: How close the meaning of a sentence is to the question's, by passage index and start, where words
            cannot agree because the languages differ; see `closeness`.

    Returns:
        One to three sentences, best first, all nearly as good as the first; none only where there is no text.
    """
    if not closeness and (rows := answer_from_rows(question, language, passages)):
        return ExtractiveAnswer(_as_sentences(rows, passages), value_of(rows), rows)
    plain = question_words(query := analyse_question(question, language), [1.0] * len(query.words), language)
    read = passages[:_MOST_PASSAGES]
    candidates = [candidate for index, passage in enumerate(read) for candidate in _read(index, passage, plain)]
    words = question_words(query, _local_rarity(candidates, len(query.words)), language)
    kind = answer_type(question)
    scored = _score_all(candidates, words, question, read, _relative(closeness or {}))
    best = sorted(scored, key=lambda sentence: -sentence.score)[:_MOST_SENTENCES]
    close = tuple(sentence for sentence in best if sentence.score >= _CLOSE_SHARE * best[0].score)
    if closeness:
        close = _best_of_both(scored, {index for index, _ in closeness})
    if not close:
        return ExtractiveAnswer((), "")
    span = best_span(close[0].text, kind, words)
    listing = _listing_of(close[0], read) or _listing_asked_for(question, scored, close[0], read)
    if listing is None:
        return ExtractiveAnswer(_leads_last(close, read), span)
    return ExtractiveAnswer(_within(close[0], scored, listing), span, listing=listing)


def _score_all(
    candidates: Sequence[_Candidate],
    words: QuestionWords,
    question: str,
    read: Sequence[Passage],
    closeness: Mapping[tuple[int, int], float],
) -> list[AnswerSentence]:
    kind, wanted = answer_type(question), expectation(question)
    decides = bool(_YES_NO.search(fold(question)))
    foreign = {index for index, _ in closeness}
    headings = [words.credits(tokens_of(passage.heading)) for passage in read]
    scored = []
    for at, candidate in enumerate(candidates):
        heading, score = headings[candidate.passage_index], read[candidate.passage_index].score
        sentence = _scored(candidates, at, words, kind, heading, score)
        added = _fitness(candidate.text, wanted, decides=decides)
        added += _CLOSENESS_WEIGHT * closeness.get((candidate.passage_index, candidate.start), 0.0)
        is_foreign = candidate.passage_index in foreign
        by_words = _WORDS_ACROSS_WEIGHT * sentence.score if is_foreign else sentence.score
        scored.append(replace(sentence, score=by_words + added))
    return scored


def _fitness(text: str, wanted: Expectation, *, decides: bool) -> float:
    """Return what a sentence earns for being of the kind that answers."""
    is_wanted = wanted.kind is not Expected.ANYTHING and meets(text, wanted)
    return _EXPECTED_WEIGHT * is_wanted + _DECIDES_WEIGHT * bool(decides and _DECIDES.search(fold(text)))


def _best_of_both(scored: Sequence[AnswerSentence], foreign: Set[int]) -> tuple[AnswerSentence, ...]:
    """Return the closest sentences of the other language, and the best one of the question's own that says enough.

    The scores of the two do not compare; passages are in the order in which both were found.
    """
    across = sorted((one for one in scored if one.passage_index in foreign), key=lambda one: -one.score)
    own = max((one for one in scored if one.passage_index not in foreign), key=lambda one: one.score, default=None)
    chosen = across[: _MOST_SENTENCES - 1]
    if own is None or own.score < _LEAST_OWN_SCORE:
        return tuple(across[:_MOST_SENTENCES])
    return (own, *chosen) if not chosen or own.passage_index < chosen[0].passage_index else (*chosen, own)


def _relative(closeness: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Return each closeness as a share of the way from the mean to the highest."""
    if not closeness:
        return {}
    mean, highest = sum(closeness.values()) / len(closeness), max(closeness.values())
    spread = highest - mean or 1.0
    return {key: max(0.0, (value - mean) / spread) for key, value in closeness.items()}


def _leads_last(sentences: tuple[AnswerSentence, ...], read: Sequence[Passage]) -> tuple[AnswerSentence, ...]:
    """Return the sentences without those that only announce others."""
    telling = [one for one in sentences if not read[one.passage_index].text[: one.end].endswith(":")]
    return tuple(telling) or sentences


def _listing_of(sentence: AnswerSentence, read: Sequence[Passage]) -> Listing | None:
    """Return the list that a sentence announces or belongs to."""
    passage = read[sentence.passage_index]
    if passage.columns:
        return None
    found = (one for one in find_lists(passage.text) if one.start <= sentence.start < one.end)
    return next(found, None)


def _listing_asked_for(
    question: str, scored: Sequence[AnswerSentence], best: AnswerSentence, read: Sequence[Passage]
) -> Listing | None:
    """Return the list of the best passage, where several things are asked for and it has one that fits nearly as well.

    Lines that name one thing each ("Steel: Metalis d.o.o.") are a list, too.
    """
    if not asks_for_all(question) or read[best.passage_index].columns:
        return None
    passage = read[best.passage_index]
    for listing in find_lists(passage.text):
        inside = [one.score for one in scored if one.passage_index == best.passage_index and _is_in(one, listing)]
        if inside and max(inside) >= _LIST_SHARE * best.score:
            return listing
    return plain_listing(passage.text)


def _within(
    best: AnswerSentence, scored: Sequence[AnswerSentence], listing: Listing
) -> tuple[AnswerSentence, ...]:
    """Return the best sentence, if it is of the list, else what of the list answers best."""
    if _is_in(best, listing):
        return (best,)
    inside = [one for one in scored if one.passage_index == best.passage_index and _is_in(one, listing)]
    return (max(inside, key=lambda one: one.score, default=best),)


def _is_in(sentence: AnswerSentence, listing: Listing) -> bool:
    return listing.start <= sentence.start < listing.end


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
    telling = [span for span in spans if _says_something(passage.text[slice(*span)], passage.heading)]
    article = next(iter(own_keys(passage.heading, passage.text)), "")
    candidates = []
    for start, end in telling or spans:
        text = worded(passage, start, end)
        tokens = [*tokens_of(text), *own_paragraph(article, text)]
        candidates.append(_Candidate(index, start, end, text, tuple(words.credits(tokens))))
    return candidates


def _says_something(sentence: str, heading_path: str) -> bool:
    """Return whether a sentence is more than a mark, a number or one of the headings above its passage.

    A heading names the answer, it does not give it; "Article 4. Rest periods" may come in two pieces.
    """
    title = _ATTRIBUTES.sub("", sentence).strip(_HEADING_MARKS)
    if sentence.lstrip().startswith("#") or len(_WORD.findall(title)) < _FEWEST_WORDS:
        return bool(_WORD.search(title)) and any(map(str.isdigit, sentence)) and not _is_heading(title, heading_path)
    return not _is_heading(title, heading_path)


def _is_heading(title: str, heading_path: str) -> bool:
    return any(title == heading.strip(_HEADING_MARKS) or f" {title}" in heading for heading in heading_path.split("›"))


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
