"""The message catalogues: English is the source text, every other language a gettext file in `locale/`."""

from collections.abc import Mapping
from functools import cache
from gettext import c2py
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
LANGUAGES = ("hr", "en")
LOCALE_DIRECTORY = Path(__file__).parent / "locale"

_ENGLISH_PLURAL = "(n != 1)"


@cache
def load_catalogue(language: str) -> Catalog:
    """Read the catalogue of one language; the source language has an empty one."""
    if language == SOURCE_LANGUAGE:
        return Catalog(locale=language)
    with (LOCALE_DIRECTORY / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def find_text(language: str, msgid: str) -> str:
    """Return the text of a message, in English while it is not translated."""
    message = load_catalogue(language).get(msgid)
    text = message.string if message is not None else ""
    return text if isinstance(text, str) and text else msgid


def find_plural_forms(language: str, singular: str, plural: str) -> tuple[str, ...]:
    """Return the plural forms of a message in the order of the language's plural rule."""
    message = load_catalogue(language).get(singular)
    forms = message.string if message is not None else None
    return tuple(forms) if isinstance(forms, list | tuple) and any(forms) else (singular, plural)


def plural_rule(language: str) -> str:
    """Return the gettext expression over `n` for the index of the plural form; C and JavaScript read it alike."""
    return _ENGLISH_PLURAL if language == SOURCE_LANGUAGE else load_catalogue(language).plural_expr


def plural_index(language: str, n: int) -> int:
    """Return which plural form a count takes."""
    return int(c2py(plural_rule(language))(n))


def fill(text: str, params: Mapping[str, object]) -> str:
    """Put values into the `{name}` places of a text; a text without values is left as it is."""
    return text.format(**params) if params else text
