"""Invitations: the events of an iCalendar part, as lines "Start: 2026-03-31 10:00 (Europe/Zagreb)".

Source: RFC 5545.
"""

import re
from collections.abc import Iterator

_EVENTS = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_SHOWN = {
    **{"SUMMARY": "Event", "DTSTART": "Start", "DTEND": "End", "DUE": "Due", "DURATION": "Duration"},
    **{"LOCATION": "Location", "ORGANIZER": "Organizer", "ATTENDEE": "Attendee", "STATUS": "Status"},
    **{"RRULE": "Repeats", "DESCRIPTION": "Description"},
}
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,60})((?:;[A-Za-z-]{1,60}=(?:\"[^\"\n]*\"|[^\";:\n]*))*):(.*)")
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MAX_LINES = 2_000


def read_events(text: str) -> Iterator[list[str]]:
    """Yield the lines of each event, in the order of a reader: what, when, where, who."""
    lines: dict[str, list[str]] = {}
    depth = 0
    for line in _FOLD.sub("", text).splitlines()[:_MAX_LINES]:
        found = _LINE.match(line)
        if found is None:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if name == "BEGIN":
            depth = 1 if value.strip().upper() in _EVENTS else depth + (depth > 0)
            lines = {} if depth == 1 else lines
        elif name == "END" and depth:
            depth -= 1
            if depth == 0:
                yield [shown for key in _SHOWN for shown in lines.get(key, ())]
        elif depth == 1 and name in _SHOWN:
            lines.setdefault(name, []).append(f"{_SHOWN[name]}: {_shown(name, parameters, value)}")


def _shown(name: str, parameters: str, value: str) -> str:
    if name in {"DTSTART", "DTEND", "DUE"} and (moment := _MOMENT.match(value)):
        year, month, day, hour, minute, is_utc = moment.groups()
        zone = _parameter(parameters, "TZID") or ("UTC" if is_utc else "")
        time = f" {hour}:{minute}" if hour else ""
        return f"{year}-{month}-{day}{time}" + (f" ({zone})" if zone and time else "")
    if name in {"ORGANIZER", "ATTENDEE"}:
        address = re.sub(r"(?i)^mailto:", "", value)
        known_as = _parameter(parameters, "CN")
        return f"{known_as} <{address}>" if known_as and known_as != address else address
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _parameter(parameters: str, name: str) -> str:
    found = re.search(rf";{name}=(?:\"([^\"]*)\"|([^;:]*))", parameters, re.IGNORECASE)
    return (found[1] or found[2] or "").strip() if found else ""
