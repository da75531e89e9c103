"""The answer as verbatim sentences of the passages, chosen without a language model."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import log1p

from ragapp.core.evidence import Passage
from ragapp.rag.analysis import analyse_question
from ragapp.rag.decisions import decides, is_yes_no
from ragapp.rag.definitions import asked_term
from ragapp.rag.expectations import Expectation, Expected, expectation, meets
from ragapp.rag.identifiers import asked_codes, codes_of
from ragapp.rag.list_answers import AnswerSentence, answer_from_list, names_on_the_subject
from ragapp.rag.lists import Listing, asks_for_all
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
_DEFINES_WEIGHT = 0.3
_ANSWERED_WEIGHT = 0.7
_SPECIFIC_WEIGHT = 0.1
_FEW_WORDS_OF_SENTENCE = 4
_CLOSENESS_WEIGHT = 1.0
_WORDS_ACROSS_WEIGHT = 0.4
_LEAST_OWN_SCORE = 0.45
_MOST_AFTER_COLON = 600
_END_OF_ENUMERATION = re.compile(r"[.!?](?=\s|$)|\n\n(?=[^\s\-*•–−])")
_HEADING_MARKS = "#*_.:0123456789 \n"
_FEWEST_WORDS = 2
_WORD = re.compile(r"[^\W\d_]{2,}")
_ATTRIBUTES = re.compile(r"\{[#.][^{}\n]*\}")


@dataclass(frozen=True, slots=True)
class ExtractiveAnswer:
    """The answering sentences, best first, and the shortest piece of the first that answers (empty without one).

    `rows` are set where the sentences are rows of a table. `listing` is the list in the text of the first sentence's
    passage that the answer is (`is_whole_list`) or stands in; then `sentences` are items of it or its lead.
    """

    sentences: tuple[AnswerSentence, ...]
    span: str
    rows: RowsAnswer | None = None
    listing: Listing | None = None
    is_whole_list: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage_index: int
    start: int
    end: int
    text: str
    credits: tuple[float, ...]
    asked: tuple[float, ...] = ()
    """What the question above it in the text, which it answers, holds of the words."""


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
    rows = answer_from_rows(question, language, passages)
    # Names and codes are the same in every language: a row that they single out answers across languages, too.
    if rows and (not closeness or (rows.keys and rows.picked and len(rows.rows) == 1)):
        return ExtractiveAnswer(_as_sentences(rows, passages), value_of(rows), rows)
    plain = question_words(query := analyse_question(question, language), [1.0] * len(query.words), language)
    read = passages[:_MOST_PASSAGES]
    candidates = [candidate for index, passage in enumerate(read) for candidate in _read(index, passage, plain)]
    words = question_words(query, _local_rarity(candidates, len(query.words)), language)
    kind = answer_type(question)
    scored = _score_all(candidates, words, question, read, _relative(closeness or {}))
    scored = _without_other_codes(scored, asked_codes(question))
    best = sorted(scored, key=lambda sentence: -sentence.score)[:_MOST_SENTENCES]
    close = tuple(sentence for sentence in best if sentence.score >= _CLOSE_SHARE * best[0].score)
    if closeness:
        close = _best_of_both(scored, {index for index, _ in closeness})
    if not close:
        return ExtractiveAnswer((), "")
    span = best_span(close[0].text, kind, words)
    for one in close if asks_for_all(question) else close[:1]:
        of_passage = [other for other in scored if other.passage_index == one.passage_index]
        listed = answer_from_list(question, one, of_passage, read[one.passage_index], words)
        if listed is not None:
            return ExtractiveAnswer(listed.sentences, span, listing=listed.listing, is_whole_list=listed.is_whole)
    told = (_completed(one, read) for one in names_on_the_subject(close, read, words))
    return ExtractiveAnswer(_telling(tuple(told)), span)


def _score_all(
    candidates: Sequence[_Candidate],
    words: QuestionWords,
    question: str,
    read: Sequence[Passage],
    closeness: Mapping[tuple[int, int], float],
) -> list[AnswerSentence]:
    kind, wanted = answer_type(question), expectation(question)
    yes_no, term = is_yes_no(question), asked_term(question, words.language)
    foreign = {index for index, _ in closeness}
    headings = [words.credits(tokens_of(passage.heading)) for passage in read]
    scored = []
    for at, candidate in enumerate(candidates):
        heading, score = headings[candidate.passage_index], read[candidate.passage_index].score
        sentence = _scored(candidates, at, words, kind, heading, score)
        added = _fitness(candidate.text, wanted, is_yes_no=yes_no)
        added += _DEFINES_WEIGHT * bool(term and term.is_defined_by(candidate.text))
        added += _CLOSENESS_WEIGHT * closeness.get((candidate.passage_index, candidate.start), 0.0)
        is_foreign = candidate.passage_index in foreign
        by_words = _WORDS_ACROSS_WEIGHT * sentence.score if is_foreign else sentence.score
        scored.append(replace(sentence, score=by_words + added))
    return scored


def _fitness(text: str, wanted: Expectation, *, is_yes_no: bool) -> float:
    """Return what a sentence earns for being of the kind that answers."""
    is_wanted = wanted.kind is not Expected.ANYTHING and meets(text, wanted)
    return _EXPECTED_WEIGHT * is_wanted + (_DECIDES_WEIGHT * decides(text) if is_yes_no else 0.0)


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


def _without_other_codes(scored: Sequence[AnswerSentence], asked: Sequence[str]) -> list[AnswerSentence]:
    """Return the sentences without those that name another code than asked for, where one names what is asked for."""
    codes = [set(codes_of(sentence.text)) for sentence in scored]
    if not any(held & set(asked) for held in codes):
        return list(scored)
    return [one for one, held in zip(scored, codes, strict=True) if not held or held & set(asked)]


def _relative(closeness: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Return each closeness as a share of the way from the mean to the highest."""
    if not closeness:
        return {}
    mean, highest = sum(closeness.values()) / len(closeness), max(closeness.values())
    spread = highest - mean or 1.0
    return {key: max(0.0, (value - mean) / spread) for key, value in closeness.items()}


