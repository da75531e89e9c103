"""Jupyter notebooks: notes as Markdown, programs as written, and the text that they gave."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ragapp.adapters.parsers import markdown
from ragapp.adapters.parsers.cleaning import clean_verbatim
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.core.errors import ParseFailed
from ragapp.rag.types import ParsedDocument

_TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the cells of a notebook in order, each with its output as text; pictures in outputs are left out.

    Raises:
        ParseFailed: it is no notebook.
    """
    try:
        root = json.loads(decode_text(data))
    except ValueError as error:
        raise ParseFailed from error
    cells = root.get("cells") if isinstance(root, dict) else None
    if not isinstance(cells, list):
        # The format before 2015 has sheets of cells.
        sheets = root.get("worksheets") if isinstance(root, dict) else None
        cells = [cell for sheet in sheets or () if isinstance(sheet, dict) for cell in sheet.get("cells") or ()]
        if not isinstance(sheets, list):
            raise ParseFailed
    builder = TextBuilder(limits)
    for cell in cells:
        if isinstance(cell, dict):
            _add_cell(builder, cell)
    return builder.build()


def _add_cell(builder: TextBuilder, cell: dict[str, Any]) -> None:
    text = clean_verbatim(_joined(cell.get("source", cell.get("input")))).strip("\n")
    if cell.get("cell_type") == "markdown":
        builder.add_markup(text, markdown.find_headings(text))
    else:
        builder.add_verbatim(text)
    for output in cell.get("outputs") or ():
        for shown in _shown(output) if isinstance(output, dict) else ():
            builder.add_verbatim(clean_verbatim(_TERMINAL.sub("", shown)).strip("\n"))


def _shown(output: dict[str, Any]) -> Iterator[str]:
    data = output.get("data")
    yield _joined(output.get("text"))
    if isinstance(data, dict):
        yield _joined(data.get("text/markdown", data.get("text/plain")))
    if output.get("output_type") in {"error", "pyerr"}:
        yield f"{output.get('ename', '')}: {output.get('evalue', '')}"


def _joined(lines: Any) -> str:
    return "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
