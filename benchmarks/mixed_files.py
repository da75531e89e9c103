"""Files as people bring them: PDF, Word, Markdown and plain text of 1 to 32 pages, no two passages alike."""

import random
import re
import textwrap
from functools import cache

from benchmarks.installation import File, corpus
from tests.fakes.files import make_docx, make_pdf

_PAGE_COUNTS = (1, 2, 4, 8, 16, 32)
_PARAGRAPHS_A_PAGE = 5
_SENTENCES = range(3, 7)
_PDF_COLUMNS = 85


def mixed_files(seed: int) -> list[File]:
    """Return 24 files, six of each format; another seed gives other passages of the same kind and number."""
    chooser = random.Random(seed)
    files = []
    for number, page_count in enumerate(_PAGE_COUNTS):
        for extension in ("pdf", "docx", "md", "txt"):
            pages = [_page(chooser, page) for page in range(1, page_count + 1)]
            files.append((f"{number}-{page_count}-pages.{extension}", _encode(extension, pages)))
    return files


def long_text(page_count: int) -> bytes:
    """Return Markdown of that many pages."""
    chooser = random.Random(page_count)
    return _encode("md", [_page(chooser, page) for page in range(1, page_count + 1)])


def _page(chooser: random.Random, number: int) -> list[str]:
    """Return a heading and paragraphs of sentences that people wrote, in an order that nobody wrote."""
    paragraphs = [" ".join(chooser.sample(_sentences(), chooser.choice(_SENTENCES))) for _ in range(_PARAGRAPHS_A_PAGE)]
    return [f"# Section {number}", *paragraphs]


def _encode(extension: str, pages: list[list[str]]) -> bytes:
    if extension == "pdf":
        return make_pdf(["\n\n".join(textwrap.fill(block, _PDF_COLUMNS) for block in page) for page in pages])
    if extension == "docx":
        return make_docx([block for page in pages for block in (*page, "\f")][:-1])
    return "\n\n".join(block for page in pages for block in page).encode()


@cache
def _sentences() -> list[str]:
    prose = [
        line
        for path in corpus()
        for line in path.read_text(encoding="utf-8").split("\n")
        if len(line) > 80 and line[0].isalpha()
    ]
    return sorted({sentence for line in prose for sentence in re.split(r"(?<=[.!?])\s+", line) if len(sentence) > 40})
