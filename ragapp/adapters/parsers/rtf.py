"""RTF: text in its many code pages, headings, table rows and page breaks; pictures and everything hidden left out."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.rtf_tokens import Kind, Token, read_tokens
from ragapp.adapters.parsers.symbols import to_unicode
from ragapp.adapters.parsers.table_writer import TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.core.errors import DocumentTooComplex, ParseFailed
from ragapp.rag.types import ParsedDocument

_START = b"{\\rtf"
_MAX_DEPTH = 1000
_SKIPPED = frozenset(
    {
        *(b"colortbl", b"stylesheet", b"pict", b"object", b"fldinst", b"nonshppict", b"themedata", b"datastore"),
        *(b"listtable", b"listoverridetable", b"rsidtbl", b"xmlnstbl", b"filetbl", b"revtbl", b"generator", b"info"),
        *(b"ftnsep", b"ftnsepc", b"ftncn", b"aftnsep", b"aftnsepc", b"aftncn"),
    }
)
# Text beside the text: it is collected, and put where it belongs when its group ends.
_ASIDES = {
    b"footnote": "note",
    b"annotation": "comment",
    b"atnauthor": "author",
    **dict.fromkeys((b"header", b"headerl", b"headerr", b"headerf"), "header"),
    **dict.fromkeys((b"footer", b"footerl", b"footerr", b"footerf"), "footer"),
}
_NAMES_OF_ASIDES = frozenset(_ASIDES.values())
# Destinations that a program may not know, and this one does.
_KNOWN_OPTIONAL = frozenset({b"annotation", b"atnauthor", b"formfield"})
_BREAKS = frozenset({b"par", b"sect", b"cell", b"nestcell", b"row", b"page", b"line", b"tab"})
_PROPERTIES = frozenset({b"v", b"deleted", b"plain", b"f", b"u", b"uc"})
_SYMBOL_CHARSET = 2
_SYMBOL_FONT = "symbols"
_TICKED, _EMPTY = "☒ ", "☐ "
_DEFAULT_OF_BOX = 25
_CHARACTERS = {
    **{b"tab": "\t", b"line": " ", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"bullet": "•"},
    **{b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ", b"enspace": " "},
}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}"}
_CHARSETS = {
    **{77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254"},
    **{163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"},
}


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a rich text file; one that ends too early gives what is there.

    Raises:
        ParseFailed: it is no rich text. DocumentTooComplex: its groups nest too deep.
    """
    if not data.lstrip().startswith(_START):
        raise ParseFailed
    reader = _Reader(TextBuilder(limits))
    for token in read_tokens(data):
        reader.take(token)
    return reader.build()


@dataclass(frozen=True, slots=True)
class _Group:
    r"""What ends with a group. `fallback_chars` counts what stands in for each `\u`; `symbols` is a font of signs."""

    destination: str = "text"
    encoding: str = ""
    fallback_chars: int = 1
    symbols: str = ""
    is_hidden: bool = False


@dataclass(slots=True)
class _Block:
    """The paragraph being read and the row it may stand in."""

    pieces: list[str] = field(default_factory=list)
    level: int = 0
    in_table: bool = False
    cells: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Field:
    """A field of a form being read: whether it is a box, and its state and default."""

    is_box: bool = False
    state: int = _DEFAULT_OF_BOX
    default: int = 0

    def shown(self) -> str:
        state = self.default if self.state == _DEFAULT_OF_BOX else self.state
        return (_TICKED if state else _EMPTY) if self.is_box else ""


