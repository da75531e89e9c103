"""Rows as CSV that a spreadsheet opens without running anything in it."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

Cell = str | int | float | date | datetime | None

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_line(cells: Sequence[Cell]) -> bytes:
    """Return one row, UTF-8, ended by CRLF. Text that would be taken for a formula gets an apostrophe in front.

    Source: OWASP, "CSV Injection".
    """
    line = io.StringIO()
    csv.writer(line).writerow([_cell(cell) for cell in cells])
    return line.getvalue().encode(errors="replace")


def _cell(cell: Cell) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS_A_FORMULA) else cell
    return "" if cell is None else str(cell)
