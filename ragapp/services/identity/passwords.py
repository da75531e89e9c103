"""Which passwords are good enough."""

from zxcvbn import zxcvbn

from ragapp.core.errors import WeakPassword
from ragapp.services.identity.croatian_words import CROATIAN_WORDS

MIN_PASSWORD_CHARACTERS = 10
MAX_PASSWORD_CHARACTERS = 1024
_JUDGED_CHARACTERS = 72
_MIN_SCORE = 2  # zxcvbn: 0 (top of every list) to 4; 2 resists online guessing


def ensure_strong(password: str, *personal: str) -> None:
    """Check length and guessability; no composition rules, after NIST SP 800-63B.

    Args:
        password: What the person chose.
        personal: Their address, name and organisation, which must not make up the password.

    Raises:
        WeakPassword: too short, too long, or found quickly by a guesser that knows `personal`, leaked passwords and
            what people here make theirs of.
    """
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise WeakPassword
    words = [*personal, *(part for text in personal for part in text.replace("@", " ").split())]
    if zxcvbn(password[:_JUDGED_CHARACTERS], user_inputs=[*words, *CROATIAN_WORDS])["score"] < _MIN_SCORE:
        raise WeakPassword
