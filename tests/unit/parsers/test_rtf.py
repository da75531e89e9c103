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
        "Čuvanje ključeva\n\nObičan {tekst} s žutim šatorom i 😀 kraj.\n\nПривет veza\n\n"
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
