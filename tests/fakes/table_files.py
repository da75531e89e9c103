"""One table in every format that holds tables, and pages drawn with and without ruling lines."""

from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from tests.fakes import files
from tests.fakes.office_files import make_odt, make_pptx, make_xlsx

Rows = Sequence[Sequence[str]]

_LEFT_PT, _TOP_PT, _BOTTOM_PT = 50, 780, 60
_LEADING_PT = 14
_WIDTH_PT, _HEIGHT_PT = 595, 842


def make_csv(rows: Rows) -> bytes:
    """Return the rows with semicolons, cells quoted where they hold one."""
    lines = (";".join(f'"{cell}"' if ";" in cell or "\n" in cell else cell for cell in row) for row in rows)
    return "\r\n".join(lines).encode()


def make_markdown(rows: Rows) -> bytes:
    """Return a pipe table whose first row is its header."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines).encode()


def make_html(rows: Rows) -> bytes:
    """Return a page with a table of `td` only, as most pages are written."""
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<html><head><meta charset='utf-8'></head><body><table>{body}</table></body></html>".encode()


def make_odt_table(rows: Rows) -> bytes:
    """Return an OpenDocument text with the table."""
    cells = (
        "".join(f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>" for cell in row) for row in rows
    )
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    return make_odt(f"<table:table>{body}</table:table>")


def make_table_pdf(rows: Rows, widths: Sequence[int], *, ruled: bool = False, above: str = "") -> bytes:
    """Return a PDF with the rows in columns of `widths` points; a line feed in a cell starts a second line in it.

    Args:
        rows: The cells; the first row stands on the first page only.
        widths: Of the columns, in points.
        ruled: Whether lines are drawn around every cell.
        above: A paragraph above the table.
    """
    pages: list[list[bytes]] = [[]]
    y = _TOP_PT
    if above:
        pages[-1].append(_text(above, _LEFT_PT, y))
        y -= 2 * _LEADING_PT
    for row in rows:
        height = max(cell.count("\n") + 1 for cell in row) * _LEADING_PT + (6 if ruled else 4)
        if y - height < _BOTTOM_PT:
            pages.append([])
            y = _TOP_PT
        pages[-1] += _draw_row(row, widths, y, height, ruled=ruled)
        y -= height
    return _as_pdf(pages)


def _draw_row(row: Sequence[str], widths: Sequence[int], y: int, height: int, *, ruled: bool) -> list[bytes]:
    drawn, x = [], _LEFT_PT
    for cell, width in zip(row, widths, strict=True):
        drawn += [_text(line, x + 3, y - _LEADING_PT * number) for number, line in enumerate(cell.split("\n")) if line]
        if ruled:
            drawn.append(b"0.5 w %d %d %d %d re S" % (x, y + 11 - height, width, height))
        x += width
    return drawn


def _text(line: str, x: int, y: int) -> bytes:
    encoded = line.encode("cp1250", "replace")
    for special in (b"\\", b"(", b")"):
        encoded = encoded.replace(special, b"\\" + special)
    return b"BT /F1 10 Tf %d %d Td (%s) Tj ET" % (x, y, encoded)


def _as_pdf(pages: Sequence[Sequence[bytes]]) -> bytes:
    ids = [4 + 2 * number for number in range(len(pages))]
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{' '.join(f'{i} 0 R' for i in ids)}] /Count {len(pages)} >>".encode(),
        3: files.CROATIAN_FONT,
    }
    for page_id, commands in zip(ids, pages, strict=True):
        content = b"\n".join(commands)
        objects[page_id] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH_PT} {_HEIGHT_PT}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {page_id + 1} 0 R >>"
        ).encode()
        objects[page_id + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    return files.assemble_pdf(objects, "/Root 1 0 R")


def _pdf_of_columns(rows: Rows) -> bytes:
    return make_table_pdf(rows, [500 // len(rows[0])] * len(rows[0]))


FORMATS: Mapping[str, Callable[[Rows], bytes]] = {
    "csv": make_csv,
    "xlsx": lambda rows: make_xlsx({"Popis": rows}),
    "docx": lambda rows: files.make_docx([rows]),
    "html": make_html,
    "md": make_markdown,
    "pdf": _pdf_of_columns,
    "odt": make_odt_table,
    "pptx": lambda rows: make_pptx([("Popis", [rows], "")]),
}
