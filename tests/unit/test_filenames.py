import pytest

from ragapp.core.errors import InvalidFileName
from ragapp.services.library.filenames import clean_filename, clean_title, title_of


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ana\\plan.docx", "plan.docx"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b.txt", "ab.txt"),
        ("c\u030cevapi.md", "čevapi.md"),
        ("two\nlines.txt", "two lines.txt"),
        ("half\ud800.txt", "half.txt"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 300, "x" * 255),
        (".gitignore", ".gitignore"),
    ],
)
def test_a_name_is_a_label(given, kept):
    assert clean_filename(given) == kept


@pytest.mark.parametrize("given", ["", " ", ".", "..", "a/", "\u202e", "\x00", "../..", "\u200b"])
def test_a_name_without_anything_usable_is_refused(given):
    with pytest.raises(InvalidFileName):
        clean_filename(given)


def test_the_title_is_the_name_without_extension():
    assert title_of("godisnji_izvjestaj.2025.pdf") == "godisnji izvjestaj.2025"
    assert title_of(".env") == ".env"
    assert clean_title(" x " * 400) == ("x " * 400)[:500]
