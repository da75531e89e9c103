"""Rebuild the binary sample documents: PDFs from the HTML beside this file with Chromium, DOCX with python-docx.

Run from the repository root: `python docs/samples/build.py`. Needs Chromium, the Liberation and DejaVu fonts and
`python-docx`. The text samples in `ragapp/samples` are written by hand.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_BREAK

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "ragapp" / "samples"
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-quic"),
)


def print_pdf(source: Path, target: Path) -> None:
    """Print an HTML page to a PDF with embedded fonts."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(  # noqa: S603 - our own files
            [chromium, *QUIET, f"--user-data-dir={profile}", f"--print-to-pdf={target}", source.resolve().as_uri()],
            check=True,
            capture_output=True,
        )


def write_docx(source: Path, target: Path) -> None:
    """Write a Word document from a list of blocks: [kind, content]."""
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    document = docx.Document()
    document.core_properties.title = content["title"]
    document.core_properties.author = "Lipa Logistika d.o.o."
    for kind, value in content["blocks"]:
        add_block(document, kind, value)
    document.save(str(target))


def add_block(document: Any, kind: str, value: Any) -> None:
    """Append one block."""
    if kind == "title":
        document.add_heading(value, 0)
    elif kind == "heading":
        document.add_heading(value, 1)
    elif kind == "page":
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    elif kind == "list":
        for item in value:
            document.add_paragraph(item, style="List Bullet")
    elif kind == "table":
        add_table(document, value)
    else:
        document.add_paragraph(value)


def add_table(document: Any, rows: list[list[str]]) -> None:
    """Append a table with lines around its cells."""
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


if __name__ == "__main__":
    for page in sorted(HERE.glob("*.html")):
        print_pdf(page, SAMPLES / f"{page.stem}.pdf")
    for blocks in sorted(HERE.glob("*.json")):
        write_docx(blocks, SAMPLES / f"{blocks.stem}.docx")
