import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ragapp.rag.chunking import ChunkSize, build_chunks, lead_in
from ragapp.rag.types import Heading, Language, PageSpan, ParsedDocument

SMALL = ChunkSize(smallest=20, largest=80)
BLANKS = [" " * 200, "\t" * 90, "\n", "\n\n", " "]
WORDS = st.sampled_from([*BLANKS, "riječ", "word", "Sentence.", "Kraj!", "a;", "(2) ", "čl. 5. ", "x" * 130])
TEXTS = st.lists(WORDS, max_size=60).map(" ".join)


@st.composite
def documents(draw):
    text = draw(TEXTS)
    starts = sorted(draw(st.sets(st.integers(0, max(0, len(text) - 1)), max_size=4))) if text else []
    headings = tuple(Heading(draw(st.integers(1, 3)), f"H{start}", start) for start in starts)
    cuts = [0, *sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=3))), len(text)]
    pages = tuple(PageSpan(n, a, b) for n, (a, b) in enumerate(pairwise(cuts), 1) if a < b)
    return ParsedDocument(text, pages=pages if draw(st.booleans()) else (), headings=headings)


@given(documents())
@settings(max_examples=200, deadline=None)
def test_chunks_are_verbatim_in_order_bounded_and_hold_every_character_once(document):
    chunks = build_chunks(document, SMALL)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    position = 0
    for chunk in chunks:
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip() != ""
        assert len(chunk.text) <= SMALL.largest
        assert not document.text[position : chunk.start].strip()
        position = chunk.end
    assert not document.text[position:].strip()


@given(documents())
@settings(max_examples=100, deadline=None)
def test_no_chunk_crosses_a_page(document):
    for chunk in build_chunks(document, SMALL):
        if document.pages:
            page = next(page for page in document.pages if page.number == chunk.page)
            assert page.start <= chunk.start
            assert chunk.end <= page.end


def test_text_is_never_joined_across_headings_and_keeps_their_path():
    text = "# A\n\nShort one.\n\n## B\n\nShort two.\n\n# C\n\nShort three."
    headings = (Heading(1, "A", 0), Heading(2, "B", text.index("## B")), Heading(1, "C", text.index("# C")))
    chunks = build_chunks(ParsedDocument(text, headings=headings))
    assert [chunk.heading for chunk in chunks] == ["A", "A › B", "C"]
    assert "Short two." in chunks[1].text
    assert "Short one." not in chunks[1].text


def test_a_heading_without_text_stays_with_the_text_below_it():
    text = "# Title\n\n## Part\n\nThe text."
    headings = (Heading(1, "Title", 0), Heading(2, "Part", text.index("## Part")))
    assert [chunk.text for chunk in build_chunks(ParsedDocument(text, headings=headings))] == [text]


def test_ordinary_paragraphs_stand_alone_and_short_ones_join():
    long = "A sentence of some length stands here. " * 10
    chunks = build_chunks(ParsedDocument(f"{long}\n\n{long}\n\nTiny.\n\nSmall."))
    assert [chunk.text for chunk in chunks] == [long.strip(), f"{long}\n\nTiny.\n\nSmall.".strip()]


def test_a_long_paragraph_is_cut_between_sentences():
    text = " ".join(f"Sentence number {n} says something." for n in range(100))
    assert all(chunk.text.endswith("something.") for chunk in build_chunks(ParsedDocument(text)))


def test_an_edit_at_the_start_of_a_long_paragraph_leaves_the_later_chunks_as_they_were():
    text = " ".join(f"Sentence number {n} says something of its own." for n in range(400))
    before = {chunk.text for chunk in build_chunks(ParsedDocument(text))}
    after = {chunk.text for chunk in build_chunks(ParsedDocument("An inserted first sentence. " + text))}
    assert len(after - before) <= len(after) // 3


def test_a_very_large_text_without_breaks_is_cut_in_linear_time():
    started = time.process_time()
    build_chunks(ParsedDocument("x" * 200_000))
    small = time.process_time() - started
    started = time.process_time()
    build_chunks(ParsedDocument("x" * 1_600_000))
    assert time.process_time() - started < 30 * max(small, 0.01)


def test_chunks_know_their_language():
    document = ParsedDocument("# Ured\n\nOvo je rečenica na hrvatskom jeziku koju svatko razumije.")
    assert build_chunks(document)[0].language is Language.CROATIAN


def test_the_lead_in_is_the_last_sentence_before_the_passage():
    text = "First sentence ends here. A caption without a full stop\n\nThe passage."
    assert lead_in(text, text.index("The passage")) == "A caption without a full stop"
    assert lead_in(text, 0) == ""
