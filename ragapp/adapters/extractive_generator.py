"""Answers without a language model: the sentences that answer, as they stand in the passages."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence

from ragapp.core.evidence import Passage
from ragapp.rag.answer_notes import list_goes_on, more_items, quoted_in
from ragapp.rag.extractive import ExtractiveAnswer, select_answer
from ragapp.rag.language import detect_language
from ragapp.rag.list_answers import AnswerSentence
from ragapp.rag.lists import Listing, item_text
from ragapp.rag.plain_text import without_marks
from ragapp.rag.prompting import refusal
from ragapp.rag.table_answers import write_rows
from ragapp.rag.tables import worded
from ragapp.rag.types import GenerationRequest, GeneratorStatus

_PIECE = re.compile(r"\s*\S+")
# A document's own "[3]" would read as a citation of passage 3, and a leading bullet or hash as markdown.
_REFERENCE_MARK = re.compile(r"\s?(?:\[[^\S\n]*\^?[0-9][0-9,;\s–-]*\]|【[^】]*】)")
_MOST_ITEMS = 15
_LINE_MARK = re.compile(r"^(?:[-*•–−>]|#{1,6}|\d+[.)]|[AO]:)\s+")


class ExtractiveGenerator:
    """Implements `rag.ports.Generator` by quoting; always available, answers at once."""

    name = "extractive"

    async def status(self) -> GeneratorStatus:
        """Return that it can answer: there is nothing to be down."""
        return GeneratorStatus(self.name, model="", available=True)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[str]:
        """Yield the answering sentences word by word, each followed by ` [n]`; a refusal where no passage has text.

        Rows of a table are given as the cell asked for and a small table of those rows.
        """
        answer = await asyncio.to_thread(
            select_answer, request.question, request.language, request.passages, request.closeness
        )
        text = write_answer(answer, request) or refusal(request.language)
        for piece in _pieces(text):
            yield piece

    async def close(self) -> None:
        """Hold nothing, free nothing."""


def write_answer(answer: ExtractiveAnswer, request: GenerationRequest) -> str:
    """Return an answer as markdown with its markers, in another language than the question's with a note which."""
    if not answer.sentences:
        return ""
    passages = request.passages
    if answer.rows:
        text = write_rows(answer.rows, request.language)
    elif answer.listing:
        text = _listed(answer, answer.listing, request)
    else:
        text = _written(answer.sentences, passages)
    note = quoted_in(request.language, _language_of(passages[answer.sentences[0].passage_index]))
    return f"{note}\n\n{text}" if note and text else text


def _language_of(passage: Passage) -> str:
    """Return the language of a passage; of rows only where the names of the columns agree, since cells hold names."""
    if passage.columns and detect_language(" ".join(passage.columns)) != passage.language:
        return ""
    return passage.language


def _listed(answer: ExtractiveAnswer, listing: Listing, request: GenerationRequest) -> str:
    """Return a list under the line that announces it; where only some of it is shown, that there is more."""
    index = answer.sentences[0].passage_index
    text, marker = request.passages[index].text, f"[{index + 1}]"
    asked = [item for item in listing.items if any(item[0] <= one.start < item[1] for one in answer.sentences)]
    shown = listing.items[:_MOST_ITEMS] if answer.is_whole_list else asked[:_MOST_ITEMS]
    lead = f"{_plain(text[slice(*listing.lead)])} {marker}\n" if listing.lead else ""
    lines = [f"- {_plain(item_text(text[start:end]))}" for start, end in shown]
    lines[-1] += f" {marker}"
    rest = len(listing.items) - len(shown)
    more = more_items(request.language, rest) if rest else ""
    if listing.goes_on and answer.is_whole_list:
        more = more or list_goes_on(request.language)
    return "\n".join(filter(None, (lead, *lines, more and f"\n{more}")))


def _written(sentences: Sequence[AnswerSentence], passages: Sequence[Passage]) -> str:
    """Return the sentences as one text: the best leads, those of one passage follow in a paragraph in reading order."""
    order = list(dict.fromkeys(sentence.passage_index for sentence in sentences))
    paragraphs = (
        " ".join(
            f"{quoted} [{index + 1}]"
            for sentence in sorted(sentences, key=lambda one: (one is not sentences[0], one.start))
            if sentence.passage_index == index and (quoted := _quoted(sentence, passages))
        )
        for index in order
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _quoted(sentence: AnswerSentence, passages: Sequence[Passage]) -> str:
    said = worded(passages[sentence.passage_index], sentence.start, sentence.end)
    return _plain(said)


def _plain(said: str) -> str:
    """Return quoted words on one line, without marks that would be read as citations or as Markdown."""
    words = " ".join(without_marks(_REFERENCE_MARK.sub("", said)).split())
    return _LINE_MARK.sub("", words)


def _pieces(text: str) -> Iterator[str]:
    return (match.group() for match in _PIECE.finditer(text))
