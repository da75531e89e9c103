import pytest

from ragapp.adapters.parsers import docx
from ragapp.adapters.parsers.docx_styles import Numbering
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed
from tests.fakes import files

LIMITS = ParseLimits()
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def body(inner: str) -> bytes:
    return files.docx_with_xml(f'<w:document xmlns:w="{WORD}"><w:body>{inner}</w:body></w:document>'.encode())


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_headings_come_from_styles_by_their_name_in_any_language() -> None:
    parsed = docx.parse(files.make_docx(["# Članak 1.", "Tekst."], title="Pravilnik"), LIMITS)
    assert parsed.title == "Pravilnik"
    assert [(heading.level, heading.title, heading.start) for heading in parsed.headings] == [(1, "Članak 1.", 0)]
    assert parsed.text == "Članak 1.\n\nTekst."


def test_tables_become_rows() -> None:
    parsed = docx.parse(files.make_docx(["Cjenik", [["Usluga", "Cijena"], ["Prijevoz", "12,50 €"]], "Kraj"]), LIMITS)
    assert parsed.text == "Cjenik\n\nUsluga | Cijena\nPrijevoz | 12,50 €\n\nKraj"


def test_a_table_in_a_table_stays_in_its_cell() -> None:
    inner = f"<w:tbl><w:tr><w:tc><w:p>{run('x')}</w:p></w:tc><w:tc><w:p>{run('y')}</w:p></w:tc></w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr><w:tc><w:p>{run('a')}</w:p>{inner}</w:tc><w:tc><w:p>{run('b')}</w:p></w:tc></w:tr></w:tbl>"
    assert docx.parse(body(outer), LIMITS).text == "a x | y | b"


def test_an_explicit_break_and_words_own_break_after_it_are_one_page() -> None:
    rendered = "<w:r><w:lastRenderedPageBreak/></w:r>"
    parsed = docx.parse(
        body(
            f'<w:p>{run("one")}</w:p><w:p><w:r><w:br w:type="page"/></w:r></w:p><w:p>{rendered}{run("two")}</w:p>'
            f"<w:p>{run('still two, ')}{rendered}{run('now three')}</w:p>"
        ),
        LIMITS,
    )
    shown = [parsed.text[page.start : page.end].strip() for page in parsed.pages]
    assert shown == ["one", "two\n\nstill two,", "now three"]
    assert [page.number for page in parsed.pages] == [1, 2, 3]


def test_a_document_without_breaks_has_no_pages() -> None:
    assert docx.parse(files.make_docx(["one", "two"]), LIMITS).pages == ()


def test_deleted_and_moved_text_is_not_read() -> None:
    parsed = docx.parse(
        body(f"<w:p>{run('kept')}<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom>{run('moved')}</w:moveFrom></w:p>"),
        LIMITS,
    )
    assert parsed.text == "kept"


def test_numbered_articles_carry_their_labels() -> None:
    numbering = Numbering()
    for name, attributes in (
        ("abstractNum", {"abstractNumId": "7"}),
        ("lvl", {"ilvl": "0"}),
        ("start", {"val": "1"}),
        ("numFmt", {"val": "decimal"}),
        ("lvlText", {"val": "Članak %1."}),
        ("lvl", {"ilvl": "1"}),
        ("numFmt", {"val": "lowerLetter"}),
        ("lvlText", {"val": "%1.%2)"}),
        ("num", {"numId": "3"}),
        ("abstractNumId", {"val": "7"}),
    ):
        numbering.start(name, attributes)
    labels = [numbering.next_label("3", depth) for depth in (0, 1, 1, 0, 1)]
    assert labels == ["Članak 1.", "1.a)", "1.b)", "Članak 2.", "2.a)"]
    assert numbering.next_label("unknown", 0) == ""


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (files.docx_zip_bomb(), DocumentTooComplex),
        (files.docx_with_many_entries(2_001), DocumentTooComplex),
        (files.docx_with_entities(), ParseFailed),
        (files.encrypted_docx(), EncryptedFile),
        (files.make_docx(["text"])[:300], ParseFailed),
        (body("<w:p>" * 10 + "broken"), ParseFailed),
        (b"PK\x03\x04 nothing else", ParseFailed),
    ],
    ids=["bomb", "entries", "entities", "encrypted", "truncated", "malformed", "no-directory"],
)
def test_hostile_archives_are_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        docx.parse(data, LIMITS)


def test_inflated_bytes_are_counted_over_all_members() -> None:
    with pytest.raises(DocumentTooComplex):
        docx.parse(files.make_docx(["text " * 1000]), ParseLimits(archive_total_bytes=2_000))


def test_elements_may_be_nested_without_end() -> None:
    depth = 20_000
    parsed = docx.parse(body("<w:sdt>" * depth + f"<w:p>{run('deep')}</w:p>" + "</w:sdt>" * depth), LIMITS)
    assert parsed.text == "deep"
