"""Numbers of a spreadsheet as its cells show them: dates, times, per cents, decimals and currencies."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite

from ragapp.adapters.parsers.number_formats import Way, choose_section, read_format, show_text
from ragapp.adapters.parsers.xml_events import Attributes

_BUILT_IN = {
    **dict.fromkeys((1, 3, 37, 38), "0"),
    **dict.fromkeys((2, 4, 39, 40), "0.00"),
    **{9: "0%", 10: "0.00%"},
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "yyyy"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), "h:mm:ss"),
    **{22: "yyyy h:mm", 46: "[h]:mm"},
}
_FIRST_DAY = datetime(1899, 12, 30)
_DAYS_1904 = 1462
_MAX_WHOLE = 1e21
_LAST_DAY = 2_958_466


@dataclass(slots=True)
class CellFormats:
    """Reads xl/styles.xml; afterwards shows a number in the format of a cell style."""

    days_offset: int = 0
    _codes: dict[str, str] = field(default_factory=lambda: {str(number): code for number, code in _BUILT_IN.items()})
    _style_formats: list[str] = field(default_factory=list)
    _open: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def count_from_1904(self) -> None:
        """Take days as counted from 1904, as old Macs did."""
        self.days_offset = _DAYS_1904

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in one element."""
        self._open[name] += 1
        if name == "numFmt" and self._open["numFmts"]:
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and self._open["cellXfs"]:
            self._style_formats.append(attributes.get("numFmtId", ""))

    def end(self, name: str) -> None:
        """Leave an element."""
        self._open[name] -= 1

    def text(self, data: str) -> None:
        """Styles hold no text."""

    def show(self, raw: str, style: str) -> str:
        """Return the stored number as the cell shows it; dates as 2026-03-31, without separators of thousands."""
        try:
            value = float(raw)
        except ValueError:
            return raw
        return show_number(value, raw, self._code(style), days_offset=self.days_offset)

    def show_text(self, text: str, style: str) -> str:
        """Return a text as the cell shows it: with what its format puts around it."""
        code = self._code(style)
        return show_text(text, code) if "@" in code else text

    def _code(self, style: str) -> str:
        number = int(style) if style.isdecimal() and len(style) < 9 else -1
        known = 0 <= number < len(self._style_formats)
        return self._codes.get(self._style_formats[number], "") if known else ""


def show_number(value: float, raw: str, code: str, *, days_offset: int = 0) -> str:
    """Return a number in a format code such as `0.00 "kn"`, or as stored where the code is none or too rich."""
    if not code or not isfinite(value):
        return _show_plain(value, raw)
    section, is_for_negative = choose_section(read_format(code), value)
    match section.way:
        case Way.ELAPSED:
            return _show_elapsed(value)
        case Way.MOMENT:
            return _show_moment(value + days_offset, raw, section.bare)
        case Way.STORED:
            return _show_plain(value, raw)
    shown = section.show(abs(value), _show_plain(abs(value), raw.lstrip("-")))
    # A colour alone says that a number is negative to nobody who reads the text.
    needs_sign = value < 0 and shown and not (is_for_negative and section.has_sign)
    return f"-{shown}" if needs_sign else shown


def _show_plain(value: float, raw: str) -> str:
    # Fifteen digits are what a spreadsheet itself shows; the rest is noise such as 0.30000000000000004.
    if raw.lstrip("-").isdecimal():
        return raw
    shown = f"{value:.15g}"
    return f"{value:.0f}" if "e+" in shown and abs(value) < _MAX_WHOLE else shown


def _show_moment(days: float, raw: str, code: str) -> str:
    if not 0 <= days < _LAST_DAY:
        return raw
    moment = _FIRST_DAY + timedelta(seconds=round(days * 86_400))
    has_date = bool(re.search("[dy]", code)) or not re.search("[hs]", code)
    date = moment.strftime("%Y-%m-%d") if has_date else ""
    time = moment.strftime("%H:%M:%S").removesuffix(":00") if re.search("[hs]", code) else ""
    return f"{date} {time}".strip()


def _show_elapsed(days: float) -> str:
    minutes = round(abs(days) * 1440)
    return f"{'-' if days < 0 else ''}{minutes // 60}:{minutes % 60:02}"
