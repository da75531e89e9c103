"""Answers without a language model: the sentences that answer, as they stand in the passages."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence

from ragapp.core.evidence import Passage
from ragapp.rag.answer_notes import list_goes_on, more_items, quoted_in
from ragapp.rag.extractive import AnswerSentence, ExtractiveAnswer, select_answer
from ragapp.rag.lists import Listing, item_text
from ragapp.rag.plain_text import without_marks
from ragapp.rag.prompting import refusal
from ragapp.rag.table_answers import write_rows
from ragapp.rag.tables import worded
from ragapp.rag.types import GenerationRequest, GeneratorStatus, Language

_PIECE = re.compile(r"\s*\S+")
# A document's own "[3]" would read as a citation of passage 3, and a leading bullet or hash as markdown.
_REFERENCE_MARK = re.compile(r"\s?(?:\[[^\S\n]*\^?[0-9][0-9,;\s–-]*\]|【[^】]*】)")
_MOST_ITEMS = 15
_FEW_ITEMS = 8
_LINE_MARK = re.compile(r"^(?:[-*•–>]|#{1,6}|\d+[.)])\s+")


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
        text = _text_of(answer, request) or refusal(request.language)
        for piece in _pieces(text):
            yield piece

    async def close(self) -> None:
        """Hold nothing, free nothing."""


def _text_of(answer: ExtractiveAnswer, request: GenerationRequest) -> str:
    if answer.rows:
        return write_rows(answer.rows, request.language)
    if not answer.sentences:
        return ""
    passages = request.passages
    if answer.listing:
        text = _listed(answer.sentences[0], answer.listing, passages, request.language)
    else:
        text = _written(answer.sentences, passages)
    note = quoted_in(request.language, passages[answer.sentences[0].passage_index].language)
    return f"{note}\n\n{text}" if note and text else text


def _listed(
    sentence: AnswerSentence, listing: Listing, passages: Sequence[Passage], language: Language
) -> str:
    """Return a list under the line that announces it; where only some of it is shown, that there is more."""
    passage, marker = passages[sentence.passage_index], f"[{sentence.passage_index + 1}]"
    wanted = [item for item in listing.items if item[0] <= sentence.start < item[1]]
    is_lead = not wanted
    shown = listing.items[:_MOST_ITEMS] if is_lead or len(listing.items) <= _FEW_ITEMS else tuple(wanted)
    lead = f"{_plain(passage.text[slice(*listing.lead)])} {marker}\n" if listing.lead else ""
    lines = [f"- {_plain(item_text(passage.text[start:end]))}" for start, end in shown]
    lines[-1] += f" {marker}"
    rest = len(listing.items) - len(shown)
    more = more_items(language, rest) if rest else list_goes_on(language) if listing.goes_on else ""
    return "\n".join(filter(None, (lead, *lines, more and f"\n{more}")))


def _written(sentences: Sequence[AnswerSentence], passages: Sequence[Passage]) -> str:
    """Return the sentences as one text: those of one passage in a paragraph, in reading order, best passage first."""
    order = list(dict.fromkeys(sentence.passage_index for sentence in sentences))
    paragraphs = (
        " ".join(
            f"{quoted} [{index + 1}]"
            for sentence in sorted(sentences, key=lambda sentence: sentence.start)
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
