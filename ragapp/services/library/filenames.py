"""File names as labels: what a person called a file, never a path."""

import unicodedata

from ragapp.core.errors import InvalidFileName

_MAX_CHARACTERS = 255
_MAX_TITLE_CHARACTERS = 500
# Controls, invisible format characters (bidirectional overrides among them), half surrogate pairs, line separators.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean_filename(name: str) -> str:
    """Return the last part of a name in NFC, without control and bidirectional characters, at most 255 characters.

    Raises:
        InvalidFileName: nothing usable is left.
    """
    last = _clean(name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not last.strip(". "):
        raise InvalidFileName
    stem, dot, extension = last.rpartition(".")
    if len(last) > _MAX_CHARACTERS and stem and len(extension) <= 16:
        return stem[: _MAX_CHARACTERS - len(extension) - 1] + dot + extension
    return last[:_MAX_CHARACTERS]


def title_of(filename: str) -> str:
    """Return the title a document gets from its name: without the extension."""
    stem = filename.rpartition(".")[0] or filename
    return clean_title(stem.replace("_", " ")) or filename


def clean_title(title: str) -> str:
    """Return a title in NFC on one line, without control and bidirectional characters, at most 500 characters."""
    return " ".join(_clean(title).split())[:_MAX_TITLE_CHARACTERS]


def _clean(text: str) -> str:
    spaced = "".join(" " if character in "\t\n\r" else character for character in unicodedata.normalize("NFC", text))
    return "".join(character for character in spaced if unicodedata.category(character) not in _DROPPED_CATEGORIES)
