"""Scans: text set in a real typeface, drawn, and kept as pixels only."""

import ctypes
import struct
import zlib
from collections.abc import Sequence
from copy import copy
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from ragapp.adapters.parsers.ocr_install import find_ocr
from ragapp.adapters.parsers.png import encode_png
from tests.fakes.files import _stream, assemble_pdf

_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
)
_RESOLUTION = 150
_A4_PT = 595, 842
_FORMATS = {"jpeg": 2, "png": 3, "tiff": 9, "webp": 15}


class Scan:
    """One page of text as grey pixels."""

    def __init__(self, text: str, *, width_pt: int = _A4_PT[0], height_pt: int = _A4_PT[1]) -> None:
        document = pypdfium2.PdfDocument.new()
        page = document.new_page(width_pt, height_pt)
        font_bytes = next(Path(path) for path in _FONTS if Path(path).is_file()).read_bytes()
        buffer = (ctypes.c_uint8 * len(font_bytes)).from_buffer_copy(font_bytes)
        font = pdfium.FPDFText_LoadFont(document, buffer, len(font_bytes), pdfium.FPDF_FONT_TRUETYPE, True)
        for number, line in enumerate(text.split("\n")):
            if line:
                self._set(document, page, font, line, height_pt - min(80, height_pt // 2) - 18 * number)
        pdfium.FPDFPage_GenerateContent(page)
        bitmap = page.render(scale=_RESOLUTION / 72, grayscale=True)
        self.width, self.height = bitmap.width, bitmap.height
        rows = bytes(bitmap.buffer)
        self.pixels = b"".join(rows[at : at + self.width] for at in range(0, len(rows), bitmap.stride))

    def turned(self, clockwise: int) -> "Scan":
        """Return the page as it lies turned by a multiple of 90 degrees."""
        turned = copy(self)
        for _ in range(clockwise // 90):
            width = turned.width
            turned.pixels = b"".join(turned.pixels[x::width][::-1] for x in range(width))
            turned.width, turned.height = turned.height, width
        return turned

    def mirrored(self) -> "Scan":
        """Return the page as a mirror shows it."""
        mirrored = copy(self)
        starts = range(0, len(self.pixels), self.width)
        mirrored.pixels = b"".join(self.pixels[at : at + self.width][::-1] for at in starts)
        return mirrored

    def png(self) -> bytes:
        rgb = bytes(value for grey in self.pixels for value in (grey, grey, grey))
        return encode_png(rgb, self.width, self.height, stride_bytes=3 * self.width)

    def encoded(self, kind: str) -> bytes:
        """Return the page as "png", "jpeg", "tiff" or "webp"."""
        if kind == "png":
            return self.png()
        installation = find_ocr()
        assert installation is not None, "Tesseract is not installed: see .ci/run"
        library = ctypes.CDLL(str(installation.leptonica))
        library.pixReadMem.restype = ctypes.c_void_p
        png = self.png()
        picture = ctypes.c_void_p(library.pixReadMem(png, ctypes.c_size_t(len(png))))
        data, size = ctypes.POINTER(ctypes.c_char)(), ctypes.c_size_t()
        assert library.pixWriteMem(ctypes.byref(data), ctypes.byref(size), picture, _FORMATS[kind]) == 0
        return ctypes.string_at(data, size.value)

    @staticmethod
    def _set(document: object, page: object, font: object, line: str, y: float) -> None:
        shown = pdfium.FPDFPageObj_CreateTextObj(document, font, 12.0)
        encoded = (line + "\0").encode("utf-16-le")
        pdfium.FPDFText_SetText(shown, ctypes.cast(encoded, ctypes.POINTER(ctypes.c_ushort)))
        pdfium.FPDFPageObj_Transform(shown, 1, 0, 0, 1, 30, y)
        pdfium.FPDFPage_InsertObject(page, shown)


def make_scanned_pdf(pages: Sequence[Scan | str]) -> bytes:
    """Return a PDF; a scan becomes a page that is one picture, a text one with a text layer."""
    width, height = _A4_PT
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{' '.join(f'{4 + 3 * n} 0 R' for n in range(len(pages)))}] "
        f"/Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for number, page in enumerate(pages):
        at = 4 + 3 * number
        resources = f"/XObject << /I {at + 2} 0 R >>" if isinstance(page, Scan) else "/Font << /F1 3 0 R >>"
        objects[at] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Resources << {resources} >> "
            f"/Contents {at + 1} 0 R >>"
        ).encode()
        if isinstance(page, Scan):
            objects[at + 1] = _stream(b"%d 0 0 %d 0 0 cm /I Do" % (width, height), "")
            facts = f"/Type /XObject /Subtype /Image /Width {page.width} /Height {page.height} /ColorSpace /DeviceGray"
            objects[at + 2] = _stream(zlib.compress(page.pixels), f"{facts} /BitsPerComponent 8 /Filter /FlateDecode")
        else:
            objects[at + 1] = _stream(f"BT /F1 12 Tf 60 700 Td ({page}) Tj ET".encode(), "")
            objects[at + 2] = b"null"
    return assemble_pdf(objects, "/Root 1 0 R")


def with_orientation(jpeg: bytes, orientation: int, *, order: str = ">") -> bytes:
    """Return a JPEG with what a camera notes of how it was held."""
    mark = b"MM\0*" if order == ">" else b"II*\0"
    exif = mark + struct.pack(order + "IHHHIHH", 8, 1, 0x0112, 3, 1, orientation, 0) + bytes(4)
    content = b"Exif\0\0" + exif
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + jpeg[2:]
