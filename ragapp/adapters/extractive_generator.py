"""Answers without a language model: the sentences that answer, as they stand in the passages."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence

from ragapp.core.evidence import Passage
from ragapp.rag.extractive import AnswerSentence, select_answer
from ragapp.rag.prompting import refusal
from ragapp.rag.table_answers import write_rows
from ragapp.rag.tables import worded
from ragapp.rag.types import GenerationRequest, GeneratorStatus

_PIECE = re.compile(r"\s*\S+")
# A document's own "[3]" would read as a citation of passage 3, and a leading bullet or hash as markdown.
_REFERENCE_MARK = re.compile(r"\s?(?:\[[^\S\n]*\^?[0-9][0-9,;\s–-]*\]|【[^】]*】)")
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
        answer = await asyncio.to_thread(select_answer, request.question, request.language, request.passages)
        rows = write_rows(answer.rows, request.language) if answer.rows else ""
        text = rows or _written(answer.sentences, request.passages) or refusal(request.language)
        for piece in _pieces(text):
            yield piece

    async def close(self) -> None:
        """Hold nothing, free nothing."""


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
    return _LINE_MARK.sub("", " ".join(_REFERENCE_MARK.sub("", said).split()))


def _pieces(text: str) -> Iterator[str]:
    return (match.group() for match in _PIECE.finditer(text))
