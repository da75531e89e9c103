"""The body of a Word document, or of one of its notes, headers or footers, as paragraphs, lists and tables."""

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.docx_styles import to_int
from ragapp.adapters.parsers.docx_values import (
    IN_PAGE_FIELD,
    OFF,
    Context,
    FormField,
    OpenTable,
    Paragraph,
    Run,
    as_cells,
    describe_form_field,
    read_symbol,
    settle_field,
)
from ragapp.adapters.parsers.formulas import FormulaReader, join_raised
from ragapp.adapters.parsers.office_graphics import add_graphic
from ragapp.adapters.parsers.office_package import Relationship
from ragapp.adapters.parsers.symbols import is_symbol_font, to_unicode
from ragapp.adapters.parsers.table_writer import TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes

_CALLS = {"footnoteReference": "footnote", "endnoteReference": "endnote", "commentReference": "comment"}
_GRAPHICS = {"chart": "id", "relIds": "dm"}
_SKIPPED = frozenset({"Fallback", "moveFrom", "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "trPrChange"})
_PAGE_BREAK = "\f"
_CELL_PROPERTIES = frozenset({"gridSpan", "gridBefore", "vMerge", "tblHeader"})
_MAX_SKIPPED_CELLS = 64
_ENDS_INLINE = frozenset({"instrText", "fldSimple", "checkBox", "ddList"})


class WordBody:
    """Reads word/document.xml. Text boxes nest paragraphs in paragraphs, and cells nest tables: both are stacks."""

    def __init__(self, builder: TextBuilder, context: Context) -> None:
        self._builder = builder
        self._context = context
        self._styles = context.styles
        self._numbering = context.numbering
        self._run = Run()
        self._formula: FormulaReader | None = None
        self._form_field: FormField | None = None
        # What each open field is of, and whether its result is being read.
        self._fields: list[list[str]] = []
        self._in_instruction = False
        self._called: set[tuple[str, str]] = set()
        self._paragraphs: list[Paragraph] = []
        self._tables: list[OpenTable] = []
        self._skip_depth = 0
        self._in_text = False
        self._text_on_page = False
        self._in_list = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in one element."""
        if self._skip_depth or name in _SKIPPED:
            self._skip_depth += 1
        elif self._formula is not None:
            self._formula.start(name, attributes)
        elif name == "p":
            self._paragraphs.append(Paragraph())
        elif name == "tbl":
            self._tables.append(OpenTable(TableWriter(self._builder)))
        elif name == "tc" and self._tables:
            self._open_cell(self._tables[-1])
        elif name in _CELL_PROPERTIES and self._tables:
            self._describe_cell(self._tables[-1], name, attributes)
        elif self._paragraphs:
            self._start_in_paragraph(self._paragraphs[-1], name, attributes)

    def end(self, name: str) -> None:
        """Leave an element."""
        if self._skip_depth:
            self._skip_depth -= 1
        elif name == "t" and self._formula is None:
            self._in_text = False
        elif name == "r" and self._formula is None:
            self._run = Run()
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
        """Take in character data."""
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

    def _add_text(self, paragraph: Paragraph, data: str) -> None:
        run = self._run
        if run.is_hidden or (self._fields and any(words[0] == IN_PAGE_FIELD for words in self._fields if words)):
            return
        if run.font:
            data = to_unicode(data, run.font)
        elif run.is_raised:
            data = join_raised("".join(paragraph.pieces[-2:]), data)
            run.is_raised = False
        paragraph.pieces.append(data)
        self._text_on_page = self._text_on_page or not data.isspace()

    def _start_in_paragraph(self, paragraph: Paragraph, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        match name:
            case "t":
                self._in_text = True
            case "r":
                self._run = Run(is_open=True)
            case "vanish" if self._run.is_open:
                self._run.is_hidden = value not in OFF
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
                paragraph.pieces.append(read_symbol(attributes))
            case "oMath":
                self._formula = FormulaReader()
            case "fldChar" | "fldSimple" | "instrText":
                self._start_field(name, attributes)
            case "footnoteReference" | "endnoteReference" | "commentReference":
                self._call_note(paragraph, (_CALLS[name], attributes.get("id", "")))
            case "chart" | "relIds":
                self._call_graphic(paragraph, attributes.get(_GRAPHICS[name], ""))
            case "checkBox" | "ddList":
                self._form_field = FormField(is_box=name == "checkBox")
            case "default" | "checked" | "result" | "listEntry" if self._form_field is not None:
                describe_form_field(self._form_field, name, attributes.get("val", "1"))
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
            settle_field(self._fields[-1])
        elif kind == "separate" and self._fields:
            settle_field(self._fields[-1])
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

    def _call_note(self, paragraph: Paragraph, key: tuple[str, str]) -> None:
        text = self._context.notes.get(key, "")
        if text and key not in self._called and not self._run.is_hidden:
            self._called.add(key)
            paragraph.notes.append(text)

    def _call_graphic(self, paragraph: Paragraph, pointer_id: str) -> None:
        pointer = self._context.pointers.get(pointer_id)
        if pointer is not None:
            paragraph.graphics.append(pointer)

    def _break_page(self, paragraph: Paragraph) -> None:
        paragraph.pieces.append(_PAGE_BREAK)
        self._text_on_page = False

    def _end_paragraph(self, paragraph: Paragraph) -> None:
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

    def _add(self, paragraph: Paragraph, text: str) -> None:
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

    def _heading_level(self, paragraph: Paragraph) -> int | None:
        if paragraph.outline is not None and paragraph.outline < 9:
            return paragraph.outline + 1
        return self._styles.heading_level(paragraph.style_id)

    def _number_of(self, paragraph: Paragraph) -> tuple[str, int]:
        if paragraph.number_id:
            return paragraph.number_id, paragraph.number_depth
        return self._styles.numbering(paragraph.style_id)

    def _labelled(self, paragraph: Paragraph, text: str) -> str:
        label = self._numbering.next_label(*self._number_of(paragraph)) if text.strip() else ""
        return f"{label} {text}" if label else text

    def _open_cell(self, table: OpenTable) -> None:
        table.cells.append([])
        table.widths.append(1)
        table.merges.append("")

    def _describe_cell(self, table: OpenTable, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if name == "tblHeader":
            table.is_header = value not in OFF
        elif name == "gridBefore":
            for _ in range(min(to_int(value) or 0, _MAX_SKIPPED_CELLS)):
                self._open_cell(table)
        elif table.cells and name == "gridSpan":
            table.widths[-1] = to_int(value) or 1
        elif table.cells:
            table.merges[-1] = value or "continue"

    def _end_table(self, table: OpenTable) -> None:
        table.writer.end()
        if self._tables:
            self._tables[-1].graphics.extend(table.graphics)
        else:
            self._add_graphics(table.graphics)

    def _end_row(self) -> None:
        table = self._tables[-1]
        row = as_cells(table)
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
