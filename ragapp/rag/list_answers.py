"""Answers that stand in a list: all of it where several things are asked for, the items that answer where one is."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragapp.core.evidence import Passage
from ragapp.rag.expectations import Expectation, expectation, meets
from ragapp.rag.lists import Listing, asks_for_all, find_lists, plain_listing
from ragapp.rag.matching import QuestionWords, tokens_of

_LIST_SHARE = 0.6
_ALIKE = 0.97
_CLEAR_SHARE, _CLEAR_LEAD = 0.3, 0.6
_SHORT_LIST = 8


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
class ListAnswer:
    """A list and its items that answer, best first; `is_whole` says that all of it does."""

    listing: Listing
    sentences: tuple[AnswerSentence, ...]
    is_whole: bool


def answer_from_list(
    question: str, best: AnswerSentence, scored: Sequence[AnswerSentence], passage: Passage, words: QuestionWords
) -> ListAnswer | None:
    """Return the list that the best sentence announces or belongs to, or that several things are asked for from.

    One thing asked for is the items that hold clearly more of the question's words than the others, and the kind of
    thing that is wanted; where none does, a short list is the answer as a whole, of a long one its best item.

    Args:
        question: As asked.
        best: The sentence that answers best.
        scored: It and the other sentences of its passage.
        passage: The passage.
        words: The question's.
    """
    if passage.columns:
        return None
    asks_all = asks_for_all(question)
    listing = next((one for one in find_lists(passage.text) if one.start <= best.start < one.end), None)
    if listing is None and asks_all:
        listing = _asked_for(best, scored, passage)
    if listing is None:
        return None
    inside = [one for one in scored if _is_item(one, listing)]
    fitting = [] if asks_all else _fitting(inside, words, expectation(question))
    if fitting:
        return ListAnswer(listing, tuple(fitting), is_whole=False)
    first = best if listing.start <= best.start < listing.end else max(inside, key=_score, default=best)
    is_whole = asks_all or len(listing.items) <= _SHORT_LIST or first not in inside
    return ListAnswer(listing, (first,), is_whole)


def names_on_the_subject(
    sentences: Sequence[AnswerSentence], passages: Sequence[Passage], words: QuestionWords
) -> list[AnswerSentence]:
    """Return the sentences; of a passage that only names things, one a line, those that the question speaks about."""
    plain = {one.passage_index for one in sentences if plain_listing(passages[one.passage_index].text)}
    return [one for one in sentences if one.passage_index not in plain or _held(one, words)] or list(sentences)


def _asked_for(best: AnswerSentence, scored: Sequence[AnswerSentence], passage: Passage) -> Listing | None:
    """Return the first list that fits nearly as well as the best sentence; lines that only name things are one, too."""
    for listing in find_lists(passage.text):
        inside = [one.score for one in scored if listing.start <= one.start < listing.end]
        if inside and max(inside) >= _LIST_SHARE * best.score:
            return listing
    return plain_listing(passage.text)


def _fitting(items: Sequence[AnswerSentence], words: QuestionWords, wanted: Expectation) -> list[AnswerSentence]:
    """Return the items that the question names; none where others are nearly as near, or one is of the kind wanted."""
    held = [_held(item, words) for item in items]
    most = max(held, default=0.0)
    fitting = [item for item, share in zip(items, held, strict=True) if share >= _ALIKE * most]
    others = [(item, share) for item, share in zip(items, held, strict=True) if share < _ALIKE * most]
    is_clear = most >= _CLEAR_SHARE and all(share <= _CLEAR_LEAD * most for _, share in others)
    others_meet = any(meets(item.text, wanted) for item, _ in others)
    is_wanted = not others_meet or any(meets(item.text, wanted) for item in fitting)
    return sorted(fitting, key=_score, reverse=True) if others and is_clear and is_wanted else []


def _held(sentence: AnswerSentence, words: QuestionWords) -> float:
    return words.weigh(words.credits(tokens_of(sentence.text)))


def _score(sentence: AnswerSentence) -> float:
    return sentence.score


def _is_item(sentence: AnswerSentence, listing: Listing) -> bool:
    return any(start <= sentence.start < end for start, end in listing.items)
