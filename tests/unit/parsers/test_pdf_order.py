"""The order in which a person reads a page, whatever order it was drawn in."""

import random

import pytest

from ragapp.adapters.parsers import pdf
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_picture import draw_page
from ragapp.adapters.parsers.pdf_values import Box, Frame
from ragapp.adapters.parsers.wire import PictureRequest
from tests.fakes.pdf_pages import A4, PdfFile, PdfPage, show, show_lines
from tests.unit.parsers.test_pdf import marked_rows

LEFT = [
    "The northern warehouse keeps frozen",
    "vegetables and is open from six in the",
    "morning. Access requires a green badge",
    "that the guard issues on arrival, and",
    "visitors sign the paper book there.",
]
RIGHT = [
    "The southern warehouse keeps paint and",
    "solvents, so that no visitor may enter",
    "without a trained escort. The alarm code",
    "is changed every month by the safety",
    "officer, who checks the extinguishers.",
]
THIRD = [
    "The western yard is for lorries that wait",
    "to be loaded. Engines are switched off",
    "after two minutes, and drivers stay in",
    "the marked room until their number is",
    "shown above the door of the loading bay.",
]


def read(*drawn: bytes, rotate: int = 0) -> str:
    return pdf.parse(PdfFile([PdfPage(drawn, rotate=rotate)]).build(), ParseLimits()).text


def flat(*drawn: bytes) -> str:
    """Return what is read without regard to where lines end."""
    return " ".join(read(*drawn).split())


def as_prose(lines: list[str]) -> str:
    return " ".join(lines)


def by_column(*columns: list[str], xs: tuple[float, ...] = (60, 310), size: float = 11) -> list[bytes]:
    return [line for x, column in zip(xs, columns, strict=True) for line in show_lines(column, x, 700, size)]


def by_row(*columns: list[str]) -> list[bytes]:
    drawn = by_column(*columns)
    return [drawn[side * 5 + row] for row in range(5) for side in range(2)]


def shuffled(*columns: list[str]) -> list[bytes]:
    drawn = by_column(*columns)
    random.Random(4).shuffle(drawn)
    return drawn


def in_one_stroke(left: list[str], right: list[str]) -> list[bytes]:
    """Both columns in one text object a row, as typesetters of newspapers write them."""
    return [
        b"BT /F1 11 Tf 60 %d Td (%s) Tj 250 0 Td (%s) Tj ET" % (700 - 13 * row, a.encode(), b.encode())
        for row, (a, b) in enumerate(zip(left, right, strict=True))
    ]


@pytest.mark.parametrize("draw", [by_column, by_row, shuffled, in_one_stroke], ids=lambda draw: draw.__name__)
def test_columns_are_read_one_after_the_other(draw) -> None:  # type: ignore[no-untyped-def]
    text = flat(show("Rules", 60, 750, 18), *draw(LEFT, RIGHT))
    assert text.startswith("Rules")
    assert as_prose(LEFT) in text
    assert as_prose(RIGHT) in text
    assert text.index(as_prose(LEFT)) < text.index(as_prose(RIGHT))


def test_three_columns_under_a_line_that_reaches_over_them() -> None:
    narrow = [[line[:26].strip() for line in column] for column in (LEFT, RIGHT, THIRD)]
    head = "A heading that reaches over all of the three columns of this page of the paper"
    text = flat(show(head, 60, 730, 12), *by_column(*narrow, xs=(60, 220, 380), size=9))
    assert [text.index(column[0][:12]) for column in narrow] == sorted(text.index(column[0][:12]) for column in narrow)
    assert text.startswith(head)
    assert all(as_prose(column) in text for column in narrow)


def test_columns_above_and_below_a_line_are_read_band_by_band() -> None:
    drawn = [
        *by_column(LEFT, RIGHT),
        show("A sentence that stands alone across both of the columns, between the bands of text.", 60, 610, 11),
        *(line for x, column in ((60, THIRD), (310, LEFT)) for line in show_lines(column, x, 580)),
    ]
    text = flat(*drawn)
    places = [text.index(piece) for piece in (LEFT[0], RIGHT[0], "A sentence that stands", THIRD[0])]
    assert places == sorted(places)
    assert as_prose(THIRD) in text


def test_a_side_note_comes_after_the_paragraph_it_stands_beside() -> None:
    body = show_lines([*LEFT, *RIGHT], 60, 700)
    after = show_lines(THIRD, 60, 550)
    note = show_lines(["See also", "rule 14 b"], 420, 690, 8, 10)
    for drawn in ([*note, *body, *after], [*body, *after, *note]):
        text = flat(*drawn)
        assert as_prose([*LEFT, *RIGHT]) in text
        assert "See also rule 14 b" in text
        assert text.index(RIGHT[-1]) < text.index("See also rule 14 b") < text.index(THIRD[0])


def test_a_footnote_and_a_caption_drawn_first_come_where_they_stand() -> None:
    text = read(
        show("1 Measured at noon.", 60, 80, 8),
        show("Figure 2. The pump from above.", 60, 430, 9),
        *show_lines(LEFT, 60, 700),
        *show_lines(THIRD, 60, 380),
    )
    places = [text.index(piece) for piece in (LEFT[0], "Figure 2.", THIRD[0], "1 Measured")]
    assert places == sorted(places)


