"""Hostile forms, notes, embedded files and turned pages in PDFs, and pictures that say odd things of how they lie."""

import struct
import zlib
from collections.abc import Callable

from tests.fakes.files import _stream, assemble_pdf
from tests.fakes.pdf_pages import PdfFile, PdfPage, choice, note, show, text_field
from tests.safety.bomb import MIB, Bomb

_RECT = "9 9 90 20"
_LINE = [show("An ordinary line.", 60, 700)]


def pdf_bombs() -> list[Bomb]:
    """Return the bombs, each aimed at one of the parts that are read beside the text layer."""
    return [
        Bomb("fields without end", "a.pdf", lambda: _page(_fields(20_000))),
        Bomb("a value without end", "a.pdf", lambda: _page([text_field("f", "x" * (30 * MIB), _RECT)])),
        _read("options without end", lambda: _page([choice("c", ["option"] * 300_000, "x", _RECT)])),
        _read("a field that is its own parent", lambda: _page([text_field("f", "x", _RECT, "/Parent 6 0 R")])),
        _read("notes without end", lambda: _page([note("Text", "x" * 500, _RECT)] * 60_000)),
        _read("a note without end", lambda: _page([note("FreeText", "x " * (20 * MIB), _RECT)])),
        _read("notes without a place", lambda: _page([note("Text", "x", "nan 1e38 -1e38 inf")] * 100)),
        Bomb("embedded flate bomb", "a.pdf", _embedded_bomb),
        Bomb("embedded files without end", "a.pdf", lambda: PdfFile([PdfPage(_LINE)], _many(3000)).build()),
        Bomb("one embedded file a thousand times", "a.pdf", _shared_file),
        Bomb("names in a circle", "a.pdf", _names_in_a_circle),
        _read("lines without end", _many_lines),
        _read("spaces without end", lambda: PdfFile([PdfPage([show("a " * 400_000, 9, 700, 1)])]).build()),
        _read("pictures without end", _many_pictures),
        _read("a page of no size", lambda: _sized(b"[0 0 0 0]    ")),
        _read("a page without end", lambda: _sized(b"[0 0 9e9 9e9]")),
        _read("a page turned by a bit", lambda: PdfFile([PdfPage(_LINE, rotate=45)]).build()),
        Bomb("an orientation without end", "a.jpg", lambda: _jpeg(struct.pack(">IH", 8, 65535) + b"\x01\x12" * 20_000)),
        Bomb("an orientation far away", "a.jpg", lambda: _jpeg(struct.pack(">I", 2**32 - 1))),
    ]


def _read(name: str, build: Callable[[], bytes]) -> Bomb:
    """Return a PDF that may be read within the limits."""
    return Bomb(name, "a.pdf", build, harmless=True)


def _sized(media_box: bytes) -> bytes:
    return PdfFile([PdfPage(_LINE)]).build().replace(b"[0 0 595 842]", media_box)


def _fields(count: int) -> list[str]:
    return [text_field(f"f{number}", "x", _RECT) for number in range(count)]


def _many_lines() -> bytes:
    return PdfFile([PdfPage([show("ab cd", number % 500, number % 800, 1) for number in range(90_000)])]).build()


def _page(annotations: list[str]) -> bytes:
    return PdfFile([PdfPage(_LINE, annotations)]).build()


def _many(count: int) -> dict[str, bytes]:
    return {f"{number}.txt": b"x" for number in range(count)}


def _embedded_bomb() -> bytes:
    data = PdfFile([PdfPage(_LINE)], {"a.txt": b"PLACEHOLDER"}).build()
    small = zlib.compress(b"PLACEHOLDER")
    large = zlib.compress(b" " * (900 * MIB), 9)
    stated = f"/Length {len(small)} /Type".encode(), f"/Length {len(large)} /Type".encode()
    return data.replace(*stated).replace(small, large)


def _shared_file() -> bytes:
    names = " ".join(f"(f{number}.txt) 5 0 R" for number in range(1000))
    content = zlib.compress(b"x" * (40 * MIB), 9)
    return assemble_pdf(
        {
            1: f"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [{names}] >> >> >>".encode(),
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            4: _stream(b"", ""),
            5: b"<< /Type /Filespec /F (a.txt) /EF << /F 6 0 R >> >>",
            6: _stream(content, "/Filter /FlateDecode"),
        },
        "/Root 1 0 R",
    )


def _names_in_a_circle() -> bytes:
    return assemble_pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 5 0 R >> >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            4: _stream(b"", ""),
            5: b"<< /Kids [5 0 R 5 0 R 6 0 R] /Limits [(a) (z)] >>",
            6: b"<< /Kids [5 0 R 6 0 R] /Limits [(a) (z)] >>",
        },
        "/Root 1 0 R",
    )


def _many_pictures() -> bytes:
    drawn = b"q 500 0 0 700 9 9 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q\n" * 100_000
    return PdfFile([PdfPage([*_LINE, drawn])]).build()


def _jpeg(directory: bytes) -> bytes:
    content = b"Exif\0\0MM\0*" + directory
    content = content[:65_000]
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(content) + 2) + content + b"\xff\xd9"
