import pytest

from ragapp.adapters.parsers import odt
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed
from tests.fakes import files
from tests.fakes.office_files import make_odt, with_member, xml_bomb, xml_with_entities

LIMITS = ParseLimits()
BODY = """<text:tracked-changes><text:p>brisano</text:p></text:tracked-changes>
<text:h text:outline-level="2">Čuvanje ključeva</text:h><text:p>Prvi<text:s text:c="3"/>red<text:line-break/>drugi
 <text:span>đak</text:span></text:p><text:list><text:list-item><text:p>jedan</text:p><text:list><text:list-item>
<text:p>žir</text:p></text:list-item></text:list></text:list-item></text:list><table:table><table:table-row>
<table:table-cell><text:p>Grad</text:p></table:table-cell><table:table-cell><text:p>Cijena</text:p></table:table-cell>
</table:table-row><table:table-row><table:table-cell><text:p>Čakovec</text:p><text:p>i okolica</text:p>
</table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>5 €</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>
<text:p>prije<text:soft-page-break/>poslije</text:p>"""


def test_headings_lists_tables_and_pages_are_read() -> None:
    parsed = odt.parse(make_odt(BODY, title="Pravilnik šest"), LIMITS)
    assert parsed.text == (
        "Čuvanje ključeva\n\nPrvi red drugi đak\n\n- jedan\n- žir\n\nGrad | Cijena\nČakovec i okolica | 5 € | 5 €\n\n"
        "prijeposlije"
    )
    assert [(heading.level, heading.title) for heading in parsed.headings] == [(2, "Čuvanje ključeva")]
    assert parsed.title == "Pravilnik šest"
    assert [parsed.text[page.start : page.end][-7:] for page in parsed.pages] == ["\n\nprije", "poslije"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (make_odt(BODY, manifest="<file-entry><encryption-data/></file-entry>"), EncryptedFile),
        (files.make_docx(["text"]), ParseFailed),
        (make_odt(BODY)[:-100], ParseFailed),
        (make_odt("<text:p>"), ParseFailed),
        (with_member(make_odt(BODY), "content.xml", xml_bomb()), DocumentTooComplex),
        (with_member(make_odt(BODY), "content.xml", xml_with_entities()), ParseFailed),
    ],
)
def test_hostile_open_documents_are_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        odt.parse(data, LIMITS)
