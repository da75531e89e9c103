import pytest

from ragapp.adapters.parsers import rtf
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import DocumentTooComplex, ParseFailed

LIMITS = ParseLimits()
LETTER = rb"""{\rtf1\ansi\ansicpg1250\deff0{\fonttbl{\f0\fswiss\fcharset238 Arial;}{\f1\fcharset204 Cyr;}}
{\colortbl;\red0\green0\blue0;}{\stylesheet{\s1 heading 1;}}{\*\generator Riched20;}
{\info{\title \'c8uvanje}{\author Nitko}}{\header zaglavlje}
{\pard\outlinelevel0\b \'c8uvanje klju\'e8eva\par}
\pard\plain Obi\'e8an \{tekst\}\~s \u382?utim \uc2\u353\'9a?atorom\line i \u-10179 ??\u-8704 ?? kraj.\par
{\f1 \'cf\'f0\'e8\'e2\'e5\'f2} {\field{\*\fldinst HYPERLINK "http://x.hr"}{\fldrslt veza}}\par
\trowd\cellx1000\cellx2000\pard\intbl Grad\cell Cijena\cell\row
\trowd\pard\intbl \'d0ur\'f0evac\par i okolica\cell 12 \'80\cell\row
\pard{\pict\pngblip 89504e47}\bin4 {}{}kraj\page druga\par}"""


def test_text_headings_rows_and_pages_are_read_in_their_code_pages() -> None:
    parsed = rtf.parse(LETTER, LIMITS)
    assert parsed.text == (
        "zaglavlje\n\nČuvanje ključeva\n\nObičan {tekst} s žutim šatorom i 😀 kraj.\n\nПривет veza\n\n"
        "Grad | Cijena\nĐurđevac i okolica | 12 €\n\nkraj\n\ndruga"
    )
    assert parsed.title == "Čuvanje"
    assert [(heading.level, heading.title) for heading in parsed.headings] == [(1, "Čuvanje ključeva")]
    assert [parsed.text[page.start : page.end].strip()[-5:] for page in parsed.pages] == ["\nkraj", "druga"]


@pytest.mark.parametrize("encoding", [1250, 1252, 65001])
def test_the_default_code_page_is_the_stated_one(encoding: int) -> None:
    text = "Žuti šešir"
    codec = "utf-8" if encoding == 65001 else f"cp{encoding}"
    source = b"{\\rtf1\\ansi\\ansicpg%d %s}" % (encoding, text.encode(codec))
    assert rtf.parse(source, LIMITS).text == text


def test_a_file_that_ends_too_early_gives_what_is_there() -> None:
    for kept in range(len(b"{\\rtf1"), len(LETTER)):
        rtf.parse(LETTER[:kept], LIMITS)
    assert rtf.parse(rb"{\rtf1 po\'e8etak {\b i", LIMITS).text == "poèetak i"


def test_half_a_character_does_not_survive() -> None:
    parsed = rtf.parse(rb"{\rtf1{\info{\title a\u-10179 ?}}b\u-10179 ?c}", LIMITS)
    assert parsed.text.encode() == "b\ufffdc".encode()
    assert parsed.title.encode()


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", ParseFailed), (b"text", ParseFailed), (rb"{\rtf1" + b"{" * 5000, DocumentTooComplex)],
)
def test_hostile_rich_text_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        rtf.parse(data, LIMITS)


FONTS = rb"{\fonttbl{\f0 Arial;}{\f1\fcharset2 Symbol;}{\f2\fcharset2 Wingdings;}}"


def read(inner: bytes) -> str:
    return rtf.parse(rb"{\rtf1\ansi" + FONTS + inner + b"}", LIMITS).text


@pytest.mark.parametrize(
    "inner",
    [
        rb"seen {\v gone} seen",
        rb"seen \v gone\v0  seen",
        rb"seen {\deleted gone} seen",
        rb"seen {\b\deleted\deftrm gone}{\deleted0  seen}",
        rb"seen {\v {\b gone} gone\plain  seen}",
        rb"seen {\v gone\'e8 gone\u382?} seen",
    ],
)
def test_hidden_and_deleted_text_is_left_out(inner: bytes) -> None:
    assert read(inner).split() == ["seen", "seen"]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (rb"Due now{\footnote\pard Not on\par Sunday\par}.\par End", "Due now.\n\n* Not on Sunday\n\nEnd"),
        (rb"a {\*\atnid 1}{\*\atnauthor Ana}{\*\annotation\pard why?}b\par c", "a b\n\nComment (Ana): why?\n\nc"),
        (rb"{\header\pard Firm\par}{\footer 1}a\par b", "Firm\n\na\n\nb"),
        (rb"{\headerl Firm}{\headerr Firm}{\footer OIB 1}a", "Firm\n\na\n\nOIB 1"),
        (rb"\trowd\pard\intbl x\cell 5{\footnote net}\cell\row\pard z", "x | 5 (* net)\n\nz"),
    ],
)
def test_notes_headers_and_footers_stand_once_where_they_belong(inner: bytes, text: str) -> None:
    assert read(inner) == text


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (rb"21{\f1\'b0}C", "21°C"),
        (rb"{\f1 a}+{\f1 b}", "α+β"),
        (rb"{\f1\u-3919 ?}2", "±2"),
        (rb"{\f2\'fe} yes {\f2\'a8} no", "☑ yes ☐ no"),
        (rb"{\*\formfield{\fftype1\ffres1}}yes {\*\formfield{\fftype1\ffres25\ffdefres0}}no", "☒ yes ☐ no"),
    ],
)
def test_symbol_fonts_and_ticked_boxes_are_signs(inner: bytes, text: str) -> None:
    assert read(inner) == text
