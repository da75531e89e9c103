"""What the fields of a form hold, and what pictures say in words, as text in the place where they stand."""

import re
from collections.abc import Mapping

Values = Mapping[str, str | None]

_TICKED, _EMPTY = "☒ ", "☐ "
_WITHOUT_TEXT = frozenset({"hidden", "password", "image", "file", "color", "range"})
_BOXES = frozenset({"checkbox", "radio"})
_FILE_NAME = re.compile(r"[\w%.-]+\.(?:png|jpe?g|gif|svg|webp|bmp)", re.IGNORECASE)
_MAX_LISTED_OPTIONS = 20


def alternative_text(attributes: Values) -> str:
    """Return what an image says in words, parted from its neighbours; nothing where it is only a file name."""
    text = (attributes.get("alt") or "").strip()
    return f" {text} " if text and not _FILE_NAME.fullmatch(text) else ""


class FormFields:
    """Follows the fields of a form. Of a list, the chosen options are taken, or a short list that has none whole."""

    def __init__(self) -> None:
        self.in_options = False
        self._options: list[tuple[list[str], bool]] = []

    def start(self, tag: str, attributes: Values) -> str:
        """Take in a start tag; return the text that stands there."""
        if tag == "input":
            return _shown(attributes)
        if tag == "select":
            self.in_options, self._options = True, []
        elif tag == "option" and self.in_options:
            self._options.append(([], "selected" in attributes))
        return " "

    def text(self, data: str) -> None:
        """Take in text inside a list of options."""
        if self._options:
            self._options[-1][0].append(data)

    def end(self, tag: str) -> str:
        """Take in an end tag; return the text that stands there."""
        if tag == "select" and self.in_options:
            self.in_options = False
            options = [(" ".join("".join(pieces).split()), chosen) for pieces, chosen in self._options]
            chosen = [text for text, is_chosen in options if is_chosen]
            listed = [text for text, _ in options] if len(options) <= _MAX_LISTED_OPTIONS else []
            return f" {', '.join(filter(None, chosen or listed))} "
        return " "


def _shown(attributes: Values) -> str:
    kind = (attributes.get("type") or "text").strip().lower()
    if kind in _BOXES:
        return f" {_TICKED if 'checked' in attributes else _EMPTY}"
    value = (attributes.get("value") or "").strip()
    return f" {value} " if value and kind not in _WITHOUT_TEXT else " "
