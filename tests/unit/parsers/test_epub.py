import pytest

from ragapp.adapters.parsers import epub
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed
from tests.fakes import files
from tests.fakes.office_files import make_epub, with_member, xml_bomb, xml_with_entities

LIMITS = ParseLimits()
BOOK = make_epub(["<h1>Šuma</h1><p>Prvi&nbsp;žir</p>", "<h1>Đak</h1><table><tr><td>a</td><td>č</td></tr></table>"])


def scrambled_by(algorithm: str) -> str:
    return f'<encryption><EncryptedData><EncryptionMethod Algorithm="{algorithm}"/></EncryptedData></encryption>'


def test_chapters_follow_the_reading_order_without_the_table_of_contents() -> None:
    parsed = epub.parse(BOOK, LIMITS)
    assert parsed.text == "Šuma\n\nPrvi žir\n\nĐak\n\na | č"
    assert [heading.title for heading in parsed.headings] == ["Šuma", "Đak"]
    assert parsed.title == "Šuma"


def test_the_title_is_the_one_of_the_book() -> None:
    assert epub.parse(make_epub(["<h1>Uvod</h1>"], title="Knjiga o čaju"), LIMITS).title == "Knjiga o čaju"


def test_scrambled_fonts_are_no_copy_protection() -> None:
    book = make_epub(["<p>text"], encryption=scrambled_by("http://www.idpf.org/2008/embedding"))
    assert epub.parse(book, LIMITS).text == "text"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (make_epub(["x"], encryption=scrambled_by("http://www.w3.org/2001/04/xmlenc#aes128-cbc")), EncryptedFile),
        (files.make_docx(["text"]), ParseFailed),
        (BOOK[:-100], ParseFailed),
        (with_member(BOOK, "OEBPS/book.opf", xml_with_entities()), ParseFailed),
        (with_member(BOOK, "OEBPS/tekst/poglavlje 1.xhtml", xml_bomb()), DocumentTooComplex),
    ],
)
def test_hostile_books_are_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        epub.parse(data, LIMITS)
