"""HTML: the readable text, nothing fetched, nothing run."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.encoding import decode_as, decode_text
from ragapp.adapters.parsers.formulas import FormulaReader, join_raised
from ragapp.adapters.parsers.html_forms import FormFields, alternative_text
from ragapp.adapters.parsers.html_visibility import HiddenParts, find_controlled
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.rag.types import ParsedDocument

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_CHARSET_SEARCH_BYTES = 4096
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LONGEST_TERM = 60
_ROW_GROUPS = frozenset({"thead", "tbody", "tfoot"})
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend"),
        *("li", "main", "ol", "p", "section", "summary", "ul"),
    }
)


_PICTURES = frozenset({"img", "area"})
_FIELD_TAGS = frozenset({"input", "textarea", "select", "option", "optgroup", "button", "label", "output", "meter"})
_INLINE = _PICTURES | _FIELD_TAGS | {"sup", "math"}


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of an HTML page: headings, paragraphs, table rows as "a | b", lists as "- a", what forms hold.

    Navigation is left out as long as something else remains; what is hidden is, unless something on the page opens it.
    """
    builder = TextBuilder(limits)
    return builder.build(add_page(builder, decode_page(data)))


def add_page(builder: TextBuilder, page: str) -> str:
    """Add the text of an HTML page to a document and return the page's title."""
    before, controlled = builder.save(), find_controlled(page)
    reader = _read(builder, page, HiddenParts(controlled, with_furniture=False))
    if reader.parts.left_out_furniture and (reader.parts.swallowed or not builder.has_letters_since(before)):
        builder.restore(before)
        reader = _read(builder, page, HiddenParts(controlled, with_furniture=True))
    return reader.page_title


def _read(builder: TextBuilder, page: str, parts: HiddenParts) -> "_Reader":
    reader = _Reader(builder, parts)
    reader.feed(page)
    reader.close()
    reader.finish()
    return reader


def decode_page(data: bytes) -> str:
    """Return a page in the encoding it declares, or else in the one it seems to have.

    Raises:
        ParseFailed: it is not text.
    """
    declared = _CHARSET.search(data, 0, _CHARSET_SEARCH_BYTES)
    if declared and not data.startswith(_BYTE_ORDER_MARKS):
        text = decode_as(data, declared[1].decode("ascii", "replace"))
        if text is not None:
            return text
    return decode_text(data)


