"""Files made to exhaust, to crash or to deceive whoever reads them. Small to keep, each built when it is needed."""

import io
import struct
import zipfile
import zlib

from tests.fakes import files, office_files
from tests.fakes.archives import make_zip
from tests.fakes.files import _stream, assemble_pdf
from tests.safety.bomb import MIB, Bomb
from tests.safety.pdf_bombs import pdf_bombs

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WORD_PARAGRAPH = f'<w:document xmlns:w="{_WORD}"><w:body>{{}}</w:body></w:document>'
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE x [<!ENTITY a0 "ha">{_ENTITIES}]><x>&a9;</x>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><x>{"&a;" * 10_000}</x>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "{url}">]><x>&a;</x>'


def bombs(url: str) -> list[Bomb]:
    """Return every bomb; those that ask for something from outside ask for `url`."""
    return [*_archives(), *_office(url), *_pdfs(url), *pdf_bombs(), *_texts(url), *_pictures(), *_disguises()]


def _zip(members: list[tuple[zipfile.ZipInfo | str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def _named(name: str, *, unix_mode: int = 0o100644, raw: bytes = b"") -> bytes:
    """Return an archive with one member of that name, put there without any cleaning."""
    placeholder = "x" * len(raw or name.encode())
    info = zipfile.ZipInfo(placeholder)
    info.create_system, info.external_attr = 3, unix_mode << 16
    data = _zip([(info, b"content of the member")])
    return data.replace(placeholder.encode(), raw or name.encode())


def _patched(data: bytes, *, local: dict[int, bytes] | None = None, central: dict[int, bytes] | None = None) -> bytes:
    """Return an archive with bytes of its first local header and first directory entry replaced."""
    patched = bytearray(data)
    for base, changes in ((0, local or {}), (data.index(b"PK\x01\x02"), central or {})):
        for offset, value in changes.items():
            patched[base + offset : base + offset + len(value)] = value
    return bytes(patched)


def _overlapping() -> bytes:
    """Return an archive whose second member is the first once more: the same name, checksum and bytes."""
    data = bytearray(_zip([("a.txt", b"same" * 1000), ("b.txt", b"same" * 1000)]))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    data[second + 46 : second + 51] = b"a.txt"
    return bytes(data)


def _quoted_lie(stated: int) -> bytes:
    sizes = struct.pack("<I", stated)
    return _patched(_zip([("a.txt", b"\0" * (64 * MIB))]), local={22: sizes}, central={24: sizes})


def _archives() -> list[Bomb]:
    small = make_zip({"a.txt": "text"})
    inner = make_zip({"b.zip": make_zip({"c.zip": make_zip({"d.txt": b"\0" * MIB})})})
    big = b"\0" * (45 * MIB)
    hostile = (
        *("../../etc/passwd", "/etc/passwd", "C:/win.ini", "a/../../b.txt", "..\\up.txt", "a\nb.txt"),
        *("con", "NUL.txt", "LPT1.pdf"),
    )
    return [
        Bomb("flat bomb", "a.zip", lambda: make_zip({"a.txt": b"\0" * (49 * MIB)})),
        Bomb("one huge member", "a.zip", lambda: make_zip({"a.txt": b"\0" * (51 * MIB)})),
        Bomb("huge in sum", "a.zip", lambda: make_zip({f"{n}.txt": big for n in range(5)})),
        Bomb("nested archives", "a.zip", lambda: make_zip({"a.zip": inner})),
        Bomb("overlapping members", "a.zip", _overlapping),
        Bomb("states too little", "a.zip", lambda: _quoted_lie(10)),
        Bomb("states too much", "a.zip", lambda: _quoted_lie(0xFFFFFFF0)),
        Bomb("too many members", "a.zip", lambda: make_zip({f"{n}.txt": b"x" for n in range(2_001)})),
        Bomb("encrypted member", "a.zip", lambda: _patched(small, local={6: b"\1\0"}, central={8: b"\1\0"})),
        Bomb("unknown method", "a.zip", lambda: _patched(small, local={8: b"\x63\0"}, central={10: b"\x63\0"})),
        Bomb("wrong checksum", "a.zip", lambda: _patched(small, local={14: b"\0" * 4}, central={16: b"\0" * 4})),
        Bomb("directory elsewhere", "a.zip", lambda: small[:-6] + struct.pack("<IH", 0x7FFFFFFF, 0)),
        Bomb("directory in itself", "a.zip", lambda: small[:-6] + struct.pack("<IH", len(small) - 22, 0)),
        Bomb("torn archive", "a.zip", lambda: small[:-30]),
        Bomb("lies in 64 bits", "a.zip", lambda: _patched(small, central={24: b"\xff" * 4, 20: b"\xff" * 4})),
        Bomb("bzip2 bomb", "a.zip", lambda: _zip([("a.txt", b"\0" * (49 * MIB))], zipfile.ZIP_BZIP2)),
        Bomb("lzma bomb", "a.zip", lambda: _zip([("a.txt", b"\0" * (49 * MIB))], zipfile.ZIP_LZMA)),
        Bomb("link", "a.zip", lambda: _named("a.txt", unix_mode=0o120777)),
        Bomb("device", "a.zip", lambda: _named("a.txt", unix_mode=0o020666)),
        Bomb("right to left name", "a.zip", lambda: _named("a\u202etxt.exe.txt")),
        Bomb("name with NUL", "a.zip", lambda: _named("", raw=b"a.txt\0.exe")),
        *(Bomb(f"name {name!r}", "a.zip", lambda name=name: _named(name)) for name in hostile),  # type: ignore[misc]
    ]


def _deep_xml(tag: str, depth: int) -> str:
    return f"<{tag}>" * depth + "deep" + f"</{tag}>" * depth


def _office(url: str) -> list[Bomb]:
    docx, xlsx = files.docx_with_xml, office_files.make_xlsx({"A": [["x"]]})
    odt, epub = office_files.make_odt("<text:p>x</text:p>"), office_files.make_epub(["<p>x</p>"])
    pptx, put = office_files.make_pptx([("x", ["y"], "")]), office_files.with_member
    wide = "".join(f'<c r="XFD{n}"><v>1</v></c>' for n in range(100_000))
    sheet = f'<worksheet xmlns="{_SHEET}"><sheetData><row>{{}}</row></sheetData></worksheet>'
    return [
        Bomb("docx bomb", "a.docx", files.docx_zip_bomb),
        Bomb(
            "docx styles bomb",
            "a.docx",
            lambda: put(files.make_docx(["x"]), "word/styles.xml", office_files.xml_bomb()),
        ),
        Bomb("docx laughs", "a.docx", files.docx_with_entities),
        Bomb("docx quadratic", "a.docx", lambda: docx(QUADRATIC.encode())),
        Bomb("docx external entity", "a.docx", lambda: docx(EXTERNAL.format(url=url).encode())),
        Bomb("docx local entity", "a.docx", lambda: docx(EXTERNAL.format(url="file:///etc/passwd").encode())),
        Bomb(
            "docx deep",
            "a.docx",
            lambda: docx(_WORD_PARAGRAPH.format(_deep_xml("w:tbl", 400_000)).encode()),
            harmless=True,
        ),
        Bomb(
            "docx attributes", "a.docx", lambda: docx(b"<x" + b"".join(b' a%d="1"' % n for n in range(300_000)) + b"/>")
        ),
        Bomb("docx empty paragraphs", "a.docx", lambda: docx(_WORD_PARAGRAPH.format("<w:p/>" * 1_000_000).encode())),
        Bomb("docx members", "a.docx", lambda: files.docx_with_many_entries(2_000)),
        Bomb("docx under a password", "a.docx", files.encrypted_docx),
        Bomb("xlsx strings bomb", "a.xlsx", lambda: put(xlsx, "xl/sharedStrings.xml", office_files.xml_bomb())),
        Bomb("xlsx laughs", "a.xlsx", lambda: put(xlsx, "xl/workbook.xml", LAUGHS.encode())),
        Bomb(
            "xlsx wide",
            "a.xlsx",
            lambda: put(xlsx, "xl/worksheets/sheet1.xml", sheet.format(wide).encode()),
            harmless=True,
        ),
        Bomb("pptx slide bomb", "a.pptx", lambda: put(pptx, "ppt/slides/slide1.xml", office_files.xml_bomb())),
        Bomb("pptx relations laughs", "a.pptx", lambda: put(pptx, "ppt/_rels/presentation.xml.rels", LAUGHS.encode())),
        Bomb("odt bomb", "a.odt", lambda: put(odt, "content.xml", office_files.xml_bomb())),
        Bomb("odt laughs", "a.odt", lambda: put(odt, "content.xml", LAUGHS.encode())),
        Bomb(
            "odt spaces",
            "a.odt",
            lambda: office_files.make_odt('<text:p>a<text:s text:c="999999999"/>b</text:p>'),
            harmless=True,
        ),
        Bomb(
            "odt repeated cells",
            "a.odt",
            lambda: office_files.make_odt(
                '<table:table><table:table-row table:number-rows-repeated="9999999"><table:table-cell '
                'table:number-columns-repeated="9999999"><text:p>x</text:p></table:table-cell></table:table-row>'
                "</table:table>"
            ),
            harmless=True,
        ),
        Bomb(
            "epub chapter bomb",
            "a.epub",
            lambda: put(epub, "OEBPS/tekst/poglavlje 0.xhtml", b"<p>" + b"A" * (49 * MIB)),
        ),
        Bomb("epub package laughs", "a.epub", lambda: put(epub, "OEBPS/book.opf", LAUGHS.encode())),
        Bomb(
            "epub outside itself",
            "a.epub",
            lambda: put(
                epub, "META-INF/container.xml", b'<container><rootfile full-path="../../../etc/passwd"/></container>'
            ),
        ),
    ]


def _pdf(content: bytes, *, extra: str = "", resources: str = "", more: dict[int, bytes] | None = None) -> bytes:
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << {resources} >> "
        "/Contents 4 0 R >>".encode(),
        4: _stream(content, extra),
        **(more or {}),
    }
    return assemble_pdf(objects, "/Root 1 0 R")


def _flate(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def _pdf_picture(width: int, height: int, data: bytes, filters: str) -> bytes:
    facts = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
    facts += " /BitsPerComponent 8"
    picture = {5: _stream(data, f"{facts} {filters}")}
    return _pdf(b"600 0 0 800 0 0 cm /I Do", resources="/XObject << /I 5 0 R >>", more=picture)


def _pdfs(url: str) -> list[Bomb]:
    text = files.make_pdf(["text"])
    root = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R /G 6 0 R >> >>"
    forms = {5: _stream(b"/F Do /G Do /F Do", form), 6: _stream(b"/F Do /G Do", form)}
    action = {1: f"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /URI /URI ({url}) >> >>".encode()}
    return [
        Bomb("self-referencing form", "a.pdf", lambda: _pdf(b"/F Do", resources="/XObject << /F 5 0 R >>", more=forms)),
        Bomb(
            "huge /Length", "a.pdf", lambda: _pdf(b"x").replace(b"/Length 1 ", b"/Length 99999999999 "), harmless=True
        ),
        Bomb(
            "a million pages",
            "a.pdf",
            lambda: assemble_pdf(
                {
                    **root,
                    2: b"<< /Type /Pages /Count 1000000 /Kids [" + b"3 0 R " * 1_000_000 + b"] >>",
                    3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
                },
                "/Root 1 0 R",
            ),
        ),
        Bomb(
            "a million stated pages",
            "a.pdf",
            lambda: assemble_pdf(
                {**root, 2: b"<< /Type /Pages /Count 1000000 /Kids [3 0 R] >>", 3: b"<< /Type /Page /Parent 2 0 R >>"},
                "/Root 1 0 R",
            ),
        ),
        Bomb(
            "page tree in a circle",
            "a.pdf",
            lambda: assemble_pdf(
                {**root, 2: b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>"}, "/Root 1 0 R"
            ),
        ),
        Bomb("flate bomb", "a.pdf", lambda: _pdf(_flate(b" " * (400 * MIB), 1), extra="/Filter /FlateDecode")),
        Bomb(
            "flate in flate in flate",
            "a.pdf",
            lambda: _pdf(_flate(b" " * (400 * MIB), 3), extra="/Filter [/FlateDecode /FlateDecode /FlateDecode]"),
        ),
        Bomb(
            "run length bomb",
            "a.pdf",
            lambda: _pdf(_flate(b"\x81 " * (2 * MIB), 1), extra="/Filter [/FlateDecode /RunLengthDecode]"),
        ),
        Bomb(
            "lzw bomb", "a.pdf", lambda: _pdf(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01" * MIB, extra="/Filter /LZWDecode")
        ),
        Bomb("a hundred filters", "a.pdf", lambda: _pdf(b"20" * 1000, extra=f"/Filter [{'/ASCIIHexDecode ' * 100}]")),
        Bomb(
            "operators without end", "a.pdf", lambda: _pdf(_flate(b"q " * 20_000_000, 1), extra="/Filter /FlateDecode")
        ),
        Bomb(
            "letters without end",
            "a.pdf",
            lambda: _pdf(
                _flate(b"BT /F1 9 Tf 9 9 Td (" + b"A" * (30 * MIB) + b") Tj ET", 1),
                extra="/Filter /FlateDecode",
                resources="/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>",
            ),
            harmless=True,
        ),
        Bomb(
            "pixel flood", "a.pdf", lambda: _pdf_picture(60_000, 60_000, _flate(b"\0" * MIB, 1), "/Filter /FlateDecode")
        ),
        Bomb("pixels of negative size", "a.pdf", lambda: _pdf_picture(-5, 2**31 - 1, b"x", "")),
        Bomb("endless media box", "a.pdf", lambda: _pdf(b"0 0 9 9 re f").replace(b"[0 0 600 800]", b"[0 0 1e9 1e9]")),
        Bomb("deep arrays", "a.pdf", lambda: _pdf(b"x", resources="/X " + "[" * 500_000 + "]" * 500_000)),
        Bomb(
            "table points at itself",
            "a.pdf",
            lambda: text.replace(b"/Root", b"/Prev %d /Root" % text.index(b"xref\n")),
            harmless=True,
        ),
        Bomb("garbage table", "a.pdf", lambda: text.replace(b"0000000", b"9999999"), harmless=True),
        Bomb("script and address on opening", "a.pdf", lambda: _pdf(b"0 0 9 9 re f", more=action)),
        Bomb("torn pdf", "a.pdf", lambda: text[: len(text) // 2], harmless=True),
        Bomb("pdf under a password", "a.pdf", files.encrypted_pdf),
        Bomb("pdf without pages", "a.pdf", files.zero_page_pdf),
    ]


def _fetching_page(url: str) -> bytes:
    return f'<html><img src="{url}"><link rel=stylesheet href="{url}"><iframe src="{url}">x'.encode()


def _texts(url: str) -> list[Bomb]:
    mail = b"From: a@b.hr\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    parts = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(5_000))
    return [
        Bomb("html depth", "a.html", lambda: b"<div>" * 2_000_000 + b"deep", harmless=True),
        Bomb("html open tags", "a.html", lambda: b"<p " + b"a='" * 2_000_000, harmless=True),
        Bomb("html angle brackets", "a.html", lambda: b"<html>" + b"<" * 4_000_000, harmless=True),
        Bomb("html comments", "a.html", lambda: b"<html>" + b"<!--" * 2_000_000, harmless=True),
        Bomb("html entities", "a.html", lambda: b"<html>" + b"&" * 4_000_000, harmless=True),
        Bomb("html that fetches", "a.html", lambda: _fetching_page(url), harmless=True),
        Bomb("slow html", "a.html", lambda: files.slow_html(60)),
        Bomb("markdown brackets", "a.md", lambda: b"[" * 1_000_000 + b"](" * 500_000, harmless=True),
        Bomb("markdown emphasis", "a.md", lambda: b"*_" * 1_000_000, harmless=True),
        Bomb("markdown spaces", "a.md", lambda: b"#" + b" " * 5_000_000 + b"x", harmless=True),
        Bomb("one huge line", "a.txt", lambda: b"a" * (60 * MIB)),
        Bomb("one huge word list", "a.txt", lambda: b"a " * (30 * MIB)),
        Bomb("broken utf-8", "a.txt", lambda: b"text \xff\xfe\xc3\x28 " * 10_000, harmless=True),
        Bomb("lone surrogates", "a.txt", lambda: b"\xff\xfe" + b"\x00\xd8a\x00" * 100_000, harmless=True),
        Bomb("combining marks", "a.txt", lambda: b"a" + "\u0301\u0323".encode() * 2_000_000, harmless=True),
        Bomb("csv quotes", "a.csv", lambda: b'"' * 5_000_001, harmless=True),
        Bomb("csv columns", "a.csv", lambda: b";" * 10_000_000 + b"x", harmless=True),
        Bomb("json depth", "a.json", lambda: b"[" * 5_000_000),
        Bomb("json number", "a.json", lambda: b'{"a": ' + b"9" * 5_000_000 + b"}", harmless=True),
        Bomb("json closed depth", "a.json", lambda: b'{"a":' * 500_000 + b"1" + b"}" * 500_000),
        Bomb("rtf depth", "a.rtf", lambda: rb"{\rtf1" + b"{" * 2_000_000),
        Bomb("rtf binary lie", "a.rtf", lambda: rb"{\rtf1 a\bin2147483647 b}", harmless=True),
        Bomb("rtf skipped letters", "a.rtf", lambda: rb"{\rtf1 \uc999999999 \u1234 a}", harmless=True),
        Bomb("mail in mail", "a.eml", lambda: mail + parts + b"\r\nx"),
        Bomb("mail header", "a.eml", lambda: mail + b"To: " + b"<a@b," * 500_000 + b"\r\n\r\nx", harmless=True),
        Bomb(
            "mail words", "a.eml", lambda: mail + b"Cc: " + b"=?utf-8?q?=41?= " * 200_000 + b"\r\n\r\nx", harmless=True
        ),
        Bomb(
            "mail base64", "a.eml", lambda: mail + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUFB" * 15_000_000
        ),
    ]


def _png(width: int, height: int, data: bytes, *, depth: int = 8) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))

    header = struct.pack("!2I5B", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _tiff(entries: list[tuple[int, int, int, int]], *, following: int = 0) -> bytes:
    fields = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + fields + struct.pack("<I", following)


def _pictures() -> list[Bomb]:
    size = [(256, 3, 1, 100), (257, 3, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    strips = [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 100), (279, 4, 1, 10_000)]
    jpeg = b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xdc\xff\xdc\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\0" * 4 + b"\xfe\x3f\0\xfe\x3f\0"
    return [
        Bomb("png pixel flood", "a.png", lambda: _png(100_000, 100_000, zlib.compress(b"\0" * MIB))),
        Bomb("png inflated flood", "a.png", lambda: _png(7_000, 7_000, zlib.compress(b"\0" * (7_001 * 7_000), 9))),
        Bomb("png line", "a.png", lambda: _png(50_000_000, 1, zlib.compress(b"\0" * 50_000_001))),
        Bomb("png without pixels", "a.png", lambda: _png(0, 0, b"")),
        Bomb("torn png", "a.png", lambda: _png(500, 500, zlib.compress(b"\0" * 1000))[:60]),
        Bomb("jpeg pixel flood", "a.jpg", lambda: jpeg + b"\0" * 1000),
        Bomb("jpeg of nothing", "a.jpg", lambda: b"\xff\xd8\xff\xd9"),
        Bomb("tiff in a circle", "a.tif", lambda: _tiff(size + strips, following=8)),
        Bomb("tiff strips", "a.tif", lambda: _tiff([*size, (273, 4, 2**31 - 1, 8), (279, 4, 2**31 - 1, 8)])),
        Bomb("tiff pixel flood", "a.tif", lambda: _tiff([(256, 4, 1, 2**31), (257, 4, 1, 2**31), *size[2:], *strips])),
        Bomb("webp canvas", "a.webp", lambda: b"RIFF" + struct.pack("<I", 22) + b"WEBP" + canvas),
    ]


def _disguises() -> list[Bomb]:
    pdf, html = files.make_pdf(["text"]), b"<html><script>alert(1)</script>text</html>"
    gif = b"GIF89a=1;alert(1);//" + b"\0" * 40
    return [
        Bomb("page before pdf", "a.pdf", lambda: html + pdf),
        Bomb("pdf and archive", "a.pdf", files.pdf_and_zip),
        Bomb("archive before pdf", "a.zip", lambda: make_zip({"a.txt": "x"}) + pdf),
        Bomb("archive named pdf", "a.pdf", files.pdf_that_is_zip),
        Bomb("picture and archive", "a.png", lambda: _png(9, 9, b"") + make_zip({"a.txt": "x"})),
        Bomb("picture and script", "a.js", lambda: gif),
        Bomb("program as text", "a.txt", lambda: b"MZ\x90\0" + b"\0" * 400),
        Bomb("program before archive", "a.zip", lambda: b"MZ\x90\0" + make_zip({"a.txt": "x"})),
        Bomb("pdf as document", "a.docx", lambda: pdf),
        Bomb("document as archive", "a.zip", lambda: files.make_docx(["x"])),
        Bomb("drawing as picture", "a.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        Bomb("page as text", "a.txt", lambda: html),
        Bomb("text declared as pdf", "a.txt", lambda: b"text", "application/pdf", harmless=True),
        Bomb("pdf declared as page", "a.pdf", lambda: pdf, "text/html", harmless=True),
        Bomb("old document", "a.doc", files.old_word_document),
        Bomb("rich text and archive", "a.rtf", lambda: rb"{\rtf1 x}" + make_zip({"a.txt": "x"})),
        Bomb("nothing", "a.txt", lambda: b""),
    ]
