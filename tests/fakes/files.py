"""Builders of good and hostile files, with no library but the standard one."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from functools import cache
from xml.sax.saxutils import escape

CROATIAN_TEXT = (
    "Zaposlenik ima pravo na godišnji odmor. Čišćenje skladišta obavlja se svaki četvrtak, "
    "a ključevi se čuvaju kod dežurnog zaštitara. Đuro Žgela može odobriti prekovremeni rad."
)

HOSTILE_NAMES: tuple[str, ...] = (
    "../../etc/passwd",
    "..\\..\\windows\\system32\\drivers\\etc\\hosts",
    "/etc/passwd",
    "C:\\Windows\\win.ini",
    "\\\\server\\share\\file.txt",
    "report.pdf\0.txt",
    "report\u202efdp.txt",
    "\u200freport.txt",
    "con",
    "NUL.txt",
    "aux.pdf",
    ".",
    "..",
    "",
    "   ",
    "-rf.txt",
    "line\nbreak.txt",
    "tab\tname.txt",
    "a" * 4096 + ".txt",
    "<img src=x onerror=alert(1)>.txt",
    "'; DROP TABLE documents; --.txt",
    "%2e%2e%2fetc%2fpasswd",
    "ﾠ.txt",
    ".htaccess",
)

_WIDTH_PT, _HEIGHT_PT, _MARGIN_PT, _LEADING_PT = 595, 842, 60, 14
_HEADING_PREFIX = "# "
# Where Windows-1250 differs from the WinAnsi that PDF knows, for Croatian.
_DIFFERENCES = (
    "198 /Cacute 200 /Ccaron 208 /Dcroat 230 /cacute 232 /ccaron 240 /dcroat"
)
CROATIAN_FONT = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding "
    b"<< /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [" + _DIFFERENCES.encode() + b"] >> >>"
)


def make_pdf(pages: Sequence[str], *, title: str = "", header: str = "") -> bytes:
    """Return a PDF with one page per text.

    Each line of a text becomes a line on the page; an empty line leaves a gap; "# " starts a heading in larger type.
    `header` is repeated at the top of every page, followed by the page number.
    """
    fonts = "<< /Font << /F1 3 0 R >> >>"
    page_ids = [5 + 2 * number for number in range(len(pages))]
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{' '.join(f'{i} 0 R' for i in page_ids)}] /Count {len(pages)} >>".encode(),
        3: CROATIAN_FONT,
        4: b"<< /Title <feff" + title.encode("utf-16-be").hex().encode() + b"> >>",
    }
    for number, (page_id, text) in enumerate(zip(page_ids, pages, strict=True), start=1):
        running_head = f"{header} {number}" if header else ""
        content = zlib.compress(_page_content(text, running_head))
        objects[page_id] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH_PT} {_HEIGHT_PT}] /Resources {fonts} "
            f"/Contents {page_id + 1} 0 R >>"
        ).encode()
        objects[page_id + 1] = _stream(content, "/Filter /FlateDecode")
    return assemble_pdf(objects, "/Root 1 0 R /Info 4 0 R")


def image_only_pdf() -> bytes:
    """Return a PDF whose page holds a drawing and no text, like a scan."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << >> /Contents 4 0 R >>",
        4: _stream(b"0.5 g 20 20 160 160 re f", ""),
    }
    return assemble_pdf(objects, "/Root 1 0 R")


