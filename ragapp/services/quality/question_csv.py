"""Test questions as CSV: one row each, headings in English or Croatian, comma or semicolon; taken over whole or not."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ragapp.core.errors import InvalidInput
from ragapp.services.csv_rows import csv_line
from ragapp.services.quality.quality_views import QualityQuestionView, RowProblem

QUESTION, DOCUMENT, PAGE, ANSWER, ABSENT = "question", "document", "page", "answer", "not_in_documents"
COLUMNS = (QUESTION, DOCUMENT, PAGE, ANSWER, ABSENT)
_KNOWN_AS = {
    **{name: name for name in COLUMNS},
    "pitanje": QUESTION,
    "dokument": DOCUMENT,
    "stranica": PAGE,
    "odgovor": ANSWER,
    "nije_u_dokumentima": ABSENT,
}
_YES = frozenset({"yes", "true", "1", "x", "da"})
_NO = frozenset({"", "no", "false", "0", "ne"})
_BETWEEN_ANSWERS = " | "
_DELIMITERS = ",;\t"
_PAGE_DIGITS = 6

PROBLEMS: Mapping[str, str] = {
    "question_missing": "There is no question.",
    "question_too_long": "The question is too long.",
    "question_twice": "This question is in the file twice.",
    "question_taken": "The knowledge base already has this question.",
    "document_unknown": "The knowledge base has no document of this title or file name.",
    "document_ambiguous": "Several documents have this title or file name.",
    "page_not_a_number": "The page is not a whole number from 1.",
    "page_without_document": "There is a page, but no document.",
    "page_beyond_end": "The document has fewer pages.",
    "absent_not_clear": "Write yes or no.",
    "absent_and_expected": "It cannot be absent from the documents and expected from them.",
    "answer_too_long": "An answer has at most 10 alternatives of up to 500 characters.",
}
"""Code of a row's problem -> its words in English; edges translate by code."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `page` None: none given. A row without any expectation is a question that is still open.

    `is_readable`: nothing in it was wrong by itself.
    """

    number: int
    question: str
    document: str
    page: int | None
    words: tuple[str, ...]
    is_absent: bool
    is_readable: bool = True


def problem(row: int, code: str, value: str = "") -> RowProblem:
    """Return what is wrong in a row."""
    return RowProblem(row, code, PROBLEMS[code], value[:100])


def read_rows(text: str) -> tuple[list[Row], list[RowProblem]]:
    """Return the rows of a file, and what is wrong with those that cannot be read.

    Raises:
        InvalidInput: the first line does not name a column "question".
    """
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InvalidInput("This is not a CSV file that can be read.", details={"field": "csv"}) from error
    columns = [_KNOWN_AS.get(name.strip().casefold().replace(" ", "_"), "") for name in (lines or [[]])[0]]
    if QUESTION not in columns:
        wanted = f"The first line must name the columns: {', '.join(COLUMNS)}."
        raise InvalidInput(wanted, details={"field": "csv"})
    rows, problems = list[Row](), list[RowProblem]()
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        named = {name: _plain(cell) for name, cell in zip(columns, cells, strict=False) if name}
        row, wrong = _read_row(number, named)
        rows.append(row)
        problems += wrong
    return rows, problems


def _read_row(number: int, cells: Mapping[str, str]) -> tuple[Row, list[RowProblem]]:
    document, page, absent = cells.get(DOCUMENT, ""), cells.get(PAGE, ""), cells.get(ABSENT, "").casefold()
    words = tuple(filter(None, (part.strip() for part in cells.get(ANSWER, "").split(_BETWEEN_ANSWERS.strip()))))
    is_number = page.isascii() and page.isdigit() and len(page) <= _PAGE_DIGITS and int(page) > 0
    row = Row(number, cells.get(QUESTION, ""), document, int(page) if is_number else None, words, absent in _YES)
    problems = [problem(number, code, value) for code, value in _wrong(row, page, absent, is_number=is_number)]
    return replace(row, is_readable=not problems), problems


def _wrong(row: Row, page: str, absent: str, *, is_number: bool) -> Iterator[tuple[str, str]]:
    if not any(character.isalnum() for character in row.question):
        yield "question_missing", row.question
    if page and not is_number:
        yield "page_not_a_number", page
    if page and not row.document:
        yield "page_without_document", page
    if absent not in _YES | _NO:
        yield "absent_not_clear", absent
    if row.is_absent and (row.document or page or row.words):
        yield "absent_and_expected", row.document or page or row.words[0]


def write_rows(questions: Iterable[tuple[QualityQuestionView, str]]) -> Iterator[bytes]:
    """Yield the file, line by line, for (question, what its document is to be called): `read_rows` reads it back."""
    yield csv_line(COLUMNS)
    for view, document in questions:
        absent = "yes" if view.expects == "nothing" else ""
        yield csv_line([view.text, document, view.expected.page, _BETWEEN_ANSWERS.join(view.expected.words), absent])


def duplicates(digests: Sequence[tuple[int, str]]) -> list[int]:
    """Return the numbers of rows whose digest an earlier row has."""
    seen, again = set[str](), list[int]()
    for number, digest in digests:
        if digest in seen:
            again.append(number)
        seen.add(digest)
    return again


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from running it."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:].lstrip(" ")[:1] in ("=", "+", "-", "@") else text
