"""Answers that stand in a table: the rows a question names, and the cell it asks for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log1p

from ragapp.core.evidence import Passage
from ragapp.core.folding import fold
from ragapp.rag.analysis import analyse_question
from ragapp.rag.identifiers import asked_codes, codes_of
from ragapp.rag.matching import QuestionWords, question_words, tokens_of
from ragapp.rag.questions import AnswerType, answer_type
from ragapp.rag.rows import row_spans, split_cells
from ragapp.rag.sentences import split_sentences
from ragapp.rag.spans import holds_type
from ragapp.rag.types import Language

_READ_PASSAGES = 5
_MOST_ROWS = 5
_SMALL_TABLE_ROWS = 8
_CONTEXT_WEIGHT = 0.3
# A row says nothing by itself: what it is about stands above its table.
_CONTEXT_OF_ROWS_WEIGHT = 0.6
_PASSAGE_WEIGHT = 0.6
_TYPE_WEIGHT = 0.15
_ALIKE = 0.97
_LEAST_SHARE = 0.25
_SAME_THING = 0.5
_UNSURE_LEAD = 1.25
_UNSURE_SHARE = 0.5
_STEM_CHARS = 4
_HEADING_MARKS = "#*_.:0123456789 \n"
_ORDINALS = (
    ("prvi", "first"),
    ("drugi", "second"),
    ("treći", "third"),
    ("četvrti", "fourth"),
    ("peti", "fifth"),
    ("šesti", "sixth"),
    ("sedmi", "seventh"),
    ("osmi", "eighth"),
    ("deveti", "ninth"),
    ("deseti", "tenth"),
)
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_NUMBERED = re.compile(r"\b(?:(\d{1,2})|([IVX]{1,4}))\.(?=\s+[^\W\d_])")
_NUMBER = re.compile(r"[^\w\s]{0,2}\s?[+\-−–]?\s?\d[\d.,'\s]*(?:\s?(?:%|‰|[€$£]|[^\W\d]{1,5}[²³]?)\.?)?")
_DATE = re.compile(r"\d{1,2}[./] ?\d{1,2}[./] ?\d{2,4}\.?|\d{4}-\d{2}-\d{2}.*|\d{1,2}\.? \w{3,} \d{4}\.?")
_CAPITALISED = re.compile(r"[A-ZČĆŠŽĐ][^\W\d_]+(?:[ -][A-ZČĆŠŽĐ][^\W\d_]*\.?)+|[A-ZČĆŠŽĐ][^\W\d_]+")
_COLUMN_SENSES = tuple(
    tuple(senses.split())
    for senses in (
        "price cost cijen kosta stoj amount iznos sum vrijed value worth naknad fee pay paid plac refill",
        "quantit kolicin stock zalih komad pieces many kom number broj",
        "date datum when kad due rok deadline issued valid vrijedi",
        "phone telefon extension lokal mobil tel broj",
        "name naziv ime who tko employee zaposleni radnik person osob contact kontakt owner nositelj",
        "customer kupac kupc client klijent partner",
        "supplier dobavljac vendor maker proizvodac marka brand",
        "place where gdje location lokacij mjest regal polic room sob shelf zona",
        "note napomen remark opask comment komentar",
        "discount rabat popust",
        "department odjel sektor unit team tim",
        "serial serijsk",
        "period rok trajanj duration long dugo term retention kept cuva drz",
        "status stanj state",
    )
)

_SENSE_OF_KIND = {AnswerType.DATE: 2, AnswerType.PERSON: 4, AnswerType.PLACE: 7}


@dataclass(frozen=True, slots=True)
class Row:
    """A row that answers: characters [start, end) of the text of `passages[passage_index]`, and its cells."""

    passage_index: int
    start: int
    end: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowsAnswer:
    """Rows of one table that answer, best first, with the names of its columns.

    `picked` are the columns asked for, `keys` those whose cells the question names; either may be empty. `has_more`
    says that other rows fit as well as these.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    picked: tuple[int, ...]
    keys: tuple[int, ...]
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """A row or a sentence, with the credits of the question's words by its own words and by what stands around."""

    passage_index: int
    start: int
    end: int
    by_values: tuple[float, ...]
    by_names: tuple[float, ...]
    around: tuple[float, ...]
    cells: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def own(self) -> list[float]:
        return [max(pair) for pair in zip(self.by_values, self.by_names, strict=True)]


