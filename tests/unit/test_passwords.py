import pytest

from ragapp.core.errors import WeakPassword
from ragapp.services.identity.passwords import MAX_PASSWORD_CHARACTERS, ensure_strong

ANA = ("ana.anic@lipa.hr", "Ana Anić", "Lipa Logistika d.o.o.")


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "qwertyuiop",
        "1234567890",
        "aaaaaaaaaaaaaaa",
        "Lozinka123",
        "mojalozinka",
        "zaporka2024",
        "hajduksplit",
        "dinamozagreb",
        "hrvatska1991",
        "dobardan123",
        "tajnalozinka",
        "korisnik123",
        "lipalogistika",
        "ana.anic@lipa.hr",
        "a1B!x9",
        "š" * (MAX_PASSWORD_CHARACTERS + 1),
    ],
)
def test_what_is_guessed_quickly_in_either_language_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        ensure_strong(password, *ANA)


@pytest.mark.parametrize(
    "password", ["šume i livade 42", "correct horse battery staple", "gT7#kq2Lw!", "rijeka teče pod mostom " * 40]
)
def test_no_kind_of_character_is_asked_for_and_length_is_welcome(password: str) -> None:
    ensure_strong(password, *ANA)
