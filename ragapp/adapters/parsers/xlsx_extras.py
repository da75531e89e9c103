"""What lies over the cells of a sheet: comments, text boxes and charts."""

from typing import Protocol

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.office_graphics import add_graphic
from ragapp.adapters.parsers.office_package import Relationship, read_relationships
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml

_COMMENT_PARTS = ("comments", "threadedComment")
# What stands in a comment for programs that do not know its threads.
_PLACEHOLDER = "[Threaded comment]"


class Sheet(Protocol):
    """What is asked of a sheet that was read."""

    def name(self) -> None:
        """Write its name, once."""

    def describe(self, reference: str) -> str:
        """Return a cell's reference with words that say which it is."""


def add_sheet_extras(builder: TextBuilder, archive: BoundedArchive, part: str, sheet: Sheet) -> None:
    """Add comments, text boxes and charts of a sheet that was read."""
    pointers = read_relationships(archive, part)
    comments = _Comments()
    for kind in _COMMENT_PARTS:
        for pointer in pointers:
            if pointer.kind == kind:
                read_xml(archive.stream(pointer.target), comments)
    for reference, author, text in comments.found:
        sheet.name()
        by = f" by {author}" if author else ""
        builder.add_paragraph(f"Comment{by} on {sheet.describe(reference)}: {text}")
    for pointer in pointers:
        if pointer.kind == "drawing":
            _add_drawing(builder, archive, pointer.target, sheet)


def _add_drawing(builder: TextBuilder, archive: BoundedArchive, part: str, sheet: Sheet) -> None:
    drawing = _Drawing()
    read_xml(archive.stream(part), drawing)
    pointers = {pointer.id: pointer for pointer in read_relationships(archive, part)}
    if drawing.items:
        sheet.name()
    for text, pointer_id in drawing.items:
        pointer: Relationship | None = pointers.get(pointer_id)
        builder.add_paragraph(text)
        if pointer is not None:
            add_graphic(builder, archive, pointer)


class _Comments:
    """Reads the comments of a sheet, of the older kind and in threads, as (cell, author, text)."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []
        self._authors: list[str] = []
        self._pieces: list[str] = []
        self._reference = self._author = ""
        self._in_text = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name in {"comment", "threadedComment"}:
            stated = attributes.get("authorId", "")
            number = int(stated) if stated.isdecimal() and len(stated) < 7 else -1
            self._author = self._authors[number] if 0 <= number < len(self._authors) else ""
            self._reference, self._pieces = attributes.get("ref", ""), []
        elif name == "author":
            self._pieces = []
        self._in_text = name in {"t", "text", "author"}

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "author":
            self._authors.append(clean_inline("".join(self._pieces)))
        elif name in {"comment", "threadedComment"}:
            text = clean_inline("".join(self._pieces))
            # The name of the author often stands in bold above the text as well.
            text = text.removeprefix(f"{self._author}:").strip() if self._author else text
            if text and not text.startswith(_PLACEHOLDER):
                self.found.append((self._reference, "" if self._author.startswith("tc=") else self._author, text))

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)


class _Drawing:
    """Reads a drawing: texts of its shapes and relationships of its charts and diagrams, in order."""

    def __init__(self) -> None:
        self.items: list[tuple[str, str]] = []
        self._pieces: list[str] = []
        self._in_text = False
        self._skip_depth = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skip_depth or name == "Fallback":
            self._skip_depth += 1
        elif name == "chart":
            self.items.append(("", attributes.get("id", "")))
        elif name == "relIds":
            self.items.append(("", attributes.get("dm", "")))
        self._in_text = name == "t" and not self._skip_depth

    def end(self, name: str) -> None:
        self._in_text = False
        if self._skip_depth:
            self._skip_depth -= 1
        elif name == "p":
            text, self._pieces = clean_inline("".join(self._pieces)), []
            if text:
                self.items.append((text, ""))

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)
