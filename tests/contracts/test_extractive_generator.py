"""The extractive generator quotes and cites, and never says a word of its own."""

import re

import pytest

from ragapp.adapters.extractive_generator import ExtractiveGenerator
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag.citations import CitationStream
from ragapp.rag.prompting import is_refusal
from ragapp.rag.types import GenerationRequest, Language


def passage(number: int, text: str, score: float) -> Passage:
    return Passage(
        rank=number,
        score=score,
        document_id=DocumentId(f"doc{number}"),
        document_title="Uvjeti",
        page=None,
        chunk_id=ChunkId(f"doc{number}:1:0"),
        text=text,
        start=0,
        end=len(text),
        heading="",
    )


PASSAGES = (
    passage(1, "Uvod u uvjete. Rok za povrat\nrobe je 30 dana [7]. Kraj.", 0.9),
    passage(2, "- Jamstvo traje 24 mjeseca od kupnje.\n- Dostava je besplatna.", 0.5),
)


async def answer(question: str, passages: tuple[Passage, ...] = PASSAGES) -> list[str]:
    request = GenerationRequest(question, Language.CROATIAN, passages)
    return [piece async for piece in ExtractiveGenerator().stream(request)]


async def test_the_answering_sentence_is_quoted_and_cited() -> None:
    text = "".join(await answer("Koji je rok za povrat robe?"))
    assert text.startswith("Rok za povrat robe je 30 dana. [1]")


async def test_every_word_stands_in_the_passage_that_is_cited() -> None:
    text = "".join(await answer("Koliko traje jamstvo?"))
    quotes = re.findall(r"(.+?) \[(\d)\]", text)
    assert quotes
    for quoted, number in quotes:
        plain = " ".join(PASSAGES[int(number) - 1].text.replace(" [7]", "").split())
        assert quoted.strip() in plain


async def test_a_documents_own_reference_marks_are_not_taken_for_citations() -> None:
    stream = CitationStream((PASSAGES[0],) * 8, Language.CROATIAN)
    for piece in await answer("Koji je rok za povrat robe?"):
        stream.feed(piece)
    stream.finish()
    assert {source.n for source in stream.sources} == {1}


async def test_the_quote_of_each_citation_is_the_sentence_itself() -> None:
    stream = CitationStream(PASSAGES, Language.CROATIAN)
    for piece in await answer("Koji je rok za povrat robe?"):
        stream.feed(piece)
    stream.finish()
    assert stream.sources[0].quote == "Rok za povrat\nrobe je 30 dana [7]."


async def test_it_arrives_in_pieces_that_join_to_the_text() -> None:
    pieces = await answer("Koji je rok za povrat robe?")
    assert len(pieces) > 5
    assert all(len(piece.split()) == 1 for piece in pieces)


@pytest.mark.parametrize("passages", [(), (passage(1, "", 0.1),)])
async def test_without_text_it_says_so(passages: tuple[Passage, ...]) -> None:
    assert is_refusal("".join(await answer("Koji je rok?", passages)))


async def test_it_is_always_available() -> None:
    assert (await ExtractiveGenerator().status()).available
