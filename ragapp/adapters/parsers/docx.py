"""DOCX: WordprocessingML read as a stream, with headings, lists, tables and the pages Word last laid out.

Everything that a reader of the printed document sees is read once, where they see it: notes after the paragraph that
calls them, headers before and footers after the text, charts where they stand. Hidden and deleted text is left out.
"""

import re

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.docx_body import WordBody
from ragapp.adapters.parsers.docx_values import Context
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_package import note_macros, open_package, read_relationships, read_title
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.rag.types import ParsedDocument

_MAIN_PART = re.compile(r"word/document\d*\.xml")
_NOTE_KINDS = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a Word document: paragraphs, numbered lists with their labels, table rows as "a | b".

    Pages come from explicit page breaks and from where Word last broke pages; a document with neither has none.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive, main_part = open_package(data, limits, _MAIN_PART)
    pointers = read_relationships(archive, main_part)
    context = Context(archive, limits, {pointer.id: pointer for pointer in pointers})
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
    body = WordBody(builder, context)
    read_xml(archive.stream(main_part), body)
    body.add_uncalled_notes()
    for text in _read_furniture(context, "footer"):
        builder.add_paragraph(text)
    note_macros(builder, archive)
    return builder.build(read_title(archive, "docProps/core.xml"))


def _read_furniture(context: Context, kind: str) -> list[str]:
    """Return the headers or footers of all sections, each text once; those that hold no words are left out."""
    texts: dict[str, None] = {}
    for pointer in context.pointers.values():
        if pointer.kind == kind:
            builder = TextBuilder(context.limits)
            read_xml(context.archive.stream(pointer.target), WordBody(builder, context))
            lines = builder.build().text.split("\n")
            texts.update(dict.fromkeys(line for line in lines if any(map(str.isalpha, line))))
    return list(texts)


class _Notes:
    """Reads footnotes, endnotes or comments into the context, each note as one line that begins with its mark."""

    def __init__(self, context: Context, kind: str) -> None:
        self._context = context
        self._element = _NOTE_KINDS[kind]
        self._id = self._author = ""
        self._builder = TextBuilder(context.limits)
        self._body: WordBody | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if self._body is not None:
            self._body.start(name, attributes)
        elif name == self._element:
            self._id, self._author = attributes.get("id", ""), attributes.get("author", "")
            self._builder = TextBuilder(self._context.limits)
            self._body = WordBody(self._builder, self._context)

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