def test_a_raised_number_stands_in_the_line_of_its_footnote() -> None:
    drawn = [show("Paid on Friday of the same week.", 60, 700)]
    for number, (mark, y) in enumerate((("2", 80), ("1", 100))):
        drawn += [show(mark, 60, y + 3, 5), show(f"Footnote text {2 - number} in small type.", 70, y, 8)]
    text = read(*drawn)
    assert "1 Footnote text 1 in small type." in text
    assert "2 Footnote text 2 in small type." in text
    assert text.index("Footnote text 1") < text.index("Footnote text 2")


def test_labels_and_values_on_one_row_stay_together() -> None:
    rows = [("Serial number", "KX-4471"), ("Voltage", "230 V"), ("Weight", "18 kg")]
    drawn = [show(left, 60, 700 - 20 * n) for n, (left, _) in enumerate(rows)]
    drawn += [show(right, 300, 700 - 20 * n) for n, (_, right) in enumerate(rows)]
    text = read(*drawn)
    places = [text.index(piece) for row in rows for piece in row]
    assert places == sorted(places)


TURNED = [
    "The sample was taken on the third of March",
    "and kept at four degrees. The measured value",
    "was 6.8 in all of the three bottles.",
]
MATRICES = {0: "1 0 0 1", 90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}


def turned_lines(turn: int) -> list[bytes]:
    """Return lines that read along a direction turned counter-clockwise."""
    places = {0: (60, 700, 0, -13), 90: (100, 60, 13, 0), 180: (535, 140, 0, 13), 270: (500, 780, -13, 0)}
    x, y, dx, dy = places[turn]
    return [show(line, x + n * dx, y + n * dy, turn=MATRICES[turn]) for n, line in enumerate(TURNED)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_turned_page_gives_paragraphs(turn: int, rotate: int) -> None:
    lines = turned_lines(turn)
    for drawn in (lines, lines[::-1]):
        assert read(*drawn, rotate=rotate) == as_prose(TURNED)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_passage_on_a_turned_page_is_marked_where_it_stands(turn: int) -> None:
    data = PdfFile([PdfPage(turned_lines(turn), rotate=turn)]).build()
    text = pdf.parse(data, ParseLimits()).text
    start = text.index("6.8 in")
    rows = marked_rows(draw_page(data, ParseLimits(), PictureRequest(1, start, start + 6)).png)
    all_rows = marked_rows(draw_page(data, ParseLimits(), PictureRequest(1, 0, len(text))).png)
    assert rows
    assert len(rows) < 30 < len(all_rows)  # one row of three, as the turned page shows it upright
    assert max(rows) >= max(all_rows) - 3  # the last of them


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_turning_a_box_back_gives_the_box(clockwise: int) -> None:
    frame = Frame(Box(10, 20, 10 + A4[0], 20 + A4[1]), clockwise)
    box = Box(30, 50, 80, 62)
    there = frame.turn(box)
    assert frame.turn_back(there) == box
    assert 0 <= there.left <= there.right <= frame.width
    assert 0 <= there.bottom <= there.top <= frame.height


@pytest.mark.parametrize(
    ("drawn", "wanted"),
    [
        (show("A N N U A L  R E P O R T", 60, 700, 16), "ANNUAL REPORT"),
        (show("H E A D I N G", 60, 700, 16), "HEADING"),
        (
            b"BT /F1 11 Tf 60 700 Td [(The ware) 278 ( ) 0 (house is open on) -200 ( Monday)] TJ ET",
            "The warehouse is open on Monday",
        ),
    ],
    ids=["spaced-words", "spaced-word", "no-gap"],
)
def test_words_that_were_torn_apart_are_whole(drawn: bytes, wanted: str) -> None:
    assert read(drawn) == wanted


def test_words_torn_by_a_layer_under_a_scan_are_whole() -> None:
    rows = [["China", "Ocean", "Shipping"], ["Container", "Lines", "Company"], ["Ocean", "Plaza", "Avenue"]] * 3
    drawn = []
    for number, words in enumerate(rows):
        pieces = " ".join(f"({word[:-1]} ) 150 ({word[-1]} ) -300" for word in words)
        drawn.append(f"BT /F1 11 Tf 60 {700 - 16 * number} Td [{pieces}] TJ ET".encode())
    text = flat(*drawn)
    assert "China Ocean Shipping Container Lines Company Ocean Plaza Avenue" in text


def test_short_words_in_wide_lines_are_left_alone() -> None:
    sentence = "It is up to us to do as we are told or to go by bus at one on a day in May"
    words = sentence.split()
    drawn = [
        f"BT /F1 11 Tf 60 {700 - 16 * row} Td [{' '.join(f'({word} ) -{wide}' for word in words)}] TJ ET".encode()
        for row, wide in enumerate([0, 80, 160, 240, 320])
    ]
    assert flat(*drawn) == " ".join(words * 5)
