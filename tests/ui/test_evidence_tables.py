"""What the evidence panel and the chips show of rows of a table."""

from dataclasses import replace

from ragapp.core.evidence import Passage, Source
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.services.chat.evidence_tables import table_of
from ragapp.services.views import EvidenceView
from ragapp.ui.states.evidence import EvidenceState
from ragapp.ui.states.rows import source_row

TEXT = "Popis lokala\n\nIme | Lokal\nMia Rak | 118\nAna Kos | 211"
START = 40
QUOTE = (TEXT.index("Ana"), len(TEXT))
PASSAGE = Passage(
    rank=1,
    score=1.0,
    document_id=DocumentId("d"),
    document_title="Lokali",
    page=None,
    chunk_id=ChunkId("d:1:0"),
    text=TEXT,
    start=START,
    end=START + len(TEXT),
    heading="Ured",
    columns=("Ime", "Lokal"),
    rows_start=TEXT.index("Mia"),
)


def view(passage: Passage, *, before: str = "", after: str = "") -> EvidenceView:
    start, end = passage.start + QUOTE[0], passage.start + QUOTE[1]
    return EvidenceView(
        document_id=passage.document_id,
        document_title=passage.document_title,
        version=1,
        is_current=True,
        content_type="text/csv",
        page=None,
        page_count=None,
        heading=passage.heading,
        chunk_id=passage.chunk_id,
        before=before,
        passage_text=passage.text,
        after=after,
        start=passage.start,
        end=passage.end,
        quote_start=start,
        quote_end=end,
        table=table_of(passage, passage.text, start, end),
    )


def shown(evidence: EvidenceView) -> EvidenceState:
    state = EvidenceState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state._fill(evidence)
    return state


def test_rows_stand_under_their_names_with_the_quoted_one_marked() -> None:
    state = shown(view(PASSAGE, before="Uvod.\n\n", after="\n\nKraj."))
    assert state.columns == ["Ime", "Lokal"]
    shown_rows = [(row.cells, row.is_quoted) for row in state.rows]
    assert shown_rows == [(["Mia Rak", "118"], False), (["Ana Kos", "211"], True)]
    assert (state.lead, state.quote, state.trail) == ("Popis lokala", "", "")
    assert (state.before.strip(), state.after) == ("Uvod.", "Kraj.")


def test_rows_of_the_same_table_around_a_passage_are_not_dumped_as_text() -> None:
    later = replace(PASSAGE, text="Mia Rak | 118\nAna Kos | 211", rows_start=0)
    quote = later.text.index("Ana")
    evidence = replace(
        view(later, before="Eva Mar | 522\n", after="\nLuka Jur | 404\n"),
        table=table_of(later, later.text, START + quote, START + len(later.text)),
    )
    state = shown(evidence)
    assert (state.before, state.lead, state.after) == ("", "", "")
    assert [row.is_quoted for row in state.rows] == [False, True]


def test_prose_has_no_rows() -> None:
    state = shown(view(replace(PASSAGE, columns=(), rows_start=0)))
    assert state.rows == []
    assert state.quote == "Ana Kos | 211"


def test_a_chip_tells_the_row_with_the_names_of_its_columns() -> None:
    source = Source(1, PASSAGE, TEXT[slice(*QUOTE)], START + QUOTE[0], START + QUOTE[1], "/documents/d")
    assert source_row(source).quote == "Ime: Ana Kos; Lokal: 211"
    assert source_row(replace(source, passage=replace(PASSAGE, columns=()))).quote == "Ana Kos | 211"