def _completed(sentence: AnswerSentence, read: Sequence[Passage]) -> AnswerSentence:
    """Return a sentence with what its colon announces in the text behind it."""
    passage = read[sentence.passage_index]
    if not passage.text[: sentence.end].endswith(":") or passage.columns:
        return sentence
    following = passage.text[sentence.end : sentence.end + _MOST_AFTER_COLON]
    stop = _END_OF_ENUMERATION.search(following)
    end = sentence.end + (stop.end() if stop else len(following.rstrip()))
    return replace(sentence, end=end, text=passage.text[sentence.start : end]) if following.strip() else sentence


def _telling(sentences: tuple[AnswerSentence, ...]) -> tuple[AnswerSentence, ...]:
    """Return the sentences without those that only announce others."""
    return tuple(one for one in sentences if not one.text.endswith(":")) or sentences


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
    telling = [
        span
        for span in spans
        if _says_something(passage.text[slice(*span)], passage.heading) and not _is_title(passage, *span)
    ]
    article = next(iter(own_keys(passage.heading, passage.text)), "")
    nothing = (0.0,) * len(words.shares)
    candidates: list[_Candidate] = []
    asked, question_end = nothing, 0
    for start, end in telling or spans:
        text = worded(passage, start, end)
        own = tuple(words.credits([*tokens_of(text), *own_paragraph(article, text)]))
        if text.endswith("?") and len(telling or spans) > 1:
            asked, question_end = own, end
            continue
        if candidates and candidates[-1].start > question_end and "\n\n" in passage.text[candidates[-1].end : start]:
            asked = nothing
        candidates.append(_Candidate(index, start, end, text, own, asked))
    return candidates


def _says_something(sentence: str, heading_path: str) -> bool:
    """Return whether a sentence is more than a mark, a number or one of the headings above its passage.

    A heading names the answer, it does not give it; "Article 4. Rest periods" may come in two pieces.
    """
    title = _ATTRIBUTES.sub("", sentence).strip(_HEADING_MARKS)
    if sentence.lstrip().startswith("#") or len(_WORD.findall(title)) < _FEWEST_WORDS:
        return bool(_WORD.search(title)) and any(map(str.isdigit, sentence)) and not _is_heading(title, heading_path)
    return not _is_heading(title, heading_path)


def _is_title(passage: Passage, start: int, end: int) -> bool:
    """Return whether a sentence is the first line of its document and stands alone without an end: its title."""
    is_first = passage.start == start == 0 and not passage.columns
    return is_first and passage.text[end : end + 1] == "\n" and passage.text[end - 1].isalnum()


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
    answered = [max(0.0, asked - own) for asked, own in zip(candidate.asked, candidate.credits, strict=True)]
    score = words.weigh(candidate.credits) + _NEIGHBOUR_WEIGHT * words.weigh(added)
    score += _ANSWERED_WEIGHT * words.weigh(answered)
    score += _SPECIFIC_WEIGHT * sum(candidate.credits) / max(_FEW_WORDS_OF_SENTENCE, len(_WORD.findall(candidate.text)))
    score += _TYPE_WEIGHT * holds_type(candidate.text, kind, words) + _PASSAGE_WEIGHT * passage_score
    return AnswerSentence(candidate.passage_index, candidate.start, candidate.end, candidate.text, score)
