import struct
import zlib

import pytest

from ragapp.adapters.parsers import pdf
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_furniture import find_furniture
from ragapp.adapters.parsers.pdf_layout import lay_out
from ragapp.adapters.parsers.pdf_lines import clean_line
from ragapp.adapters.parsers.pdf_picture import draw_page
from ragapp.adapters.parsers.pdf_values import Box, Frame, Line, Page
from ragapp.adapters.parsers.wire import PictureRequest
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, NotFound, ParseFailed
from tests.fakes import files

LIMITS = ParseLimits()
PAGE = (
    "# Članak 1.\n"
    "Zaposlenik ima pravo na godišnji odmor u trajanju od najmanje četiri tjedna za\n"
    "svaku kalendarsku godinu, a posloda-\n"
    "vac ga mora rasporediti.\n"
    "\n"
    "Drugi odlomak (kratak)."
)


def test_lines_become_paragraphs_and_broken_words_are_whole() -> None:
    parsed = pdf.parse(files.make_pdf([PAGE]), LIMITS)
    assert parsed.text == (
        "Članak 1.\n\nZaposlenik ima pravo na godišnji odmor u trajanju od najmanje četiri tjedna za svaku kalendarsku "
        "godinu, a poslodavac ga mora rasporediti.\n\nDrugi odlomak (kratak)."
    )


def test_larger_type_is_a_heading() -> None:
    parsed = pdf.parse(files.make_pdf([PAGE]), LIMITS)
    assert [(heading.level, heading.title, heading.start) for heading in parsed.headings] == [(1, "Članak 1.", 0)]


def test_every_page_has_its_span() -> None:
    parsed = pdf.parse(files.make_pdf(["First.", "", "Third."], title="Naslov čšž"), LIMITS)
    assert parsed.title == "Naslov čšž"
    assert [(page.number, parsed.text[page.start : page.end].strip()) for page in parsed.pages] == [
        (1, "First."),
        (2, ""),
        (3, "Third."),
    ]


def test_a_sentence_goes_on_over_the_page_end() -> None:
    assert pdf.parse(files.make_pdf(["one sentence that", "goes on."]), LIMITS).text == "one sentence that goes on."


def test_running_heads_are_dropped() -> None:
    parsed = pdf.parse(files.make_pdf(["A text.", "B text.", "C text."], header="Lipa d.o.o., str."), LIMITS)
    assert parsed.text == "A text.\n\nB text.\n\nC text."


def test_a_letterhead_that_never_changes_is_kept_once() -> None:
    def page(text: str) -> Page:
        head = Line("Lipa d.o.o.", range(11), Box(50, 800, 150, 810), 10)
        lines = (head, Line(text, range(len(text)), Box(50, 400, 150, 410), 10))
        return Page(Frame(Box(0, 0, 595, 842)), lines)

    pages = [page("A text."), page("B text.")]
    text, _ = lay_out(pages, find_furniture(pages))
    assert text == "Lipa d.o.o.\n\nA text.\n\nB text."


@pytest.mark.parametrize(
    ("raw", "cleaned", "origins"),
    [
        ("plain", "plain", [3, 4, 5, 6, 7]),
        ("  e\ufb01  x ", "efi x", [5, 6, 6, 7, 9]),
        ("c\u030cvor", "čvor", [3, 5, 6, 7]),
        ("ra\u00addi", "radi", [3, 4, 6, 7]),
        ("po\ufffeslo", "poslo", [3, 4, 6, 7, 8]),
    ],
    ids=["plain", "ligature", "combining", "soft-hyphen", "broken-word"],
)
def test_cleaned_characters_remember_where_they_come_from(raw: str, cleaned: str, origins: list[int]) -> None:
    text, found = clean_line(raw, 3)
    assert (text, list(found)) == (cleaned, origins)


def test_pdfs_that_cannot_be_read_say_why() -> None:
    with pytest.raises(EncryptedFile):
        pdf.parse(files.encrypted_pdf(), LIMITS)
    with pytest.raises(ParseFailed):
        pdf.parse(b"%PDF-1.7 and then nothing", LIMITS)
    with pytest.raises(DocumentTooComplex):
        pdf.parse(files.make_pdf(["a", "b", "c"]), ParseLimits(page_count=2))


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and unfiltered RGB bytes of a PNG as we write it."""
    width, height = struct.unpack_from("!2I", png, 16)
    (length,) = struct.unpack_from("!I", png, 33)
    rows = zlib.decompress(png[41 : 41 + length])
    return width, height, b"".join(rows[at + 1 : at + 1 + 3 * width] for at in range(0, len(rows), 3 * width + 1))


def marked_rows(png: bytes) -> set[int]:
    """Rows of a page picture that hold an amber pixel."""
    width, _, rgb = pixels(png)
    return {at // (3 * width) for at in range(0, len(rgb), 3) if rgb[at] > 200 and rgb[at + 2] + 60 < rgb[at]}


def draw(data: bytes, page: int, start: int, end: int) -> bytes:
    return draw_page(data, LIMITS, PictureRequest(page, start, end)).png


def test_the_marked_passage_lies_on_its_own_line() -> None:
    data = files.make_pdf([PAGE, PAGE])
    text = pdf.parse(data, LIMITS).text
    second = text.rindex("Drugi odlomak")
    rows = marked_rows(draw(data, 2, second, second + len("Drugi odlomak")))
    # The line's baseline is 100 + 2 * 14 + 4 * 14 points below the top edge, drawn at 1.6 pixels a point.
    assert rows
    assert {round(row / 1.6) for row in rows} <= set(range(170, 192))
    assert not marked_rows(draw(data, 1, second, second + 10))


def test_an_empty_range_marks_nothing() -> None:
    assert not marked_rows(draw(files.make_pdf([PAGE]), 1, 20, 20))


def test_a_word_broken_over_two_rows_is_marked_on_both() -> None:
    data = files.make_pdf([PAGE])
    start = pdf.parse(data, LIMITS).text.index("poslodavac")
    rows = sorted(marked_rows(draw(data, 1, start, start + len("poslodavac"))))
    assert rows[-1] - rows[0] > 1.6 * 18


def test_a_remembered_layout_marks_the_same_place() -> None:
    data = files.make_pdf([PAGE, PAGE, PAGE], header="Lipa d.o.o.")
    start = pdf.parse(data, LIMITS).text.rindex("Drugi odlomak")
    first = draw_page(data, LIMITS, PictureRequest(3, start, start + 13))
    again = draw_page(data, LIMITS, PictureRequest(3, start, start + 13, first.layout))
    assert again == first
    assert marked_rows(first.png)


def test_a_page_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        draw(files.make_pdf(["a"]), 2, 0, 0)


def test_pictures_stay_within_the_width_limit() -> None:
    wide = files.make_pdf(["a"]).replace(b"[0 0 595 842]", b"[0 0 9999 99]")
    width, _, _ = pixels(draw(wide, 1, 0, 0))
    assert width <= 1400