def split_units(passage: Passage, language: Language) -> list[tuple[int, int]]:
    """Return the [start, end) offsets of what can be quoted of a passage: its sentences, of a table its rows.

    The names of the columns are no unit of their own, but where there is nothing else.
    """
    if not passage.columns:
        return split_sentences(passage.text, language)
    above = passage.text[: passage.rows_start]
    intro_end = _header_start(above)
    rows = row_spans(passage.text, passage.rows_start)
    return [*split_sentences(above[:intro_end], language), *rows] or split_sentences(passage.text, language)


def worded(passage: Passage, start: int, end: int) -> str:
    """Return a unit as it is to be matched and read: a row with the names of its columns, anything else verbatim."""
    text = passage.text[start:end]
    if not passage.columns or start < passage.rows_start:
        return text
    return "; ".join(named(split_cells(text, len(passage.columns)), passage.columns))


def quotable(passage: Passage, language: Language) -> list[tuple[int, int, str]]:
    """Return the units of a passage, each with its wording."""
    return [(start, end, worded(passage, start, end)) for start, end in split_units(passage, language)]


def named(cells: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    """Yield "name: value" for the cells that hold something, the bare value where the column has no name."""
    is_alone = sum(map(bool, cells)) == 1
    for at, cell in enumerate(cells):
        if cell:
            name = short_name(columns, at)
            yield f"{name}: {cell}" if name and not is_alone else cell


def short_name(columns: Sequence[str], at: int) -> str:
    """Return the name of a column; of a name in levels only the last where no other column has that."""
    if at >= len(columns):
        return ""
    last = columns[at].rpartition(" › ")[2]
    return last if sum(name.rpartition(" › ")[2] == last for name in columns) == 1 else columns[at]


def answer_from_rows(question: str, language: Language, passages: Sequence[Passage]) -> RowsAnswer | None:
    """Choose the rows that answer a question, if rows answer it better than any sentence.

    A row is chosen by the question's words in its cells and in the names of its columns, words that few rows and
    sentences hold counting more; a code in the question must be in the row or in what the table is under. Without any
    word of the question in a cell a table answers only where it is small, with its rows as they are.

    Args:
        question: As asked.
        language: Of the question.
        passages: Best first, as retrieved; the first five are read.

    Returns:
        None where no passage is rows of a table or a sentence answers better.
    """
    read = passages[:_READ_PASSAGES]
    if not any(passage.columns for passage in read):
        return None
    query = analyse_question(question, language)
    plain = question_words(query, [1.0] * len(query.words), language)
    units = [unit for at, passage in enumerate(read) for unit in _read(at, passage, plain)]
    words = question_words(query, _rarity(units, len(query.words)), language)
    kind, codes = answer_type(question), asked_codes(question)
    rows = _holding_codes([unit for unit in units if unit.cells], codes, read)
    scores = [_score(unit, words, kind, read) for unit in rows]
    best_sentence = max((_score(unit, words, kind, read) for unit in units if not unit.cells), default=0.0)
    chosen = _chosen(rows, scores, read, words) if rows else []
    if not chosen:
        return None
    answer = _as_answer(chosen, words, kind, codes)
    if answer.picked or codes:
        return answer if max(scores) >= best_sentence else None
    # Nothing of the row stands out as the answer: only one that the question speaks about most is worth showing.
    is_meant = words.weigh(chosen[0].own) >= _UNSURE_SHARE
    return answer if is_meant and max(scores) >= best_sentence * _UNSURE_LEAD else None


def _read(at: int, passage: Passage, words: QuestionWords) -> Iterator[_Unit]:
    near = tuple(words.credits(tokens_of(f"{passage.document_title} {passage.heading} {_caption(passage, words)}")))
    nothing = (0.0,) * len(near)
    by_names = tuple(words.credits(_tokens_of_cells(" ".join(passage.columns))))
    for start, end in split_units(passage, words.language):
        text = passage.text[start:end]
        in_row = bool(passage.columns) and start >= passage.rows_start
        by_values = tuple(words.credits(_tokens_of_cells(text) if in_row else tokens_of(text)))
        if in_row:
            cells = tuple(split_cells(text, len(passage.columns)))
            yield _Unit(at, start, end, by_values, by_names, near, cells, passage.columns)
        elif not _is_heading(text, passage.heading):
            yield _Unit(at, start, end, by_values, nothing, near)


def _caption(passage: Passage, words: QuestionWords) -> str:
    """Return the sentence just above the header of a table: what the rows are."""
    above = passage.text[: passage.rows_start] if passage.columns else ""
    intro = above[: _header_start(above)]
    sentences = split_sentences(intro, words.language)
    return intro[slice(*sentences[-1])] if sentences else ""


def _is_heading(text: str, path: str) -> bool:
    """Return whether a sentence is a heading above its passage, or only leads up to what follows."""
    title = text.strip(_HEADING_MARKS)
    return text.endswith(":") or any(title == part.strip(_HEADING_MARKS) for part in path.split("›"))


def _tokens_of_cells(text: str) -> list[str]:
    """Return the tokens of cells, numbered things by the words for their numbers as well: "2. kat" is the second."""
    tokens = tokens_of(text)
    for digits, numeral in _NUMBERED.findall(text):
        number = int(digits) if digits else _NUMERALS.index(numeral) + 1 if numeral in _NUMERALS else 0
        if 1 <= number <= len(_ORDINALS):
            tokens += _ORDINALS[number - 1]
    return tokens


def _header_start(above: str) -> int:
    """Return where the header begins in what stands above the rows: behind the last empty line."""
    return above.rstrip().rfind("\n\n") + 1


def _rarity(units: Sequence[_Unit], word_count: int) -> list[float]:
    total = len(units)
    counts = [sum(unit.by_values[word] > 0 or unit.by_names[word] > 0 for unit in units) for word in range(word_count)]
    return [log1p((total - count + 0.5) / (count + 0.5)) for count in counts]


def _score(unit: _Unit, words: QuestionWords, kind: AnswerType, read: Sequence[Passage]) -> float:
    added = [max(0.0, near - own) for near, own in zip(unit.around, unit.own, strict=True)]
    weight = _CONTEXT_OF_ROWS_WEIGHT if unit.cells else _CONTEXT_WEIGHT
    score = words.weigh(unit.own) + weight * words.weigh(added)
    text = " ".join(unit.cells) or read[unit.passage_index].text[unit.start : unit.end]
    return score + _TYPE_WEIGHT * holds_type(text, kind, words) + _PASSAGE_WEIGHT * read[unit.passage_index].score


def _holding_codes(rows: Sequence[_Unit], codes: Sequence[str], read: Sequence[Passage]) -> list[_Unit]:
    """Return the rows that hold as many of the codes asked for as any row does, those above its table included."""
    if not codes:
        return list(rows)
    above = [set(codes_of(f"{p.document_title} {p.heading} {p.text[: p.rows_start]}")) for p in read]
    held = [len(set(codes) & (above[row.passage_index] | set(codes_of(" ".join(row.cells))))) for row in rows]
    most = max(held, default=0)
    return [row for row, count in zip(rows, held, strict=True) if count == most > 0]


def _chosen(
    rows: Sequence[_Unit], scores: Sequence[float], read: Sequence[Passage], words: QuestionWords
) -> list[_Unit]:
    """Return the rows as good as the best, of the same table; none where nothing tells them from the others."""
    best = max(zip(scores, rows, strict=True), key=lambda pair: pair[0])[1]
    own = words.weigh(best.own)
    document = read[best.passage_index].document_id
    table = [r for r in rows if r.columns == best.columns and read[r.passage_index].document_id == document]
    named_share = words.weigh(best.by_values)
    alike = [
        row
        for row in table
        if words.weigh(row.own) >= _ALIKE * own and words.weigh(row.by_values) >= _ALIKE * named_share
    ]
    if not any(best.by_values):
        around = words.weigh([max(pair) for pair in zip(best.own, best.around, strict=True)])
        return table if len(table) <= _SMALL_TABLE_ROWS and around >= _LEAST_SHARE else []
    alike.sort(key=lambda row: (row is not best, row.passage_index, row.start))
    return alike


def _as_answer(
    rows: Sequence[_Unit], words: QuestionWords, kind: AnswerType, codes: Sequence[str]
) -> RowsAnswer:
    keys = _keys(rows[0], words, codes)
    picked = _picked(rows, keys, words, kind)
    shown = rows[:_MOST_ROWS] if len(rows) > _SMALL_TABLE_ROWS or any(rows[0].by_values) else rows
    return RowsAnswer(
        columns=rows[0].columns,
        rows=tuple(Row(row.passage_index, row.start, row.end, row.cells) for row in shown),
        picked=picked,
        keys=keys,
        has_more=len(shown) < len(rows),
    )


def _keys(row: _Unit, words: QuestionWords, codes: Sequence[str]) -> tuple[int, ...]:
    """Return the columns whose cell the question names: by a code, else by its words."""
    with_code = tuple(at for at, cell in enumerate(row.cells) if not set(codes).isdisjoint(codes_of(cell)))
    if with_code:
        return with_code
    gains = [words.weigh(words.credits(_tokens_of_cells(cell))) for cell in row.cells]
    most = max(gains, default=0.0)
    return tuple(at for at, gain in enumerate(gains) if gain > 0 and gain >= _SAME_THING * most)


def _picked(rows: Sequence[_Unit], keys: tuple[int, ...], words: QuestionWords, kind: AnswerType) -> tuple[int, ...]:
    """Return the columns asked for: by their names, else by what kind of thing the question asks for."""
    first = rows[0]
    open_columns = [at for at, cell in enumerate(first.cells) if at not in keys and cell]
    by_name = _best_named(first.columns, open_columns, words)
    of_kind = [at for at in open_columns if _is_of_kind(first.cells[at], kind)]
    if by_name:
        fitting = [at for at in by_name if at in of_kind]
        return tuple(fitting or by_name)[:2]
    meant = [at for at in of_kind if at < len(first.columns) and _means(first.columns[at], kind)] or of_kind
    if len(meant) == 1:
        return tuple(meant)
    if not any(first.columns) and len(first.cells) == 2 and keys == (0,):
        return (1,)
    return ()


def _best_named(columns: Sequence[str], open_columns: Sequence[int], words: QuestionWords) -> list[int]:
    gains = {at: _name_gain(columns[at], words) for at in open_columns if at < len(columns)}
    most = max(gains.values(), default=0.0)
    return [at for at, gain in gains.items() if gain == most > 0]


def _name_gain(name: str, words: QuestionWords) -> float:
    tokens = tokens_of(name)
    literal = sum(words.credits(tokens))
    senses = {number for number, group in enumerate(_COLUMN_SENSES) if _is_in_sense(map(fold, tokens), group)}
    asked = [stem.lstrip("=") for stem in words.stems]
    meant = any(_is_in_sense(asked, _COLUMN_SENSES[number]) for number in senses)
    return literal + _SAME_THING * meant - 0.01 * len(tokens) if literal or meant else 0.0


def _means(name: str, kind: AnswerType) -> bool:
    """Return whether a column of this name holds persons, or dates or places, as the question asks for."""
    group = _SENSE_OF_KIND.get(kind)
    return group is not None and _is_in_sense(map(fold, tokens_of(name)), _COLUMN_SENSES[group])


def _is_in_sense(tokens: Iterable[str], group: Sequence[str]) -> bool:
    return any(
        token.startswith(sense) or (len(token) >= _STEM_CHARS and sense.startswith(token))
        for token in tokens
        for sense in group
    )


def _is_of_kind(cell: str, kind: AnswerType) -> bool:
    match kind:
        case AnswerType.NUMBER:
            return _NUMBER.fullmatch(cell) is not None and _DATE.fullmatch(cell) is None
        case AnswerType.DATE:
            return _DATE.fullmatch(cell) is not None
        case AnswerType.PERSON | AnswerType.PLACE:
            return _CAPITALISED.fullmatch(cell) is not None
    return False
