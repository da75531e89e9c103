import pytest

from ragapp.adapters.parsers import pptx
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed
from tests.fakes import files
from tests.fakes.office_files import make_pptx, with_member, xml_bomb, xml_with_entities

LIMITS = ParseLimits()
SLIDES = make_pptx(
    [
        ("Plan čišćenja", ["prva točka\ndruga točka", "drugi okvir"], ""),
        ("", [], ""),
        ("Cijene", [[["Grad", "Iznos"], ["Đurđevac", "12 €"]]], "Reći: šator je žut."),
    ]
)


def test_slides_are_pages_in_the_order_of_the_show() -> None:
    parsed = pptx.parse(SLIDES, LIMITS)
    pages = [parsed.text[page.start : page.end].strip() for page in parsed.pages]
    assert pages == [
        "Plan čišćenja\n\nprva točka\ndruga točka\n\ndrugi okvir",
        "",
        "Cijene\n\nGrad | Iznos\nĐurđevac | 12 €\n\nReći: šator je žut.",
    ]
    assert [page.number for page in parsed.pages] == [1, 2, 3]
    assert [heading.title for heading in parsed.headings] == ["Plan čišćenja", "Cijene"]
    assert parsed.title == "Plan čišćenja"


def test_a_single_slide_is_page_one() -> None:
    parsed = pptx.parse(make_pptx([("Naslov", ["tekst"], "")]), LIMITS)
    assert [(page.number, page.start, page.end) for page in parsed.pages] == [(1, 0, len(parsed.text))]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (files.encrypted_docx(), EncryptedFile),
        (files.make_docx(["text"]), ParseFailed),
        (SLIDES[:-100], ParseFailed),
        (with_member(SLIDES, "ppt/slides/slide1.xml", xml_bomb()), DocumentTooComplex),
        (with_member(SLIDES, "ppt/slides/slide1.xml", xml_with_entities()), ParseFailed),
    ],
)
def test_hostile_presentations_are_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        pptx.parse(data, LIMITS)


def test_more_slides_than_allowed_are_too_complex() -> None:
    with pytest.raises(DocumentTooComplex):
        pptx.parse(SLIDES, ParseLimits(page_count=2))
