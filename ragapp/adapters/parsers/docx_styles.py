"""What Word keeps beside the text: which styles are headings, and how lists are numbered."""

from collections import defaultdict
from dataclasses import dataclass, field

from ragapp.adapters.parsers.xml_events import Attributes

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_ROMAN = 3999
_MAX_STYLE_DEPTH = 12
_OFF = frozenset({"0", "none", ""})


@dataclass(slots=True)
class Style:
    """One paragraph style; `outline` is its heading level from 0, `number` its list and depth."""

    name: str = ""
    based_on: str = ""
    outline: int | None = None
    number_id: str = ""
    number_depth: int = 0
    is_hidden: bool = False


@dataclass(slots=True)
class Styles:
    """Reads word/styles.xml."""

    _styles: dict[str, Style] = field(default_factory=dict)
    _current: Style = field(default_factory=Style)

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in one element."""
        value = attributes.get("val", "")
        if name == "style":
            self._current = self._styles.setdefault(attributes.get("styleId", ""), Style())
        elif name == "name":
            self._current.name = value.lower()
        elif name == "basedOn":
            self._current.based_on = value
        elif name == "outlineLvl":
            self._current.outline = to_int(value)
        elif name == "numId":
            self._current.number_id = value
        elif name == "ilvl":
            self._current.number_depth = to_int(value) or 0
        elif name == "vanish":
            self._current.is_hidden = value not in {"0", "false", "off"}

    def end(self, name: str) -> None:
        """Leave the current style."""
        if name == "style":
            self._current = Style()

    def text(self, data: str) -> None:
        """Styles hold no text."""

    def heading_level(self, style_id: str) -> int | None:
        """Return the heading level from 1 that a style gives, None for body text. Title counts as level 1."""
        for style in self._lineage(style_id):
            if style.name == "title":
                return 1
            if style.name.startswith("heading "):
                return to_int(style.name.removeprefix("heading "))
            if style.outline is not None:
                return style.outline + 1 if style.outline < 9 else None
        return None

    def is_hidden(self, style_id: str) -> bool:
        """Return whether a style of letters hides them."""
        return any(style.is_hidden for style in self._lineage(style_id))

    def numbering(self, style_id: str) -> tuple[str, int]:
        """Return the list and depth a style numbers by; an empty list id means none."""
        for style in self._lineage(style_id):
            if style.number_id:
                return style.number_id, style.number_depth
        return "", 0

    def _lineage(self, style_id: str) -> list[Style]:
        lineage: list[Style] = []
        while style_id in self._styles and len(lineage) < _MAX_STYLE_DEPTH:
            lineage.append(self._styles[style_id])
            style_id = lineage[-1].based_on
        return lineage


@dataclass(slots=True)
class Level:
    """One depth of a list: its number format, label pattern ("%1.%2.") and first number."""

    number_format: str = "decimal"
    pattern: str = ""
    first: int = 1


@dataclass(slots=True)
class Numbering:
    """Reads word/numbering.xml and counts."""

    _levels: dict[str, dict[int, Level]] = field(default_factory=lambda: defaultdict(dict))
    _abstract_of: dict[str, str] = field(default_factory=dict)
    _counters: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _abstract: str = ""
    _number: str = ""
    _level: Level = field(default_factory=Level)

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in one element."""
        value = attributes.get("val", "")
        if name == "abstractNum":
            self._abstract, self._number = attributes.get("abstractNumId", ""), ""
        elif name == "num":
            self._number = attributes.get("numId", "")
        elif name == "abstractNumId":
            self._abstract_of[self._number] = value
        elif name == "lvl":
            self._level = Level()
            if not self._number:  # overrides of single lists are rare and keep the shared look
                self._levels[self._abstract][to_int(attributes.get("ilvl", "")) or 0] = self._level
        elif name == "numFmt":
            self._level.number_format = value
        elif name == "lvlText":
            self._level.pattern = value
        elif name == "start":
            self._level.first = to_int(value) or 0

    def end(self, name: str) -> None:
        """Elements are told apart by where they start."""

    def text(self, data: str) -> None:
        """Numbering holds no text."""

    def next_label(self, number_id: str, depth: int) -> str:
        """Count one item of a list and return its label: "3.", "Članak 4.", "a)", or "-" for a bullet."""
        abstract = self._abstract_of.get(number_id)
        if abstract is None or number_id in _OFF:
            return ""
        levels, counters = self._levels[abstract], self._counters[abstract]
        level = levels.get(depth, Level())
        counters[depth] = counters.get(depth, level.first - 1) + 1
        for deeper in [other for other in counters if other > depth]:
            del counters[deeper]
        if level.number_format == "bullet":
            return "-"
        if level.number_format == "none":
            return ""
        label = level.pattern
        for shown in range(depth + 1):
            shown_level = levels.get(shown, Level())
            number = counters.get(shown, shown_level.first)
            label = label.replace(f"%{shown + 1}", _spell(number, shown_level.number_format))
        return label


def to_int(value: str) -> int | None:
    """Return a small decimal number, or None."""
    return int(value) if value.isdecimal() and len(value) < 6 else None


def _spell(number: int, number_format: str) -> str:
    match number_format:
        case "lowerLetter" | "upperLetter":
            letter = chr(ord("a") + (number - 1) % 26) * (1 + min((number - 1) // 26, 9))
            return letter.upper() if number_format == "upperLetter" else letter
        case "lowerRoman" | "upperRoman":
            roman = _spell_roman(number)
            return roman.upper() if number_format == "upperRoman" else roman
        case _:
            return str(number)


def _spell_roman(number: int) -> str:
    if not 0 < number <= _MAX_ROMAN:
        return str(number)
    spelled = ""
    for value, letters in _ROMAN:
        spelled += letters * (number // value)
        number %= value
    return spelled
