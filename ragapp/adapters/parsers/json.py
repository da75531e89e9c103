"""JSON and JSON lines: every value on a line of its own under the names that lead to it."""

import json
from collections.abc import Iterator
from typing import Any

from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.core.errors import ParseFailed
from ragapp.rag.types import ParsedDocument

_WORDS = {True: "true", False: "false"}


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return a JSON file as lines "name.inner: value"; records stand apart, containers at the top are headings.

    A file with a value on each line is read line by line, whatever it is called; a line that is none stays as written.

    Raises:
        ParseFailed: it is not JSON.
    """
    text, builder = decode_text(data), TextBuilder(limits)
    try:
        root = _load(text)
    except ValueError as error:
        if not _add_lines(builder, text):
            raise ParseFailed from error
        return builder.build()
    for name, value in root.items() if isinstance(root, dict) else [("", root)]:
        if isinstance(value, dict | list):
            builder.add_heading(1, name)
            _add_records(builder, value)
        else:
            _add_record(builder, {name: value})
    return builder.build()


def _load(text: str) -> Any:
    # Numbers stay as written: a float would lose digits of an amount or an identifier.
    return json.loads(text, parse_int=str, parse_float=str)


def _add_lines(builder: TextBuilder, text: str) -> bool:
    """Add the value of each line; return whether most lines have one."""
    values = lines = 0
    for line in filter(str.strip, text.split("\n")):
        lines += 1
        try:
            value = _load(line)
        except ValueError:
            builder.add_paragraph(line)
            continue
        values += 1
        _add_records(builder, value)
    return values * 2 > lines


def _add_records(builder: TextBuilder, value: Any) -> None:
    for record in value if isinstance(value, list) else [value]:
        _add_record(builder, record)


def _add_record(builder: TextBuilder, record: Any) -> None:
    first = True
    for line in _lines("", record):
        builder.add_row(line, first=first)
        first = False


def _lines(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lines(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value, start=1):
            yield from _lines(f"{path}.{number}" if path else str(number), item)
    elif value is not None and value != []:
        shown = ", ".join(map(_shown, value)) if isinstance(value, list) else _shown(value)
        yield f"{path}: {shown}" if path else shown


def _shown(value: Any) -> str:
    return _WORDS[value] if isinstance(value, bool) else str(value)
