"""Which first rows of a table are its title and its header, and what its columns are called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from ragapp.core.folding import fold

Cells = Sequence[str]

_MAX_HEADER_ROWS = 3
_MAX_NAME_CHARS = 200
_LABEL_CHARS = 60
_LEVEL = " › "
_DATE = re.compile(r"\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}\.?|\d{4}-\d{2}-\d{2}(?:[T ][\d:]+)?|\d{1,2}:\d{2}(?::\d{2})?")
_NUMBER = re.compile(r"[^\w\s]{0,2}\s?[+\-−–±]?\s?\d[\d.,'\s]*(?:\s?(?:%|‰|[^\W\d]{1,4}[²³]?|[€$£°]\w?)\.?)?(?:/\w+)?")
_CODE = re.compile(r"(?=\S*\d)(?=\S*[^\W\d_])\S+|\d+(?:[-/]\d+)+")
_YEAR = re.compile(r"(?:19|20)\d\d\.?")
_SMALL_NUMBER = re.compile(r"\d{1,2}\.?")
_RUN = re.compile(r"[^\W\d_]+|\d+")
_ENGLISH_NAMES = (
    "name names title date day month year amount price cost total sum quantity qty number no code id type kind unit"
    " description status department employee customer supplier invoice item article part email e-mail phone extension"
    " address city country role owner version note notes remark remarks category location serial rate period term"
    " purpose feature plan limit measure value question answer who what when where person contact step service"
)
_CROATIAN_NAMES = (
    "ime prezime naziv naslov datum dan mjesec godina iznos cijena trosak ukupno kolicina broj br rb sifra oznaka vrsta"
    " tip jedinica jm opis stanje odjel zaposlenik radnik kupac dobavljac racun stavka artikl dio adresa grad mjesto"
    " drzava telefon uloga verzija napomena kategorija lokacija serijski stopa rok razdoblje svrha vrijednost pitanje"
    " odgovor tko sto kada gdje osoba kontakt mjera podaci radnja korak usluga zona povrsina naknada rabat popust"
    " razina"
)
_NAMES_OF_COLUMNS = frozenset(f"{_ENGLISH_NAMES} {_CROATIAN_NAMES}".split())


class _Kind(Enum):
    EMPTY = auto()
    NUMBER = auto()
    DATE = auto()
    CODE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Header:
    """How a table begins: `titles` rows of title, then `rows` rows of header, which name the columns."""

    titles: int
    rows: int
    columns: tuple[str, ...]


def find_header(rows: Sequence[Cells], marked: Sequence[bool]) -> Header:
    """Return how a table begins, by its first rows.

    Args:
        rows: The first rows, cleaned; at least one.
        marked: For each row whether the file itself says that it is a header.

    Returns:
        Columns as wide as the widest row; their names are empty where there is no header.
    """
    width = max(map(len, rows))
    titles = _count_titles(rows, marked)
    body = rows[titles:]
    count = _count_marked(marked[titles:]) or _guess_header_rows(body)
    count = min(count, len(body))
    return Header(titles, count, _name_columns(body[:count], width))


def _count_titles(rows: Sequence[Cells], marked: Sequence[bool]) -> int:
    """Return how many rows at the top hold a single cell while a wider one follows."""
    for number, (row, is_header) in enumerate(zip(rows, marked, strict=True)):
        if _filled(row) > 1 or (is_header and len(row) > 1 and row[0] == ""):
            return number
    return 0


def _count_marked(marked: Sequence[bool]) -> int:
    count = next((number for number, is_header in enumerate(marked) if not is_header), len(marked))
    return min(count, _MAX_HEADER_ROWS)


def _guess_header_rows(rows: Sequence[Cells]) -> int:
    if len(rows) < 2 or not _looks_like_header(rows[0], rows[1:]):
        # A first row with gaps under which the next one stands is the upper half of a header.
        return 2 if len(rows) > 2 and _is_upper_half(rows[0], rows[1]) and _looks_like_header(rows[1], rows[2:]) else 0
    is_double = len(rows) > 2 and _is_upper_half(rows[0], rows[1]) and _looks_like_header(rows[1], rows[2:])
    return 2 if is_double else 1


def _is_upper_half(upper: Cells, lower: Cells) -> bool:
    """Return whether a row has gaps where the next has words: names of several columns together."""
    has_gaps = any(cell and (at >= len(upper) or not upper[at]) for at, cell in enumerate(lower))
    names_below = all(_kind_of(cell) is _Kind.TEXT or _is_series_name(cell) for cell in lower if cell)
    names_above = all(_kind_of(cell) in (_Kind.TEXT, _Kind.EMPTY) for cell in upper)
    return has_gaps and _filled(upper) >= 1 and names_below and names_above


def _looks_like_header(first: Cells, below: Sequence[Cells]) -> bool:
    named = [(at, cell) for at, cell in enumerate(first) if cell]
    if len(named) < 2 or any(len(cell) > _LABEL_CHARS * 2 for _, cell in named):
        return False
    columns = {at: [row[at] for row in below if at < len(row) and row[at]] for at, _ in named}
    if any(cell in columns[at] for at, cell in named) or _is_form(first, below):
        return False
    values = [(at, cell) for at, cell in named if _kind_of(cell) in (_Kind.NUMBER, _Kind.DATE)]
    if values:
        alike = _YEAR if _YEAR.fullmatch(values[0][1]) else _SMALL_NUMBER
        return _is_series([cell for _, cell in values]) and not any(map(alike.fullmatch, columns[values[0][0]]))
    if any(_kind_of(cell) is _Kind.CODE and _share_shape(cell, columns[at]) for at, cell in named):
        return False
    if any(_kind_of(cell) is _Kind.TEXT and _are_values(columns[at]) for at, cell in named):
        return True
    return any(map(_is_name_of_column, first)) or not all(_share_shape(cell, columns[at]) for at, cell in named)


def _is_form(first: Cells, below: Sequence[Cells]) -> bool:
    """Return whether these are names and values side by side, with names down the first column."""
    labels = [row[0] for row in (first, *below) if row]
    if max(len(row) for row in (first, *below)) != 2 or not below:
        return False
    with_colon = sum(label.endswith(":") for label in labels)
    named = sum(map(_is_name_of_column, labels))
    return with_colon * 2 > len(labels) or (named >= 2 and named * 2 >= len(labels))


def _is_name_of_column(cell: str) -> bool:
    words = re.split(r"[\s/,()]+", fold(cell).strip(".:"))
    return len(cell) <= _LABEL_CHARS and any(word.strip(".:") in _NAMES_OF_COLUMNS for word in words)


def _are_values(cells: Sequence[str]) -> bool:
    """Return whether most of a column are numbers, dates or codes."""
    counted = [_kind_of(cell) in (_Kind.NUMBER, _Kind.DATE, _Kind.CODE) for cell in cells]
    return bool(counted) and sum(counted) * 3 >= len(counted) * 2


def _share_shape(cell: str, others: Sequence[str]) -> bool:
    """Return whether a cell is made like most of those under it: as many words, the same letters or digits."""
    alike = sum(_shape(other) == _shape(cell) for other in others)
    return not others or alike * 2 >= len(others)


def _shape(cell: str) -> str:
    if _kind_of(cell) is _Kind.CODE:
        return _RUN.sub(lambda run: "9" if run[0].isdigit() else "a", cell)
    return " ".join("A" if word[0].isupper() else "a" for word in _RUN.findall(cell))


def _is_series(cells: Sequence[str]) -> bool:
    """Return whether numbers name columns: years or small numbers one after the other."""
    if len(cells) < 2 or not all(map(_is_series_name, cells)):
        return False
    numbers = [int(cell.rstrip(".")) for cell in cells]
    return len({after - before for before, after in pairwise(numbers)}) == 1 and numbers[0] != numbers[-1]


def _is_series_name(cell: str) -> bool:
    return bool(_YEAR.fullmatch(cell) or _SMALL_NUMBER.fullmatch(cell))


def _kind_of(cell: str) -> _Kind:
    text = cell.strip()
    if not text or text in "-–—":
        return _Kind.EMPTY
    if _DATE.fullmatch(text):
        return _Kind.DATE
    if _NUMBER.fullmatch(text):
        return _Kind.NUMBER
    return _Kind.CODE if _CODE.fullmatch(text) else _Kind.TEXT


def _name_columns(header: Sequence[Cells], width: int) -> tuple[str, ...]:
    """Return a name for each column: what stands in it from top to bottom ("A › B"); a wide cell names all under it."""
    rows = [[*row, *([""] * (width - len(row)))] for row in header]
    for upper, lower in pairwise(rows):
        for at in range(1, width):
            if not upper[at] and lower[at]:
                upper[at] = upper[at - 1]
    stacks = zip(*rows, strict=True) if rows else ([""] for _ in range(width))
    return tuple(_LEVEL.join(dict.fromkeys(filter(None, stack)))[:_MAX_NAME_CHARS] for stack in stacks)


def _filled(row: Cells) -> int:
    return sum(1 for cell in row if cell)
