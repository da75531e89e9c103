"""An answer out of a table in words: the cell asked for, which row it is of, and that row under its header."""

import re

from ragapp.rag.tables import Row, RowsAnswer, short_name
from ragapp.rag.types import Language

_MOST_COLUMNS = 8
_MOST_CELL_CHARS = 240
# What would read as a citation of a passage, or end a cell of the table.
_REFERENCE_MARK = re.compile(r"\s?(?:\[[^\S\n]*\^?[0-9][0-9,;\s–-]*\]|【[^】]*】)")
_BAR = re.compile(r"(?<!\\)\|")
_MORE = {
    Language.CROATIAN: "Odgovara još redaka; prikazano je prvih {count}.",
    Language.ENGLISH: "More rows match; the first {count} are shown.",
}


def write_rows(answer: RowsAnswer, language: Language) -> str:
    """Return the answer as markdown: a line with the cells asked for, cited as `[n]`, then a table of the rows."""
    lead = _one(answer, answer.rows[0]) if len(answer.rows) == 1 else _several(answer)
    more = _MORE.get(language, _MORE[Language.ENGLISH]).format(count=len(answer.rows)) if answer.has_more else ""
    return "\n\n".join(filter(None, (lead, _table(answer), more)))


def value_of(answer: RowsAnswer) -> str:
    """Return the bare value that answers: the picked cells of the first row, or that row."""
    cells = answer.rows[0].cells
    picked = [cells[at] for at in answer.picked if at < len(cells) and cells[at]]
    return ", ".join(picked) or " ".join(filter(None, cells))


def _one(answer: RowsAnswer, row: Row) -> str:
    """Return the cells asked for, and what the question named the row by."""
    asked = " · ".join(_named(answer, row, at) for at in answer.picked if _cell(row, at))
    keys = " · ".join(_cell(row, at) for at in answer.keys if at not in answer.picked)
    of = keys or _label(answer, row)
    said = f"**{asked}** · {of}" if asked and of else f"**{asked or of}**"
    return f"{said} [{row.passage_index + 1}]"


def _several(answer: RowsAnswer) -> str:
    """Return the rows as a list under the name of the column asked for; under none where several were."""
    name = _clean(short_name(answer.columns, answer.picked[0])) if len(answer.picked) == 1 else ""
    lines = [f"- {_item(answer, row, is_named=not name)} [{row.passage_index + 1}]" for row in answer.rows]
    return "\n".join([f"{name}:\n", *lines] if name else lines)


def _item(answer: RowsAnswer, row: Row, *, is_named: bool) -> str:
    asked = [_named(answer, row, at) if is_named else _cell(row, at) for at in answer.picked if _cell(row, at)]
    label = _label(answer, row)
    return f"{label}: **{' · '.join(asked)}**" if asked else label


def _label(answer: RowsAnswer, row: Row) -> str:
    """Return what tells a row from the others: its first cell that was not asked for."""
    return next((cell for at, cell in enumerate(map(_clean, row.cells)) if cell and at not in answer.picked), "")


def _named(answer: RowsAnswer, row: Row, at: int) -> str:
    name, cell = _clean(short_name(answer.columns, at)), _cell(row, at)
    return f"{name}: {cell}" if name else cell


def _table(answer: RowsAnswer) -> str:
    shown = _shown_columns(answer)
    lines = [
        [_clean(short_name(answer.columns, at)) for at in shown],
        ["---"] * len(shown),
        *([_cell(row, at) for at in shown] for row in answer.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown_columns(answer: RowsAnswer) -> list[int]:
    """Return the columns that hold something, of a wide table those that matter and the first others."""
    filled = [at for at in range(len(answer.columns)) if any(_cell(row, at) for row in answer.rows)]
    first = [*answer.keys, *answer.picked]
    kept = list(dict.fromkeys([*(at for at in first if at in filled), *filled]))[:_MOST_COLUMNS]
    return sorted(kept)


def _cell(row: Row, at: int) -> str:
    return _clean(row.cells[at]) if at < len(row.cells) else ""


def _clean(text: str) -> str:
    plain = _BAR.sub(r"\\|", " ".join(_REFERENCE_MARK.sub("", text).split()))
    return plain if len(plain) <= _MOST_CELL_CHARS else plain[:_MOST_CELL_CHARS].rsplit(" ", 1)[0] + " …"
