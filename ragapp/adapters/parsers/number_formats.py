"""Number formats of spreadsheets, such as `"HR-"00000` or `000 00 000;;"none"`, taken apart once and used often."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

_MAX_CODE_CHARS = 255
_MAX_DECIMALS = 15
_GENERAL = re.compile("general", re.IGNORECASE)
_STORED = "\x01"
# In this order: quoted text, an escaped character, a currency, padding, a colour or condition, a digit, anything else.
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|\[\$([^\-\]]*)[^\]]*\]|([_*].)|\[([^\]]*)\]|([0#?\x01])|(.)', re.DOTALL
)  # fmt: skip
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    **{"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "=": operator.eq, "<>": operator.ne},
}
_IN_THOUSANDS = re.compile(r"[0#?],+(?![0#?,])")

Pieces = tuple[tuple[str, bool], ...]
"""What stands in a format in order: texts, and digits (True) as "0" always shown, "#" and "?" where needed."""


class Way(Enum):
    """How a section of a format shows a number."""

    STORED = auto()
    ELAPSED = auto()
    MOMENT = auto()
    DIGITS = auto()


@dataclass(frozen=True, slots=True)
class Section:
    """One of the up to four sections of a format code; `bare` is the section in small letters, without texts."""

    way: Way
    bare: str
    whole: Pieces = ()
    fraction: Pieces = ()
    condition: tuple[str, float] | None = None

    @property
    def has_sign(self) -> bool:
        """Whether it marks negative numbers itself."""
        return any(not is_digit and re.search(r"[-(−]", text) for text, is_digit in self.whole)

    def show(self, value: float, stored: str) -> str:
        """Return a number that is not negative in this section; `stored` is how it stands without any format."""
        if any(text == _STORED for text, _ in self.whole):
            return "".join(stored if text == _STORED else text for text, _ in self.whole).strip()
        return _show_digits(value * 100 if "%" in self.bare else value, self).strip()


@lru_cache(maxsize=1024)
def read_format(code: str) -> tuple[Section, ...]:
    """Return the sections of a format code."""
    sections = [""]
    for found in _TOKEN.finditer(_GENERAL.sub(_STORED, code[:_MAX_CODE_CHARS])):
        if found[7] == ";":
            sections.append("")
        else:
            sections[-1] += found[0]
    return tuple(map(_read_section, sections))


def choose_section(sections: Sequence[Section], value: float) -> tuple[Section, bool]:
    """Return the section for a number, and whether it is one for negative numbers only."""
    stated = [section for section in sections if section.condition is not None]
    for section in stated:
        comparison, limit = section.condition or ("=", 0.0)
        if _COMPARISONS[comparison](value, limit):
            return section, False
    if stated:
        return next((section for section in sections if section.condition is None), Section(Way.STORED, "")), False
    if value < 0 and len(sections) > 1:
        return sections[1], True
    return sections[2 if value == 0 and len(sections) > 2 else 0], False


def show_text(text: str, code: str) -> str:
    """Return a text in the section of a format code that is for texts; unchanged if there is none."""
    section = code[:_MAX_CODE_CHARS].split(";")[-1]
    tokens = [found.groups() for found in _TOKEN.finditer(section)]
    if not any(token[6] == "@" for token in tokens):
        return text
    return "".join(text if token[6] == "@" else token[0] or token[1] or token[2] or token[6] or "" for token in tokens)


def _read_section(section: str) -> Section:
    bare, condition, is_elapsed = "", None, False
    whole: list[tuple[str, bool]] = []
    fraction: list[tuple[str, bool]] = []
    pieces = whole
    for token in _TOKEN.finditer(section):
        quoted, escaped, currency, padding, option, digit, other = token.groups()
        bare += digit or other or ""
        if option is not None:
            is_elapsed = is_elapsed or _ELAPSED.fullmatch(option) is not None
            stated = _CONDITION.fullmatch(option.strip())
            condition = (stated[1], float(stated[2])) if stated else condition
        elif digit:
            pieces.append((digit, digit != _STORED))
        elif other == "." and pieces is whole:
            pieces = fraction
        elif not padding and other != ",":
            pieces.append((quoted or escaped or currency or other or "", False))
    bare = bare.lower()
    return Section(_way_of(bare, is_elapsed=is_elapsed), bare, tuple(whole), tuple(fraction), condition)


def _way_of(bare: str, *, is_elapsed: bool) -> Way:
    if is_elapsed:
        return Way.ELAPSED
    if re.search("[dyhms]", bare):
        return Way.MOMENT
    # Fractions, powers of ten and numbers in thousands are shown as they are stored.
    return Way.STORED if re.search("[/@e]", bare) or _IN_THOUSANDS.search(bare) else Way.DIGITS


def _show_digits(value: float, section: Section) -> str:
    places = sum(is_digit for _, is_digit in section.fraction)
    whole, _, decimals = f"{value:.{min(places, _MAX_DECIMALS)}f}".partition(".")
    return _fill_whole(whole, section.whole) + _fill_fraction(decimals, section.fraction)


def _fill_whole(digits: str, pieces: Pieces) -> str:
    """Return digits in their places from the right; what is left stands where the first place is."""
    left = "" if digits == "0" else digits
    first = next((number for number, (_, is_digit) in enumerate(pieces) if is_digit), -1)
    shown: list[str] = []
    for number in range(len(pieces) - 1, -1, -1):
        text, is_digit = pieces[number]
        if not is_digit:
            shown.append(text)
        elif number == first:
            shown.append(left or ("0" if text == "0" else ""))
        else:
            shown.append(left[-1:] or ("0" if text == "0" else ""))
            left = left[:-1]
    return "".join(reversed(shown))


def _fill_fraction(digits: str, pieces: Pieces) -> str:
    needed = max((number + 1 for number, digit in enumerate(digits) if digit != "0"), default=0)
    shown, number = "", 0
    for text, is_digit in pieces:
        if not is_digit:
            shown += text
            continue
        if number < len(digits) and (text == "0" or number < needed):
            shown += digits[number] if number else f".{digits[number]}"
        number += 1
    return shown
