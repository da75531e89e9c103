"""A citation is built by code; a marker that names no passage never reaches the reader."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragapp.core.events import CitationAdded, TextDelta
from ragapp.core.evidence import Passage, Source
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag.citations import CitationStream
from ragapp.rag.types import Language

RETURNS = "Uvod u uvjete. Rok za povrat robe je 30 dana. Trošak povrata snosi kupac. Kraj."
WARRANTY = "Jamstvo traje 24 mjeseca od kupnje. Jamstvo ne vrijedi za potrošni materijal."


def passage(number: int, text: str, *, start: int = 1_000, page: int | None = 3) -> Passage:
    return Passage(
        rank=number,
        score=0.9,
        document_id=DocumentId(f"doc{number}"),
        document_title="Uvjeti",
        page=page,
        chunk_id=ChunkId(f"doc{number}:1:0"),
        text=text,
        start=start,
        end=start + len(text),
        heading="",
    )


PASSAGES = (passage(1, RETURNS), passage(2, WARRANTY, page=None), passage(3, "Treći odlomak."))


def run(*deltas: str, passages: tuple[Passage, ...] = PASSAGES) -> tuple[str, tuple[Source, ...], int]:
    stream = CitationStream(passages, Language.CROATIAN)
    pieces = [piece for delta in deltas for piece in stream.feed(delta)] + stream.finish()
    text = "".join(piece.text for piece in pieces if isinstance(piece, TextDelta))
    assert text == stream.text
    assert tuple(piece.source for piece in pieces if isinstance(piece, CitationAdded)) == stream.sources
    return text, stream.sources, stream.dropped_marker_count


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Rok je 30 dana [1].", "Rok je 30 dana [1]."),
        ("A [1, 2].", "A [1][2]."),
        ("A [1][2].", "A [1][2]."),
        ("A [1; 3] b", "A [1][3] b"),
        ("A [1-3].", "A [1][2][3]."),
        ("A [1–2].", "A [1][2]."),
        ("A [1 i 2].", "A [1][2]."),
        ("A [ 2 ].", "A [2]."),
        ("A [^2].", "A [2]."),
        ("A 【1】.", "A [1]."),
        ("A 【1†izvor】.", "A [1]."),
        ("A [[1]].", "A [[1]]."),
        ("A ［１］.", "A [1]."),
        ("A [１].", "A [1]."),
        ("A [²].", "A [2]."),
        ("A [９].", "A."),
        ("A [[1]](http://evil.example).", "A [[1]] (http://evil.example)."),
        ("A [1, 1].", "A [1]."),
        ("A [9].", "A."),
        ("A [9] b", "A b"),
        ("A [1, 9].", "A [1]."),
        ("A [9][1].", "A [1]."),
        ("A [0].", "A."),
        ("A [99999999999999999999999].", "A."),
        ("[1] A", "[1] A"),
        ("A [x] b [ ] c", "A [x] b [ ] c"),
        ("A [note 1] b", "A [note 1] b"),
        ("A [[8]9].", "A [ 9]."),
        ("A [1[9]2].", "A [1 2]."),
        ("A[9]b", "A b"),
        ("A [", "A ["),
        ("A [1", "A"),
        ("a\n\n[2] b", "a\n\n[2] b"),
    ],
)
def test_markers_reach_the_reader_only_for_passages(written: str, shown: str) -> None:
    assert run(written)[0] == shown


def test_unknown_numbers_are_counted() -> None:
    assert run("A [7]. B [1, 8]. C [2].")[2] == 2


def test_a_marker_cannot_become_a_link_to_elsewhere() -> None:
    assert run("A [1](http://evil.example)")[0] == "A [1] (http://evil.example)"
    assert run("[1]: http://evil.example")[0] == "[1] : http://evil.example"


def test_code_fences_pass_untouched() -> None:
    text = "Kod:\n```python\nx[9]  = y[1]\n```\nGotovo [1]."
    shown, sources, dropped = run(text)
    assert (shown, [source.n for source in sources], dropped) == (text, [1], 0)


def test_the_quote_is_the_sentence_that_supports_the_claim() -> None:
    _, sources, _ = run("Robu možete vratiti u roku od 30 dana [1]. Povrat plaća kupac, on snosi trošak. [1]")
    (source,) = sources
    assert source.quote == "Rok za povrat robe je 30 dana."


def test_the_quote_is_verbatim_at_its_offsets_and_the_address_opens_it() -> None:
    _, sources, _ = run("Kupac snosi trošak povrata [1]. Potrošni materijal nema jamstvo [2].")
    assert [source.quote for source in sources] == [
        "Trošak povrata snosi kupac.",
        "Jamstvo ne vrijedi za potrošni materijal.",
    ]
    for source in sources:
        document = " " * source.passage.start + source.passage.text
        assert document[source.quote_start : source.quote_end] == source.quote
    assert sources[0].url == f"/documents/doc1?page=3&mark={sources[0].quote_start}-{sources[0].quote_end}&version=1"
    assert sources[1].url == f"/documents/doc2?mark={sources[1].quote_start}-{sources[1].quote_end}&version=1"


def test_a_citation_is_announced_before_its_marker_and_once() -> None:
    stream = CitationStream(PASSAGES, Language.CROATIAN)
    pieces = [piece for character in "A [1] b [1]." for piece in stream.feed(character)] + stream.finish()
    announced = [position for position, piece in enumerate(pieces) if isinstance(piece, CitationAdded)]
    shown = [position for position, piece in enumerate(pieces) if isinstance(piece, TextDelta) and "[1]" in piece.text]
    assert len(announced) == 1
    assert announced[0] < shown[0]


def test_plain_text_is_not_held_back() -> None:
    stream = CitationStream(PASSAGES, Language.CROATIAN)
    assert stream.feed("Rok") == [TextDelta("Rok")]


ANSWER = st.lists(
    st.one_of(
        st.sampled_from(["[1]", "[9]", "[1, 2]", "【1】", "†", "^", "(", ":", "\n", "```", "\n```\n", "a.", "-"]),
        st.text(alphabet="[]【】129 ,", max_size=12),
        st.integers(0, 30).map(str),
        st.text(max_size=3),
    ),
    max_size=25,
).map("".join)


@given(ANSWER, st.data())
def test_the_way_an_answer_is_cut_into_deltas_changes_nothing(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert run(*pieces) == run(text) == run(*text)


@given(ANSWER)
def test_no_marker_without_a_passage_is_ever_shown_outside_code(text: str) -> None:
    shown, sources, _ = run(text.replace("`", "").replace("~", ""))
    numbers = {int(number) for number in re.findall(r"\[([0-9]+)\]", shown)}
    assert numbers <= {1, 2, 3}
    assert numbers == {source.n for source in sources}


@given(ANSWER)
def test_without_passages_no_marker_is_shown(text: str) -> None:
    shown, sources, _ = run(text.replace("`", "").replace("~", ""), passages=())
    assert not re.search(r"\[[0-9]+\]", shown)
    assert sources == ()
