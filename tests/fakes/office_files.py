"""Builders of spreadsheets, presentations, open documents and books, laid out as the usual programs write them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from xml.sax.saxutils import escape, quoteattr

Cell = str | float | tuple[float, int]
"""A text, a number, or a number with the index of its style in `STYLE_CODES`."""

STYLE_CODES = ("General", "d.m.yyyy.", "0.00%", '#,##0.00\\ "€"')

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PRESENTATION = "http://schemas.openxmlformats.org/presentationml/2006/main"

_OPEN_NAMES = ("office", "text", "table", "manifest", "draw", "presentation", "style", "dc", "xlink")


def make_archive(members: Mapping[str, str | bytes]) -> bytes:
    """Return an archive of those members; one called `mimetype` is stored as it is, as its formats demand."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def make_xlsx(sheets: Mapping[str, Sequence[Sequence[Cell]]], *, date_1904: bool = False) -> bytes:
    """Return a workbook with texts in the shared table; an empty text leaves its cell out."""
    shared: list[str] = []
    parts = {
        f"xl/worksheets/sheet{number}.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{_rows(rows, shared)}'
        "</sheetData></worksheet>"
        for number, rows in enumerate(sheets.values(), start=1)
    }
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, start=1)
    )
    pointers = [("worksheet", f"/xl/worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
    strings = "".join(f'<si><r><t xml:space="preserve">{escape(text)}</t></r></si>' for text in shared)
    return make_archive(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
            f'<workbookPr date1904="{int(date_1904)}"/>'
            f"<sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": make_relationships(
                [*pointers, ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
            ),
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
            "xl/styles.xml": _cell_styles(),
            **parts,
        }
    )


def make_pptx(slides: Sequence[tuple[str, Sequence[str | Sequence[Sequence[str]]], str]]) -> bytes:
    """Return a presentation of slides given as (title, boxes of lines or tables of rows, speaker notes).

    Slides are stored in reverse, so that only the list of the show gives their order.
    """
    parts: dict[str, str] = {}
    for number, (title, boxes, notes) in enumerate(slides, start=1):
        stored = len(slides) - number + 1
        body = "".join(_slide_table(box) if not isinstance(box, str) else _box("", box) for box in boxes)
        footer = _box('<p:nvPr><p:ph type="sldNum"/></p:nvPr>', f"podnožje {number}")
        heading = _box('<p:nvPr><p:ph type="title"/></p:nvPr>', title)
        parts[f"ppt/slides/slide{stored}.xml"] = _slide(body + heading + footer)
        if notes:
            parts[f"ppt/slides/_rels/slide{stored}.xml.rels"] = make_relationships(
                [("notesSlide", f"../notesSlides/notesSlide{stored}.xml")]
            )
            parts[f"ppt/notesSlides/notesSlide{stored}.xml"] = _slide(
                _box('<p:nvPr><p:ph type="body" idx="1"/></p:nvPr>', notes)
            )
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{len(slides) - n + 1}"/>' for n in range(1, len(slides) + 1))
    return make_archive(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_PRESENTATION}" xmlns:r="{_RELATIONS}">'
            f"<p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": make_relationships(
                [("slide", f"slides/slide{number}.xml") for number in range(1, len(slides) + 1)]
            ),
            **parts,
        }
    )


def make_odt(body: str, *, title: str = "", manifest: str = "") -> bytes:
    """Return an OpenDocument text with that content, see `make_open_document`."""
    return make_open_document("application/vnd.oasis.opendocument.text", body, title=title, manifest=manifest)


def make_open_document(media_type: str, body: str, *, title: str = "", manifest: str = "") -> bytes:
    """Return an OpenDocument file with that content; the prefixes of `_OPEN_NAMES` are declared."""
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in _OPEN_NAMES)
    kind = media_type.rpartition(".")[2]
    return make_archive(
        {
            "mimetype": media_type,
            "META-INF/manifest.xml": f"<manifest {names}>{manifest}</manifest>",
            "meta.xml": f'<meta xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></meta>',
            "content.xml": f"<office:document-content {names}><office:body><office:{kind}>{body}"
            f"</office:{kind}></office:body></office:document-content>",
        }
    )