def zero_page_pdf() -> bytes:
    """Return a well-formed PDF with no pages."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}
    return assemble_pdf(objects, "/Root 1 0 R")


def encrypted_pdf() -> bytes:
    """Return a PDF that cannot be opened without its password."""
    key = "ab" * 32
    encryption = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >> /ID [<{key}> <{key}>]"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    }
    return assemble_pdf(objects, f"/Root 1 0 R {encryption}")


def pdf_that_is_zip() -> bytes:
    """Return an archive, to be named .pdf."""
    return make_docx(["not a PDF"])


def pdf_and_zip() -> bytes:
    """Return a polyglot: a readable PDF that is also a readable archive."""
    return make_pdf(["both"]) + make_docx(["both"])


def make_docx(blocks: Sequence[str | Sequence[Sequence[str]]], *, title: str = "") -> bytes:
    r"""Return a Word document.

    A text is a paragraph; "# " makes it a heading of level 1, "\f" a page break; a sequence of rows is a table.
    """
    body = "".join(_table(block) if not isinstance(block, str) else _paragraph(block) for block in blocks)
    return _word_archive(f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'.encode(), title)


def docx_with_xml(document_xml: bytes) -> bytes:
    """Return a Word document with that main part, whatever it holds."""
    return _word_archive(document_xml, "")


@cache
def docx_zip_bomb(inflated_mebibytes: int = 64) -> bytes:
    """Return a small Word document whose main part inflates to that much."""
    start = f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>'.encode()
    return _word_archive(start + b"A" * (inflated_mebibytes * 1024 * 1024), "")


def docx_with_many_entries(count: int) -> bytes:
    """Return a Word document with that many members too many."""
    buffer = io.BytesIO(make_docx(["text"]))
    with zipfile.ZipFile(buffer, "a") as archive:
        for number in range(count):
            archive.writestr(f"word/media/{number}.bin", b"")
    return buffer.getvalue()


def docx_with_entities() -> bytes:
    """Return a Word document with a billion laughs in it."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return docx_with_xml(
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>'
        f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>'.encode()
    )


def encrypted_docx() -> bytes:
    """Return what Word saves under a password: an OLE file with an encrypted package."""
    head = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504
    return head + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512


def old_word_document() -> bytes:
    """Return the start of a pre-2007 .doc file."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "WordDocument".encode("utf-16-le") + b"\0" * 512


def binary_garbage(size_bytes: int = 4096) -> bytes:
    """Return bytes that are text in no encoding; always the same."""
    return b"".join(struct.pack("<Q", (n * 0x9E3779B97F4A7C15) & (2**64 - 1)) for n in range(size_bytes // 8))


def slow_html(size_mebibytes: int = 24) -> bytes:
    """Return a page of nothing but tags, which takes seconds to read."""
    return b"<p>x" + b"<b></b>" * (size_mebibytes * 1024 * 1024 // 7)


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>'
)
_STYLES = (
    f'<w:styles xmlns:w="{_WORD}"><w:style w:type="paragraph" w:styleId="Naslov1"><w:name w:val="heading 1"/>'
    "</w:style></w:styles>"
)


def _word_archive(document_xml: bytes, title: str) -> bytes:
    properties = (
        '<p:coreProperties xmlns:p="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></p:coreProperties>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONSHIPS)
        archive.writestr("docProps/core.xml", properties)
        archive.writestr("word/styles.xml", _STYLES)
        archive.writestr("word/document.xml", document_xml)
    return buffer.getvalue()


def _paragraph(text: str) -> str:
    if text == "\f":
        return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    style = ""
    if text.startswith(_HEADING_PREFIX):
        text, style = text.removeprefix(_HEADING_PREFIX), '<w:pPr><w:pStyle w:val="Naslov1"/></w:pPr>'
    return f'<w:p>{style}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def _page_content(text: str, running_head: str) -> bytes:
    commands = [_show(running_head, 8, _HEIGHT_PT - 30)] if running_head else []
    y = _HEIGHT_PT - 100
    for line in text.split("\n"):
        if line.startswith(_HEADING_PREFIX):
            commands.append(_show(line.removeprefix(_HEADING_PREFIX), 18, y))
            y -= 2 * _LEADING_PT
        else:
            commands.append(_show(line, 11, y))
            y -= _LEADING_PT
    return b"\n".join(commands)


def _show(line: str, size_pt: int, y_pt: int) -> bytes:
    encoded = line.encode("cp1250", "replace")
    for special in (b"\\", b"(", b")"):
        encoded = encoded.replace(special, b"\\" + special)
    return b"BT /F1 %d Tf %d %d Td (%s) Tj ET" % (size_pt, _MARGIN_PT, y_pt, encoded)


def _stream(content: bytes, extra: str) -> bytes:
    return f"<< /Length {len(content)} {extra} >>\nstream\n".encode() + content + b"\nendstream"


def assemble_pdf(objects: dict[int, bytes], trailer: str) -> bytes:
    """Return a PDF of those objects, by number."""
    output = io.BytesIO()
    output.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number, content in sorted(objects.items()):
        offsets[number] = output.tell()
        output.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    table_at = output.tell()
    output.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    output.writelines(b"%010d 00000 n \n" % offset for offset in offsets.values())
    output.write(f"trailer\n<< /Size {len(offsets) + 1} {trailer} >>\nstartxref\n{table_at}\n%%EOF\n".encode())
    return output.getvalue()