class _Reader(HTMLParser):
    """Turns tags into blocks. Never recurses and never builds a tree, so nesting depth does not matter."""

    def __init__(self, builder: TextBuilder, parts: HiddenParts) -> None:
        super().__init__(convert_charrefs=True)
        self.parts = parts
        self._builder = builder
        self._fields = FormFields()
        self._formula: FormulaReader | None = None
        self._is_raised = False
        self._pieces: list[str] = []
        self._title: list[str] = []
        self._in_title = False
        self._heading = 0
        self._in_pre = False
        self._item = ""
        self._in_term = False
        self._term = ""
        self._first_row = True
        self._table = TableWriter(builder)
        self._cells: list[_Cell] = []
        self._in_head = False

    @property
    def page_title(self) -> str:
        """The text of the title element."""
        return "".join(self._title)

    def finish(self) -> None:
        """Add what is still held back."""
        self.parts.finish()
        self._leave_inline()
        self._end_block()
        self._end_table()
        self._add_term()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.parts.start(tag, attrs):
            return
        if tag in _BLOCKS or tag in _HEADINGS or tag == "table":
            self._leave_inline()
        if self._formula is not None:
            self._formula.start(tag, {})
        elif tag == "title" and not self._title:
            self._in_title = True
        elif tag in _HEADINGS:
            self._end_block()
            self._end_row()
            self._heading = _HEADINGS[tag]
        elif tag in _ROW_GROUPS:
            self._end_row()
            self._in_head = tag == "thead"
        elif tag in {"table", "tr", "td", "th"}:
            self._start_table_part(tag, dict(attrs))
        elif tag == "pre":
            self._end_block()
            self._in_pre = True
        elif tag in _BLOCKS:
            self._start_block(tag)
        elif tag in _INLINE:
            self._start_inline(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.parts.end(tag):
            return
        if tag == "math":
            self._leave_inline()
        elif self._formula is not None:
            self._formula.end(tag)
        elif tag == "title":
            self._in_title = False
        elif tag == "table":
            self._end_table()
        elif tag == "tr" or tag in _ROW_GROUPS:
            self._end_row()
            self._in_head = self._in_head and tag == "tr"
        elif tag in _HEADINGS or tag == "pre" or tag in _BLOCKS:
            self._end_block()
            self._first_row = self._first_row or tag in {"ul", "ol"}
        elif tag in _FIELD_TAGS:
            self._pieces.append(self._fields.end(tag))
            self._is_raised = False
        elif tag == "sup":
            self._is_raised = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
        elif self.parts.inside:
            return
        elif self._formula is not None:
            self._formula.text(data)
        elif self._fields.in_options:
            self._fields.text(data)
        elif self._is_raised:
            self._pieces.append(join_raised("".join(self._pieces[-2:]), data))
            self._is_raised = False
        else:
            self._pieces.append(data)

    def _start_inline(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "sup":
            self._is_raised = True
        elif tag == "math":
            self._formula = FormulaReader()
        elif tag in _PICTURES:
            self._pieces.append(alternative_text(dict(attrs)))
        else:
            self._pieces.append(self._fields.start(tag, dict(attrs)))

    def _leave_inline(self) -> None:
        """Close a formula or a list of options that was left open: neither can hold blocks."""
        if self._formula is not None:
            self._pieces.append(self._formula.take())
            self._formula = None
        if self._fields.in_options:
            self._pieces.append(self._fields.end("select"))

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:  # the standard library gives up on sections browsers treat as comments
            return self.parse_bogus_comment(i, report)

    def _start_block(self, tag: str) -> None:
        if tag == "br" and self._in_pre:
            self._pieces.append("\n")
            return
        if tag == "br":
            self._pieces.append(" ")
            return
        self._end_block()
        self._in_term = tag == "dt"
        if tag == "li":
            self._item = "- "
        elif tag in {"ul", "ol"}:
            self._first_row = True

    def _start_table_part(self, tag: str, attributes: dict[str, str | None]) -> None:
        # A table in a table: the outer one only lays out the page.
        if tag == "table":
            self._add_term()
            self._end_table()
        elif tag == "tr":
            self._end_row()
        else:
            self._end_block()
            self._cells.append(_Cell(tag == "th", _span(attributes, "colspan"), _span(attributes, "rowspan")))

    def _end_block(self) -> None:
        text, self._pieces = "".join(self._pieces), []
        heading, self._heading = self._heading, 0
        in_pre, self._in_pre = self._in_pre, False
        if self._cells and not heading:
            self._cells[-1].pieces.append(text)
        elif text.strip():
            self._table.end()
            self._add_block(text, heading, in_pre=in_pre)

    def _add_block(self, text: str, heading: int, *, in_pre: bool) -> None:
        if heading:
            self._add_term()
            self._builder.add_heading(heading, text)
        elif in_pre:
            self._add_term()
            self._builder.add_verbatim(clean(text))
        elif self._in_term and _is_term(term := " ".join(text.split())):
            self._add_term()
            self._term = term
        else:
            self._add_text(text)
        self._in_term = False

    def _add_term(self) -> None:
        """Add a term that nothing explains as a paragraph of its own."""
        if self._term:
            self._builder.add_paragraph(self._term)
        self._term = ""

    def _add_text(self, text: str) -> None:
        if self._term:
            text, self._term = f"{self._term}: {text.strip()}", ""
        if self._item:
            self._builder.add_row(self._item + text, first=self._first_row)
            self._item, self._first_row = "", False
        else:
            self._builder.add_paragraph(text)

    def _end_row(self) -> None:
        self._end_block()
        cells, self._cells = self._cells, []
        if any(cell.text for cell in cells):
            is_header = self._in_head or (len(cells) > 1 and all(cell.is_name for cell in cells))
            self._table.add_row([Cell(cell.text, cell.columns, cell.rows) for cell in cells], is_header=is_header)

    def _end_table(self) -> None:
        self._end_row()
        self._table.end()
        self._in_head, self._first_row = False, True


@dataclass(slots=True)
class _Cell:
    """A cell being read; `is_name` says that it names a row or a column."""

    is_name: bool
    columns: int
    rows: int
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(self.pieces).strip()


def _is_term(text: str) -> bool:
    """Return whether the title of a description can stand before it on one line; a question cannot."""
    return len(text) <= _LONGEST_TERM and text[-1].isalnum()


def _span(attributes: dict[str, str | None], name: str) -> int:
    stated = (attributes.get(name) or "").strip()
    return int(stated) if stated.isdecimal() and 0 < len(stated) < 5 else 1
