import codecs

import pytest

from ragapp.adapters.parsers.encoding import decode_text
from ragapp.core.errors import ParseFailed
from tests.fakes.files import CROATIAN_TEXT, binary_garbage


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16", "cp1250", "iso8859-2"])
def test_croatian_text_is_read_in_every_usual_encoding(encoding: str) -> None:
    assert decode_text(CROATIAN_TEXT.encode(encoding)) == CROATIAN_TEXT


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")],
)
def test_a_byte_order_mark_decides(mark: bytes, encoding: str) -> None:
    assert decode_text(mark + CROATIAN_TEXT.encode(encoding)) == CROATIAN_TEXT


def test_western_text_is_not_taken_for_croatian() -> None:
    french = "Le congé annuel est accordé après dix mois. Où sont les élèves déjà fêtés à Noël ?"
    assert decode_text(french.encode("cp1252")) == french


def test_a_few_broken_bytes_do_not_change_the_reading_of_utf8() -> None:
    assert decode_text(CROATIAN_TEXT.encode() * 4 + b"\xff end") == CROATIAN_TEXT * 4 + "\ufffd end"


def test_invalid_bytes_become_replacement_characters_and_never_an_exception() -> None:
    assert "tekst" in decode_text(b"tekst \x81\x98\x83 i jo\x9a teksta " + b"a" * 300)


def test_binary_garbage_is_refused_with_a_clear_message() -> None:
    with pytest.raises(ParseFailed, match="readable text"):
        decode_text(binary_garbage())


def test_an_empty_text_is_no_error() -> None:
    assert decode_text(b"") == ""
