"""DOCX: WordprocessingML read as a stream, with headings, lists, tables and the pages Word last laid out.

Everything that a reader of the printed document sees is read once, where they see it: notes after the paragraph that
calls them, headers before and footers after the text, charts where they stand. Hidden and deleted text is left out.
"""

import re
from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.docx_styles import Numbering, Styles, to_int
from ragapp.adapters.parsers.formulas import FormulaReader, join_raised
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_graphics import add_graphic
from ragapp.adapters.parsers.office_package import (
    Relationship,
    note_macros,
    open_package,
    read_relationships,
    read_title,
)
from ragapp.adapters.parsers.symbols import is_symbol_font, to_unicode
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.rag.types import ParsedDocument

_MAIN_PART = re.compile(r"word/document\d*\.xml")
_NOTE_KINDS = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}
_CALLS = {"footnoteReference": "footnote", "endnoteReference": "endnote", "commentReference": "comment"}
_GRAPHICS = {"chart": "id", "relIds": "dm"}
# The results of these fields are of the page, not of the text.
_PAGE_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_OFF = frozenset({"0", "false", "off"})
_SKIPPED = frozenset({"Fallback", "moveFrom", "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "trPrChange"})
_PAGE_BREAK = "\f"
_CELL_PROPERTIES = frozenset({"gridSpan", "gridBefore", "vMerge", "tblHeader"})
_MAX_REPEATED_CHARS = 200
_MAX_SKIPPED_CELLS = 64
_ENDS_INLINE = frozenset({"instrText", "fldSimple", "checkBox", "ddList"})
_IN_PAGE_FIELD = "\0"
_LAST_OF_PLANE = 0xFFFF


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a Word document: paragraphs, numbered lists with their labels, table rows as "a | b".

    Pages come from explicit page breaks and from where Word last broke pages; a document with neither has none.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive, main_part = open_package(data, limits, _MAIN_PART)
    pointers = read_relationships(archive, main_part)
    context = _Context(archive, limits, {pointer.id: pointer for pointer in pointers})
    for pointer in pointers:
        if pointer.kind == "styles":
            read_xml(archive.stream(pointer.target), context.styles)
        elif pointer.kind == "numbering":
            read_xml(archive.stream(pointer.target), context.numbering)
    if not pointers:  # a file made by hand
        read_xml(archive.stream("word/styles.xml"), context.styles)
        read_xml(archive.stream("word/numbering.xml"), context.numbering)
    for pointer in pointers:
        if pointer.kind in _NOTE_KINDS:
            read_xml(archive.stream(pointer.target), _Notes(context, pointer.kind))
    builder = TextBuilder(limits)
    for text in _read_furniture(context, "header"):
        builder.add_paragraph(text)
    body = _Body(builder, context)
    read_xml(archive.stream(main_part), body)
    body.add_uncalled_notes()
    for text in _read_furniture(context, "footer"):
        builder.add_paragraph(text)
    note_macros(builder, archive)
    return builder.build(read_title(archive, "docProps/core.xml"))


@dataclass(slots=True)
class _Context:
    """What the readers of all parts of one document share; `notes` are texts by kind and id."""

    archive: BoundedArchive
    limits: ParseLimits
    pointers: dict[str, Relationship]
    styles: Styles = field(default_factory=Styles)
    numbering: Numbering = field(default_factory=Numbering)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)


def _read_furniture(context: _Context, kind: str) -> list[str]:
    """Return the headers or footers of all sections, each text once; those that hold no words are left out."""
    texts: dict[str, None] = {}
    for pointer in context.pointers.values():
        if pointer.kind == kind:
            builder = TextBuilder(context.limits)
            read_xml(context.archive.stream(pointer.target), _Body(builder, context))
            lines = builder.build().text.split("\n")
            texts.update(dict.fromkeys(line for line in lines if any(map(str.isalpha, line))))
    return list(texts)


@dataclass(slots=True)
class _Paragraph:
    """A paragraph being read; page breaks stand in `pieces` as form feeds."""

    pieces: list[str] = field(default_factory=list)
    style_id: str = ""
    outline: int | None = None
    number_id: str = ""
    number_depth: int = 0
    notes: list[str] = field(default_factory=list)
    graphics: list[Relationship] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    """Letters in one face: whether they are hidden or raised, and the symbol font they are in."""

    is_open: bool = False
    is_hidden: bool = False
    is_raised: bool = False
    font: str = ""


@dataclass(slots=True)
class _FormField:
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
            return "☐ " if state in _OFF else "☒ "
        return self.entries[self.chosen] if self.chosen < len(self.entries) else ""


@dataclass(slots=True)
class _Table:
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


class _Body:
    """Reads word/document.xml. Text boxes nest paragraphs in paragraphs, and cells nest tables: both are stacks."""

    def __init__(self, builder: TextBuilder, context: _Context) -> None:
        self._builder = builder
        self._context = context
        self._styles = context.styles
        self._numbering = context.numbering
        self._run = _Run()
        self._formula: FormulaReader | None = None
        self._form_field: _FormField | None = None
        # What each open field is of, and whether its result is being read.
        self._fields: list[list[str]] = []
        self._in_instruction = False
        self._called: set[tuple[str, str]] = set()
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[_Table] = []
        self._skip_depth = 0
        self._in_text = False
        self._text_on_page = False
        self._in_list = False

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skip_depth or name in _SKIPPED:
            self._skip_depth += 1
        elif self._formula is not None:
            self._formula.start(name, attributes)
        elif name == "p":
            self._paragraphs.append(_Paragraph())
        elif name == "tbl":
            self._tables.append(_Table(TableWriter(self._builder)))
        elif name == "tc" and self._tables:
            self._open_cell(self._tables[-1])
        elif name in _CELL_PROPERTIES and self._tables:
            self._describe_cell(self._tables[-1], name, attributes)
        elif self._paragraphs:
            self._start_in_paragraph(self._paragraphs[-1], name, attributes)

    def end(self, name: str) -> None:
        if self._skip_depth:
            self._skip_depth -= 1
        elif name == "t" and self._formula is None:
            self._in_text = False
        elif name == "r" and self._formula is None:
            self._run = _Run()
        elif name == "oMath" or self._formula is not None:
            self._end_in_formula(name)
        elif name in _ENDS_INLINE:
            self._end_inline(name)
        elif name == "p" and self._paragraphs:
            self._end_paragraph(self._paragraphs.pop())
        elif name == "tr" and self._tables:
            self._end_row()
        elif name == "tbl" and self._tables:
            self._end_table(self._tables.pop())

    def text(self, data: str) -> None:
        if self._skip_depth or not self._paragraphs:
            return
        if self._formula is not None:
            self._formula.text(data)
        elif self._in_text:
            self._add_text(self._paragraphs[-1], data)
        elif self._in_instruction and self._fields:
            self._fields[-1].append(data)

    def add_uncalled_notes(self) -> None:
        """Add the notes that no place in the text calls."""
        for key, text in self._context.notes.items():
            if key not in self._called:
                self._builder.add_paragraph(text)

    def _add_text(self, paragraph: _Paragraph, data: str) -> None:
        run = self._run
        if run.is_hidden or (self._fields and any(words[0] == _IN_PAGE_FIELD for words in self._fields if words)):
            return
        if run.font:
            data = to_unicode(data, run.font)
        elif run.is_raised:
            data = join_raised("".join(paragraph.pieces[-2:]), data)
            run.is_raised = False
        paragraph.pieces.append(data)
        self._text_on_page = self._text_on_page or not data.isspace()

    def _start_in_paragraph(self, paragraph: _Paragraph, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        match name:
            case "t":
                self._in_text = True
            case "r":
                self._run = _Run(is_open=True)
            case "vanish" if self._run.is_open:
                self._run.is_hidden = value not in _OFF
            case "rStyle" if self._run.is_open:
                self._run.is_hidden = self._styles.is_hidden(value)
            case "vertAlign" if self._run.is_open:
                self._run.is_raised = value == "superscript"
            case "rFonts" if self._run.is_open and is_symbol_font(attributes.get("ascii", "")):
                self._run.font = attributes["ascii"]
            case "tab" | "cr" | "br" if attributes.get("type") != "page":
                paragraph.pieces.append(" ")
            case "br":
                self._break_page(paragraph)
            case "lastRenderedPageBreak" if self._text_on_page:
                # Word repeats an explicit break here; with nothing in between they are one.
                self._break_page(paragraph)
            case "noBreakHyphen":
                paragraph.pieces.append("-")
            case "sym" if not self._run.is_hidden:
                paragraph.pieces.append(_symbol(attributes))
            case "oMath":
                self._formula = FormulaReader()
            case "fldChar" | "fldSimple" | "instrText":
                self._start_field(name, attributes)
            case "footnoteReference" | "endnoteReference" | "commentReference":
                self._call_note(paragraph, (_CALLS[name], attributes.get("id", "")))
            case "chart" | "relIds":
                self._call_graphic(paragraph, attributes.get(_GRAPHICS[name], ""))
            case "checkBox" | "ddList":
                self._form_field = _FormField(is_box=name == "checkBox")
            case "default" | "checked" | "result" | "listEntry" if self._form_field is not None:
                _describe_field(self._form_field, name, attributes.get("val", "1"))
            case "pStyle":
                paragraph.style_id = value
            case "outlineLvl":
                paragraph.outline = to_int(value)
            case "numId":
                paragraph.number_id = value
            case "ilvl":
                paragraph.number_depth = to_int(value) or 0

    def _start_field(self, name: str, attributes: Attributes) -> None:
        kind = attributes.get("fldCharType", "")
        if name == "instrText":
            self._in_instruction = True
        elif kind == "begin":
            self._fields.append([])
        elif name == "fldSimple":
            self._fields.append([attributes.get("instr", "")])
            _settle(self._fields[-1])
        elif kind == "separate" and self._fields:
            _settle(self._fields[-1])
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _end_inline(self, name: str) -> None:
        if name == "instrText":
            self._in_instruction = False
        elif name == "fldSimple" and self._fields:
            self._fields.pop()
        elif self._form_field is not None and name in {"checkBox", "ddList"}:
            if self._paragraphs:
                self._paragraphs[-1].pieces.append(self._form_field.shown())
            self._form_field = None

    def _end_in_formula(self, name: str) -> None:
        if self._formula is not None and name == "oMath":
            if self._paragraphs:
                self._paragraphs[-1].pieces.append(self._formula.take())
                self._text_on_page = True
            self._formula = None
        elif self._formula is not None:
            self._formula.end(name)

    def _call_note(self, paragraph: _Paragraph, key: tuple[str, str]) -> None:
        text = self._context.notes.get(key, "")
        if text and key not in self._called and not self._run.is_hidden:
            self._called.add(key)
            paragraph.notes.append(text)

    def _call_graphic(self, paragraph: _Paragraph, pointer_id: str) -> None:
        pointer = self._context.pointers.get(pointer_id)
        if pointer is not None:
            paragraph.graphics.append(pointer)

    def _break_page(self, paragraph: _Paragraph) -> None:
        paragraph.pieces.append(_PAGE_BREAK)
        self._text_on_page = False

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text, *after_breaks = "".join(paragraph.pieces).split(_PAGE_BREAK)
        whole = text + "".join(after_breaks)
        if self._tables:
            table = self._tables[-1]
            table.page_broken = table.page_broken or bool(after_breaks)
            if table.cells:
                notes = [f"({note})" for note in paragraph.notes]
                table.cells[-1].append(" ".join([self._labelled(paragraph, whole), *notes]))
                table.graphics.extend(paragraph.graphics)
            return
        self._add(paragraph, whole)
        for number in range(len(after_breaks)):
            self._builder.break_page(before_chars=len(clean_inline("".join(after_breaks[number:]))))
        for note in paragraph.notes:
            self._builder.add_paragraph(note)
        self._add_graphics(paragraph.graphics)

    def _add_graphics(self, graphics: list[Relationship]) -> None:
        for pointer in graphics:
            add_graphic(self._builder, self._context.archive, pointer)

    def _add(self, paragraph: _Paragraph, text: str) -> None:
        if not text.strip():
            return
        level = self._heading_level(paragraph)
        numbered = bool(self._number_of(paragraph)[0])
        labelled = self._labelled(paragraph, text)
        if level is not None:
            self._builder.add_heading(level, labelled)
        elif numbered:
            self._builder.add_row(labelled, first=not self._in_list)
        else:
            self._builder.add_paragraph(labelled)
        self._in_list = numbered and level is None

    def _heading_level(self, paragraph: _Paragraph) -> int | None:
        if paragraph.outline is not None and paragraph.outline < 9:
            return paragraph.outline + 1
        return self._styles.heading_level(paragraph.style_id)

    def _number_of(self, paragraph: _Paragraph) -> tuple[str, int]:
        if paragraph.number_id:
            return paragraph.number_id, paragraph.number_depth
        return self._styles.numbering(paragraph.style_id)

    def _labelled(self, paragraph: _Paragraph, text: str) -> str:
        label = self._numbering.next_label(*self._number_of(paragraph)) if text.strip() else ""
        return f"{label} {text}" if label else text

    def _open_cell(self, table: _Table) -> None:
        table.cells.append([])
        table.widths.append(1)
        table.merges.append("")

    def _describe_cell(self, table: _Table, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if name == "tblHeader":
            table.is_header = value not in _OFF
        elif name == "gridBefore":
            for _ in range(min(to_int(value) or 0, _MAX_SKIPPED_CELLS)):
                self._open_cell(table)
        elif table.cells and name == "gridSpan":
            table.widths[-1] = to_int(value) or 1
        elif table.cells:
            table.merges[-1] = value or "continue"

    def _end_table(self, table: _Table) -> None:
        table.writer.end()
        if self._tables:
            self._tables[-1].graphics.extend(table.graphics)
        else:
            self._add_graphics(table.graphics)

    def _end_row(self) -> None:
        table = self._tables[-1]
        row = _as_cells(table)
        is_header, page_broken = table.is_header, table.page_broken
        table.cells, table.widths, table.merges, table.is_header, table.page_broken = [], [], [], False, False
        if not any(cell.text for cell in row):
            return
        if len(self._tables) > 1:
            outer = self._tables[-2]
            if outer.cells:
                outer.cells[-1].append(" | ".join(cell.text for cell in row))
            return
        line = table.writer.add_row(row, is_header=is_header)
        if page_broken:
            table.writer.settle()
            self._builder.break_page(before_chars=len(line))
        self._in_list = False


def _as_cells(table: _Table) -> list[Cell]:
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


def _symbol(attributes: Attributes) -> str:
    stated = attributes.get("char", "")
    try:
        code = int(stated, 16)
    except ValueError:
        return ""
    return to_unicode(chr(code), attributes.get("font", "")) if code <= _LAST_OF_PLANE else ""


def _settle(words: list[str]) -> None:
    """Replace the instruction of a field, which is whole now, by whether its result is of the page."""
    first = "".join(words).split(None, 1)[:1]
    words[:] = [_IN_PAGE_FIELD if first and first[0].upper() in _PAGE_FIELDS else ""]


def _describe_field(form_field: _FormField, name: str, value: str) -> None:
    if name == "default":
        form_field.default = value
    elif name == "checked":
        form_field.state = value
    elif name == "result":
        form_field.chosen = to_int(value) or 0
    else:
        form_field.entries.append(value)


class _Notes:
    """Reads footnotes, endnotes or comments into the context, each note as one line that begins with its mark."""

    def __init__(self, context: _Context, kind: str) -> None:
        self._context = context
        self._element = _NOTE_KINDS[kind]
        self._id = self._author = ""
        self._builder = TextBuilder(context.limits)
        self._body: _Body | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if self._body is not None:
            self._body.start(name, attributes)
        elif name == self._element:
            self._id, self._author = attributes.get("id", ""), attributes.get("author", "")
            self._builder = TextBuilder(self._context.limits)
            self._body = _Body(self._builder, self._context)

    def end(self, name: str) -> None:
        if self._body is None:
            return
        if name != self._element:
            self._body.end(name)
            return
        self._body = None
        text = clean_inline(self._builder.build().text)
        if text and self._element == "comment":
            author = f" ({self._author})" if self._author else ""
            self._context.notes[self._element, self._id] = f"Comment{author}: {text}"
        elif text:
            self._context.notes[self._element, self._id] = f"* {text}"

    def text(self, data: str) -> None:
        if self._body is not None:
            self._body.text(data)
