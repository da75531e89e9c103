"""Numbers, sizes, dates and times the way the user's language writes them: as Vars, formatted in the browser."""

from typing import Any, cast

import reflex as rx
from babel.numbers import format_decimal
from reflex.vars import FunctionStringVar, VarData

from ragapp.ui.states.language import LanguageState

_UNITS = ("B", "kB", "MB", "GB", "TB")

_RELATIVE = """((iso, locale) => {
  const seconds = (new Date(iso) - Date.now()) / 1000;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(locale, {numeric: "auto"}).format(Math.round(seconds / size), unit);
})"""

_SIZE = """((bytes, locale) => {
  const power = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log(bytes) / Math.log(1024)));
  const value = new Intl.NumberFormat(locale, {maximumFractionDigits: power < 2 ? 0 : 1}).format(bytes / 1024 ** power);
  return `${value}\\u00a0${["B", "kB", "MB", "GB", "TB"][power]}`;
})"""


_DURATION = """((seconds, locale) => {
  const [size, unit] = seconds < 120 ? [1, "s"] : seconds < 7200 ? [60, "min"] : [3600, "h"];
  const value = new Intl.NumberFormat(locale, {maximumFractionDigits: size === 3600 ? 1 : 0}).format(seconds / size);
  return `${value}\\u00a0${unit}`;
})"""

# Intl pads days and months of Croatian dates ("05. 02. 2026."); they are written without a leading zero.
_DAY = """((day, locale, zone) => {
  const parts = (options) => new Intl.DateTimeFormat(locale, {...options, ...zone}).format(day);
  if (!locale.startsWith("hr")) return parts({day: "numeric", month: "short", year: "numeric"});
  const [d, m, y] = ["day", "month", "year"].map((name) => parseInt(parts({[name]: "numeric"}), 10));
  return `${d}.\\u00a0${m}.\\u00a0${y}.`;
})"""


def number(value: rx.Var[int] | rx.Var[float], *, max_decimals: int = 0) -> rx.Var[str]:
    """Return a number with the language's grouping and decimal sign."""
    options = f"{{maximumFractionDigits: {max_decimals}}}"
    return _call(f"((n, locale) => new Intl.NumberFormat(locale, {options}).format(n))", value)


def percent(value: rx.Var[float]) -> rx.Var[str]:
    """Return a share in [0, 1] as whole percents."""
    return _call('((n, locale) => new Intl.NumberFormat(locale, {style: "percent"}).format(n))', value)


def size(value: rx.Var[int]) -> rx.Var[str]:
    """Return a number of bytes in the largest fitting unit (1 kB = 1024 B)."""
    return _call(_one_line(_SIZE), value)


def date(iso: rx.Var[str]) -> rx.Var[str]:
    """Return the day of an ISO 8601 time: 20. 11. 2026. or 20 Nov 2026."""
    return _call(f"((iso, locale) => iso && {_one_line(_DAY)}(new Date(iso), locale, {{}}))", iso)


def date_time(iso: rx.Var[str]) -> rx.Var[str]:
    """Return the day and the minute of an ISO 8601 time, in the browser's time zone."""
    day = f"{_one_line(_DAY)}(new Date(iso), locale, {{}})"
    clock = 'new Intl.DateTimeFormat(locale, {hour: "2-digit", minute: "2-digit"}).format(new Date(iso))'
    return _call(f"((iso, locale) => iso && `${{{day}}}${{locale.startsWith('hr') ? '' : ','}} ${{{clock}}}`)", iso)


def relative_time(iso: rx.Var[str]) -> rx.Var[str]:
    """Return how long ago an ISO 8601 time was: "yesterday", "prije 5 minuta"."""
    return _call(_one_line(_RELATIVE), iso)


def month(iso: rx.Var[str]) -> rx.Var[str]:
    """Return the month of an ISO 8601 day: "November 2026", "studeni 2026."."""
    options = '({month: "long", year: "numeric", timeZone: "UTC"})'
    return _call(f"((iso, locale) => iso && new Intl.DateTimeFormat(locale, {options}).format(new Date(iso)))", iso)


def duration(seconds: rx.Var[int]) -> rx.Var[str]:
    """Return a time span in the largest fitting unit: "40 s", "12 min", "3,5 h"."""
    return _call(_one_line(_DURATION), seconds)


def number_function() -> rx.Var[Any]:
    """Return `number` as a function of the browser, for charts."""
    return _function("new Intl.NumberFormat(LOCALE, {maximumFractionDigits: 1}).format(value)")


def size_function() -> rx.Var[Any]:
    """Return `size` as a function of the browser, for charts."""
    return _function(f"{_one_line(_SIZE)}(value, LOCALE)")


def day_function() -> rx.Var[Any]:
    """Return the short form of an ISO 8601 day as a function of the browser, for charts: 20. 11. or 20 Nov."""
    day = f'{_one_line(_DAY)}(new Date(value), LOCALE, {{timeZone: "UTC"}})'
    # A chart has no room for the year, which comes last in both languages.
    return _function(f"value && {day}.replace(/\\s\\S+$/, '')")


def size_text(language: str, size_bytes: int) -> str:
    """Return a number of bytes like `size`, as a plain string made on the server."""
    value, power = float(size_bytes), 0
    while value >= 1024 and power < len(_UNITS) - 1:
        value, power = value / 1024, power + 1
    digits = "#,##0" if power < 2 else "#,##0.#"
    return f"{format_decimal(value, format=digits, locale=language)}\u00a0{_UNITS[power]}"


def _call(function: str, value: rx.Var[int] | rx.Var[float] | rx.Var[str]) -> rx.Var[str]:
    data = VarData.merge(_language()._get_all_var_data(), value._get_all_var_data())
    return rx.Var(f"{function}({value!s}, {_locale()})", _var_type=str, _var_data=data).to(str)


def _function(body: str) -> rx.Var[Any]:
    script = f"((value) => {body.replace('LOCALE', _locale())})"
    return FunctionStringVar.create(script, _var_data=_language()._get_all_var_data())


def _language() -> rx.Var[str]:
    return cast("rx.Var[str]", LanguageState.language)


def _locale() -> str:
    return f'({_language()!s} === "hr" ? "hr-HR" : "en-GB")'


def _one_line(script: str) -> str:
    return " ".join(line.strip() for line in script.splitlines())