def make_epub(chapters: Sequence[str], *, title: str = "", encryption: str = "") -> bytes:
    """Return a book of those HTML chapters, stored in reverse; its table of contents is in the reading order."""
    items = "".join(
        f'<item id="c{number}" href="tekst/poglavlje%20{number}.xhtml" media-type="application/xhtml+xml"/>'
        for number in reversed(range(len(chapters)))
    )
    order = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfile full-path="OEBPS/book.opf"/></container>',
        "OEBPS/book.opf": f'<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>{escape(title)}'
        '</dc:title></metadata><manifest><item id="nav" href="nav.xhtml" properties="nav" '
        f'media-type="application/xhtml+xml"/>{items}</manifest><spine><itemref idref="nav"/>{order}</spine></package>',
        "OEBPS/nav.xhtml": "<html><body><p>sadržaj</p></body></html>",
    }
    for number, chapter in enumerate(chapters):
        members[f"OEBPS/tekst/poglavlje {number}.xhtml"] = f"<html><body>{chapter}</body></html>"
    if encryption:
        members["META-INF/encryption.xml"] = encryption
    return make_archive(members)


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with one member replaced or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    return make_archive({**members, name: content})


@cache
def xml_bomb(inflated_mebibytes: int = 64) -> bytes:
    """Return a well-formed part of that size, which deflates to almost nothing."""
    return b"<x>" + b"A" * (inflated_mebibytes * 1024 * 1024) + b"</x>"


def xml_with_entities() -> bytes:
    """Return a part that declares a document type and an entity."""
    return b'<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'


def _rows(rows: Sequence[Sequence[Cell]], shared: list[str]) -> str:
    return "".join(
        f'<row r="{number}">'
        + "".join(_cell(f"{chr(ord('A') + column)}{number}", cell, shared) for column, cell in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )


def _cell(reference: str, cell: Cell, shared: list[str]) -> str:
    if cell == "":
        return ""
    if isinstance(cell, str):
        shared.append(cell)
        return f'<c r="{reference}" t="s"><v>{len(shared) - 1}</v></c>'
    value, style = cell if isinstance(cell, tuple) else (cell, 0)
    return f'<c r="{reference}" s="{style}"><f>A1</f><v>{value!r}</v></c>'


def _cell_styles() -> str:
    codes = "".join(
        f'<numFmt numFmtId="{164 + index}" formatCode={quoteattr(code)}/>' for index, code in enumerate(STYLE_CODES)
    )
    cells = "".join(f'<xf numFmtId="{164 + index}"/>' for index in range(len(STYLE_CODES)))
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{codes}</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
        f"<cellXfs>{cells}</cellXfs></styleSheet>"
    )


def make_relationships(pointers: Sequence[tuple[str, str]]) -> str:
    """Return a part of relationships given as (kind, target), numbered rId1, rId2 …"""
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(pointers, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{listed}</Relationships>'


def _slide(shapes: str) -> str:
    return (
        f'<p:sld xmlns:p="{_PRESENTATION}" xmlns:a="{_DRAWING}"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>'
    )


def _box(placeholder: str, lines: str) -> str:
    return f"<p:sp><p:nvSpPr>{placeholder}</p:nvSpPr><p:txBody>{_lines(lines)}</p:txBody></p:sp>"


def _lines(lines: str) -> str:
    return "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines.split("\n"))


def _slide_table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<a:tc><a:txBody>{_lines(cell)}</a:txBody></a:tc>" for cell in row) for row in rows)
    return f"<p:graphicFrame><a:tbl>{''.join(f'<a:tr>{row}</a:tr>' for row in cells)}</a:tbl></p:graphicFrame>"
