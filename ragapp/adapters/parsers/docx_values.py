"""What is held while a Word document is read: its parts, the paragraph, run, form field and table in progress."""

from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.docx_styles import Numbering, Styles, to_int
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_package import Relationship
from ragapp.adapters.parsers.symbols import to_unicode
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.xml_events import Attributes

# The results of these fields are of the page, not of the text.
_PAGE_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
OFF = frozenset({"0", "false", "off"})
_MAX_REPEATED_CHARS = 200
IN_PAGE_FIELD = "\0"
_LAST_OF_PLANE = 0xFFFF


@dataclass(slots=True)
class Context:
    """What the readers of all parts of one document share; `notes` are texts by kind and id."""

    archive: BoundedArchive
    limits: ParseLimits
    pointers: dict[str, Relationship]
    styles: Styles = field(default_factory=Styles)
    numbering: Numbering = field(default_factory=Numbering)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Paragraph:
    """A paragraph being read; page breaks stand in `pieces` as form feeds."""

    pieces: list[str] = field(default_factory=list)
    style_id: str = ""
    outline: int | None = None
    number_id: str = ""
    number_depth: int = 0
    notes: list[str] = field(default_factory=list)
    graphics: list[Relationship] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """Letters in one face: whether they are hidden or raised, and the symbol font they are in."""

    is_open: bool = False
    is_hidden: bool = False
    is_raised: bool = False
    font: str = ""


@dataclass(slots=True)
class FormField:
    """A field of the older kind of form: a box with its state, or a list with the number of the chosen entry."""

    is_box: bool = False
    default: str = "0"
    state: str | None = None
    chosen: int = 0
    entries: list[str] = field(default_factory=list)

    def shown(self) -> str:
        """Return what stands in its place."""
        if self.is_box:
            state = self.default if self.state is None else self.state
            return "☐ " if state in OFF else "☒ "
        return self.entries[self.chosen] if self.chosen < len(self.entries) else ""


@dataclass(slots=True)
class OpenTable:
    """A table being read: the cells of its current row, how many columns each covers, and which go on from above.

    `starts` are the texts of the cells, by column, that reach down as long as cells below say that they go on.
    """

    writer: TableWriter
    cells: list[list[str]] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    starts: dict[int, str] = field(default_factory=dict)
    graphics: list[Relationship] = field(default_factory=list)
    is_header: bool = False
    page_broken: bool = False


def as_cells(table: OpenTable) -> list[Cell]:
    """Return the cells of the row that ended; one that goes on from above has the text of the one it goes on from."""
    row, column = [], 0
    for pieces, width, merge in zip(table.cells, table.widths, table.merges, strict=True):
        text = clean_inline(" ".join(pieces))
        if merge == "continue":
            text = text or table.starts.get(column, "")
        elif merge:
            table.starts[column] = text if len(text) <= _MAX_REPEATED_CHARS else ""
        row.append(Cell(text, columns=width, keeps_bars=True))
        column += width
    return row


def read_symbol(attributes: Attributes) -> str:
    """Return the sign that a symbol element names; empty for one without a counterpart in Unicode."""
    stated = attributes.get("char", "")
    try:
        code = int(stated, 16)
    except ValueError:
        return ""
    return to_unicode(chr(code), attributes.get("font", "")) if code <= _LAST_OF_PLANE else ""


def settle_field(words: list[str]) -> None:
    """Replace the instruction of a field, which is whole now, by whether its result is of the page."""
    first = "".join(words).split(None, 1)[:1]
    words[:] = [IN_PAGE_FIELD if first and first[0].upper() in _PAGE_FIELDS else ""]


def describe_form_field(form_field: FormField, name: str, value: str) -> None:
    """Take in one property of a form field."""
    if name == "default":
        form_field.default = value
    elif name == "checked":
        form_field.state = value
    elif name == "result":
        form_field.chosen = to_int(value) or 0
    else:
        form_field.entries.append(value)
