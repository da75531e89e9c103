"""What people write onto PDFs, and files inside them: values, ticks, notes, attachments, each where it belongs."""

import io

import pytest

from ragapp.adapters.parsers import pdf, pdf_attachments
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_picture import draw_page
from ragapp.adapters.parsers.wire import PictureRequest
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, NotFound
from tests.fakes import files
from tests.fakes.pdf_pages import PdfFile, PdfPage, check_box, choice, note, show, show_lines, text_field
from tests.unit.parsers.test_pdf import marked_rows


def read(*pages: PdfPage) -> str:
    return pdf.parse(PdfFile(pages).build(), ParseLimits()).text


@pytest.mark.parametrize(
    ("drawn", "fields", "wanted"),
    [
        ([show("Name:", 60, 700)], [text_field("n", "Ana Kos", "150 695 300 712")], "Name: Ana Kos"),
        ([show("Name", 60, 700)], [text_field("n", "Ana Kos", "60 675 300 692")], "Name Ana Kos"),
        (
            [show("First:                         Last:", 60, 700)],
            [text_field("f", "Ana", "95 695 150 712"), text_field("l", "Kos", "195 695 300 712")],
            "First: Ana Last: Kos",
        ),
        ([show("Country", 60, 700)], [choice("c", ["HR", "SI"], "SI", "150 695 300 712")], "Country: SI"),
        (
            [show("Days", 60, 700)],
            [choice("d", ["Mon", "Tue"], "Tue", "150 660 300 712", is_list=True)],
            "Days: ☐ Mon ☒ Tue",
        ),
        ([show("I agree", 80, 700)], [check_box("a", "60 698 72 710", ticked=True)], "☒ I agree"),
        ([show("I agree", 60, 700)], [check_box("a", "120 698 132 710", ticked=False)], "I agree ☐"),
        ([show("Text.", 60, 700)], [text_field("n", "Ana", "60 300 200 315", "/TU (Applicant)")], "Applicant: Ana"),
    ],
    ids=["beside", "below", "within-a-line", "choice", "list", "ticked", "not-ticked", "named-only"],
)
def test_what_a_form_holds_stands_with_its_label(drawn: list[bytes], fields: list[str], wanted: str) -> None:
    text = read(PdfPage([show("A form of the club", 60, 760), *drawn], fields))
    assert wanted in " ".join(text.split())


def test_passwords_and_hidden_fields_are_not_read() -> None:
    secret = text_field("p", "s3cret", "150 695 300 712", f"/Ff {1 << 13}")
    hidden = text_field("h", "unseen", "150 665 300 682", "/F 2")
    text = read(PdfPage([show("Password:", 60, 700), show("Other:", 60, 670)], [secret, hidden]))
    assert "s3cret" not in text
    assert "unseen" not in text


def test_values_in_a_drawn_table_stand_in_their_cells() -> None:
    lines = [b"0.5 w %d %d 150 20 re S" % (x, y) for x in (60, 210) for y in (700, 680, 660)]
    labels = [show(label, 65, y + 6) for label, y in (("Item", 700), ("Desk", 680), ("Lamp", 660))]
    labels.append(show("Pieces", 215, 706))
    fields = [text_field("a", "14", "212 682 350 698"), text_field("b", "27", "212 662 350 678")]
    document = pdf.parse(PdfFile([PdfPage([*lines, *labels], fields)]).build(), ParseLimits())
    assert "Desk | 14" in document.text
    assert "Lamp | 27" in document.text


PARAGRAPH = [
    "The delivery takes thirty days from the",
    "signature of both parties. Delays are told",
    "without being asked.",
]
NEXT = ["The second paragraph is about the price", "and about nothing else in this draft."]


@pytest.mark.parametrize(
    "annotation",
    [
        note("FreeText", "Limit is 12500 EUR", "320 690 500 712"),
        note("Text", "Limit is 12500 EUR", "40 690 58 708"),
        note("Highlight", "Limit is 12500 EUR", "60 697 200 712", "/QuadPoints [60 712 200 712 60 697 200 697]"),
        note("Stamp", "Limit is 12500 EUR", "300 680 380 720"),
        note("StrikeOut", "Limit is 12500 EUR", "60 684 120 698", "/QuadPoints [60 698 120 698 60 684 120 684]"),
    ],
    ids=["free-text", "sticky-note", "highlight", "stamp", "strike-out"],
)
def test_a_note_comes_after_the_paragraph_it_stands_at(annotation: str) -> None:
    drawn = [*show_lines(PARAGRAPH, 60, 700), *show_lines(NEXT, 60, 640)]
    paragraphs = read(PdfPage(drawn, [annotation])).split("\n\n")
    assert paragraphs == [" ".join(PARAGRAPH), "Limit is 12500 EUR", " ".join(NEXT)]


def test_hidden_notes_are_not_read() -> None:
    assert "gone" not in read(PdfPage([show("Text.", 60, 700)], [note("FreeText", "gone", "60 600 200 620", "/F 2")]))


def test_a_passage_in_a_value_is_marked_at_its_field() -> None:
    page = PdfPage([show("Name:", 60, 700), show("Place:", 60, 400)], [text_field("n", "Ana Kos", "150 395 300 412")])
    data = PdfFile([page]).build()
    start = pdf.parse(data, ParseLimits()).text.index("Ana Kos")
    picture = draw_page(data, ParseLimits(), PictureRequest(1, start, start + 7))
    rows = marked_rows(picture.png)
    assert rows
    assert all(842 - 412 - 3 <= row / 1.6 <= 842 - 395 + 3 for row in rows)


def test_embedded_files_are_members() -> None:
    contents = {"offer.txt": b"The price is 4300 EUR.", "Prilog 1.csv": b"a;b\n1;2\n", "big.bin": bytes(200_000)}
    page = PdfPage([show("See the files.", 60, 700)])
    data = PdfFile([page], contents).build()
    assert pdf.parse(data, ParseLimits()).attachment_count == 3
    members = pdf_attachments.list_members(io.BytesIO(data), ParseLimits())
    found = {
        member.name: b"".join(pdf_attachments.open_member(io.BytesIO(data), ParseLimits(), member.number))
        for member in members
        if not member.problem
    }
    assert found == contents
    with pytest.raises(NotFound):
        list(pdf_attachments.open_member(io.BytesIO(data), ParseLimits(), 9))


def test_embedded_files_have_bounds_and_plain_names() -> None:
    embedded = {"../../etc/passwd.txt": b"a", "con": b"b", "big.txt": b"c" * 99}
    data = PdfFile([PdfPage([show("x", 60, 700)])], embedded).build()
    limits = ParseLimits(archive_entry_bytes=50)
    members = {member.name: member.problem for member in pdf_attachments.list_members(io.BytesIO(data), limits)}
    assert members == {"passwd.txt": "", "con": "invalid_file_name", "big.txt": "document_too_complex"}
    with pytest.raises(DocumentTooComplex):
        pdf_attachments.list_members(io.BytesIO(data), ParseLimits(archive_entry_count=2))
    with pytest.raises(EncryptedFile):
        pdf_attachments.list_members(io.BytesIO(files.encrypted_pdf()), ParseLimits())