class _Reader:
    """Follows groups, fonts and paragraphs. Never recurses."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._group = _Group()
        self._outer: list[_Group] = []
        self._default_encoding = "cp1252"
        self._font_encodings: dict[int, str] = {}
        self._font = self._default_font = 0
        self._title: list[str] = []
        self._block = _Block()
        self._bytes = bytearray()
        self._to_skip = 0
        self._table = TableWriter(builder)
        self._aside: list[str] = []
        self._author = ""
        self._after: list[str] = []
        self._furniture: dict[str, list[str]] = {"header": [], "footer": []}
        self._font_names: dict[int, str] = {}
        self._field = _Field()
        self._is_optional = False
        self._words: dict[bytes, Callable[[int | None], None]] = {
            b"par": lambda _: self._end_paragraph(),
            b"sect": lambda _: self._end_paragraph(),
            b"page": lambda _: self._break_page(),
            b"cell": lambda _: self._end_cell(),
            b"nestcell": lambda _: self._end_cell(),
            b"row": lambda _: self._end_row(),
            b"pard": lambda _: self._reset_paragraph(),
            b"intbl": lambda _: setattr(self._block, "in_table", True),
            b"outlinelevel": self._set_level,
            b"u": self._add_unicode,
            b"uc": lambda number: self._change(fallback_chars=max(0, number or 0)),
            b"f": self._use_font,
            b"fcharset": self._set_charset,
            b"ansicpg": self._set_default_encoding,
            b"mac": lambda _: self._set_default_encoding(10000),
            b"fonttbl": lambda _: self._change(destination="fonts"),
            b"title": lambda _: self._open_title(),
            b"deff": self._set_default_font,
            b"plain": lambda _: self._change(encoding="", symbols="", is_hidden=False),
            b"v": lambda number: self._change(is_hidden=number != 0),
            b"deleted": lambda number: self._change(is_hidden=number != 0),
            b"formfield": lambda _: self._open_field(),
            b"fftype": lambda number: setattr(self._field, "is_box", number == 1),
            b"ffres": lambda number: setattr(self._field, "state", number or 0),
            b"ffdefres": lambda number: setattr(self._field, "default", number or 0),
        }

    def build(self) -> ParsedDocument:
        self._flush()
        self._end_paragraph()
        self._end_row()
        self._table.end()
        for text in self._furniture["footer"]:
            self._builder.add_paragraph(text)
        return self._builder.build(_join(self._title))

    def take(self, token: Token) -> None:
        """Take in one token."""
        if token.kind is Kind.TEXT:
            self._take_text(token)
            return
        self._flush()
        match token.kind:
            case Kind.OPEN:
                self._open()
            case Kind.CLOSE:
                self._close()
            case Kind.WORD:
                self._take_word(token)
            case Kind.SYMBOL:
                self._take_symbol(token.data)

    def _open(self) -> None:
        if len(self._outer) >= _MAX_DEPTH:
            raise DocumentTooComplex(details={"limit_depth": _MAX_DEPTH})
        self._outer.append(self._group)
        self._to_skip = 0

    def _close(self) -> None:
        ended = self._group
        self._group = self._outer.pop() if self._outer else ended
        self._to_skip = 0
        if ended.destination != self._group.destination and ended.destination in _NAMES_OF_ASIDES:
            self._end_aside(ended.destination)
        elif ended.destination == "field" and self._group.destination != "field":
            self._add(self._field.shown())

    def _open_field(self) -> None:
        self._field = _Field()
        self._change(destination="field")

    def _end_aside(self, name: str) -> None:
        """Put a note behind its paragraph, or into its cell; a header or footer once for all pages."""
        text, self._aside = clean_inline(_join(self._aside)), []
        if name == "author":
            self._author = text
        elif name in self._furniture:
            self._add_furniture(name, text)
        elif text and name == "comment":
            self._add_note(f"Comment ({self._author}): {text}" if self._author else f"Comment: {text}")
            self._author = ""
        elif text:
            self._add_note(f"* {text}")

    def _add_furniture(self, name: str, text: str) -> None:
        if any(map(str.isalpha, text)) and text not in self._furniture[name]:
            self._furniture[name].append(text)
            if name == "header" and not self._block.pieces:
                self._builder.add_paragraph(text)

    def _add_note(self, text: str) -> None:
        if self._block.in_table:
            self._block.pieces.append(f" ({text}) ")
        else:
            self._after.append(text)

    def _take_word(self, token: Token) -> None:
        word = token.data
        is_optional, self._is_optional = self._is_optional, False
        if is_optional and word not in _KNOWN_OPTIONAL:
            self._change(destination="none")
        elif self._group.destination == "none":
            return
        elif word in _SKIPPED:
            # The title is the one thing inside the information block that is wanted.
            self._change(destination="info" if word == b"info" else "none")
        elif word in _ASIDES and self._group.destination == "text":
            self._change(destination=_ASIDES[word])
        elif word in _CHARACTERS:
            self._add(_CHARACTERS[word])
        elif self._group.destination in _NAMES_OF_ASIDES and word not in _PROPERTIES:
            self._add(" " if word in _BREAKS else "")
        elif word in self._words:
            self._words[word](token.number)

    def _take_symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._is_optional = True
        elif symbol in b"\r\n" and self._group.destination == "text":
            self._end_paragraph()
        else:
            self._add(_SYMBOLS.get(symbol, ""))

    def _take_text(self, token: Token) -> None:
        skipped = min(self._to_skip, len(token.data))
        self._to_skip -= skipped
        if self._group.destination != "none":
            self._bytes += token.data[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            default = self._font_encodings.get(self._default_font, "").removeprefix(_SYMBOL_FONT)
            default = default or self._default_encoding
            encoding = self._group.encoding or default
            raw, self._bytes = bytes(self._bytes), bytearray()
            if self._group.symbols:
                self._add(to_unicode(raw.decode("latin-1"), self._group.symbols))
            else:
                self._add(raw.decode(encoding, "replace"))

    def _add(self, text: str) -> None:
        if self._group.is_hidden:
            return
        if self._group.destination == "fonts":
            self._font_names[self._font] = self._font_names.get(self._font, "") + text
        elif self._group.destination in _NAMES_OF_ASIDES:
            self._aside.append(text)
        elif self._group.destination == "text":
            self._block.pieces.append(text)
        elif self._group.destination == "title":
            self._title.append(text)

    def _add_unicode(self, number: int | None) -> None:
        text = chr((number or 0) & 0xFFFF)
        self._add(to_unicode(text, self._group.symbols) if self._group.symbols else text)
        self._to_skip = self._group.fallback_chars

    def _change(self, **changes: Any) -> None:
        self._group = replace(self._group, **changes)

    def _use_font(self, number: int | None) -> None:
        self._font = number or 0
        if self._group.destination != "fonts":
            encoding = self._font_encodings.get(self._font, "")
            name = self._font_names.get(self._font, "").rstrip("; ") if encoding == _SYMBOL_FONT else ""
            self._change(encoding="" if name else encoding.removeprefix(_SYMBOL_FONT), symbols=name)

    def _set_default_font(self, number: int | None) -> None:
        self._default_font = number or 0

    def _open_title(self) -> None:
        if self._group.destination == "info":
            self._change(destination="title")

    def _set_charset(self, number: int | None) -> None:
        if self._group.destination == "fonts" and number == _SYMBOL_CHARSET:
            self._font_encodings[self._font] = _SYMBOL_FONT
        elif self._group.destination == "fonts" and number:
            self._font_encodings[self._font] = _CHARSETS.get(number, "")

    def _set_default_encoding(self, number: int | None) -> None:
        name = "mac-roman" if number == 10000 else f"cp{number}"
        try:
            self._default_encoding = codecs.lookup(name).name
        except LookupError:
            self._default_encoding = "cp1252"

    def _set_level(self, number: int | None) -> None:
        self._block.level = number + 1 if number is not None and 0 <= number < 9 else 0

    def _reset_paragraph(self) -> None:
        self._block.level, self._block.in_table = 0, False

    def _take_pieces(self) -> str:
        pieces, self._block.pieces = self._block.pieces, []
        return _join(pieces)

    def _end_paragraph(self) -> None:
        if self._block.in_table:
            self._block.pieces.append(" ")
            return
        text = self._take_pieces()
        if text.strip():
            self._table.end()
        if self._block.level:
            self._builder.add_heading(self._block.level, text)
        else:
            self._builder.add_paragraph(text)
        after, self._after = self._after, []
        for note in after:
            self._builder.add_paragraph(note)

    def _break_page(self) -> None:
        self._end_paragraph()
        self._table.settle()
        self._builder.break_page()

    def _end_cell(self) -> None:
        self._block.cells.append(self._take_pieces().strip())

    def _end_row(self) -> None:
        cells, self._block.cells = self._block.cells, []
        if any(cells):
            self._table.add_row(cells)


def _join(pieces: list[str]) -> str:
    # Characters outside the basic plane come as two halves.
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
