"""PDFs for tests, piece by piece: text at places, fields, notes, embedded files, pictures, turned pages."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.fakes.files import CROATIAN_FONT, _stream, assemble_pdf
from tests.fakes.scans import Scan

A4 = 595, 842


def escaped(text: str) -> bytes:
    """Return a PDF string of a text."""
    encoded = text.encode("cp1250", "replace")
    for special in (b"\\", b"(", b")"):
        encoded = encoded.replace(special, b"\\" + special)
    return b"(" + encoded + b")"


def show(text: str, x: float, y: float, size: float = 11, *, turn: str = "1 0 0 1", spacing: float = 0) -> bytes:
    """Return the drawing of a text whose baseline starts at a place; `turn` is the left part of its matrix."""
    return f"BT /F1 {size} Tf {spacing} Tc {turn} {x} {y} Tm ".encode() + escaped(text) + b" Tj ET"


def show_lines(lines: Sequence[str], x: float, y: float, size: float = 11, leading: float = 13) -> list[bytes]:
    """Return the drawing of lines under each other."""
    return [show(line, x, y - number * leading, size) for number, line in enumerate(lines)]


@dataclass
class PdfPage:
    """One page: drawings, and dictionaries of annotations without their /Type."""

    drawn: Sequence[bytes] = ()
    annotations: Sequence[str] = ()
    rotate: int = 0
    scan: Scan | None = None
    """Drawn under everything, in `scan_box` (left, bottom, width, height)."""
    scan_box: tuple[float, float, float, float] = (0, 0, *A4)
    to_unicode: Mapping[int, int] = field(default_factory=dict)
    """What the characters of the font are said to be, by code; empty for what they are."""


@dataclass
class PdfFile:
    """A whole document; `embedded` are files by name."""

    pages: Sequence[PdfPage]
    embedded: Mapping[str, bytes] = field(default_factory=dict)
    _objects: dict[int, bytes] = field(default_factory=dict)

    def build(self) -> bytes:
        """Return the bytes of the file."""
        self._objects = {1: b"", 2: b""}
        page_ids = [self._add_page(page) for page in self.pages]
        kids = " ".join(f"{number} 0 R" for number in page_ids)
        self._objects[2] = f"<< /Type /Pages /Kids [{kids}] /Count {len(page_ids)} >>".encode()
        self._objects[1] = f"<< /Type /Catalog /Pages 2 0 R {self._forms()} {self._names()} >>".encode()
        return assemble_pdf(self._objects, "/Root 1 0 R")

    def _add(self, content: bytes) -> int:
        number = max(self._objects) + 1
        self._objects[number] = content
        return number

    def _add_page(self, page: PdfPage) -> int:
        font = self._add(self._font(page.to_unicode))
        resources = f"/Font << /F1 {font} 0 R >>"
        drawn = list(page.drawn)
        if page.scan is not None:
            facts = f"/Type /XObject /Subtype /Image /Width {page.scan.width} /Height {page.scan.height}"
            facts += " /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
            picture = self._add(_stream(zlib.compress(page.scan.pixels), facts))
            resources += f" /XObject << /I {picture} 0 R >>"
            left, bottom, width, height = page.scan_box
            drawn.insert(0, f"q {width} 0 0 {height} {left} {bottom} cm /I Do Q".encode())
        contents = self._add(_stream(b"\n".join(drawn), ""))
        annotations = " ".join(f"{self._add(f'<< /Type /Annot {each} >>'.encode())} 0 R" for each in page.annotations)
        return self._add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] /Rotate {page.rotate} "
            f"/Resources << {resources} >> /Contents {contents} 0 R /Annots [{annotations}] >>".encode()
        )

    def _font(self, to_unicode: Mapping[int, int]) -> bytes:
        if not to_unicode:
            return CROATIAN_FONT
        mapped = "\n".join(f"<{code:02x}> <{char:04x}>" for code, char in to_unicode.items())
        ranges = f"1 begincodespacerange <00> <ff> endcodespacerange {len(to_unicode)} beginbfchar\n{mapped}\nendbfchar"
        head = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def"
        cmap = self._add(_stream(f"{head} {ranges} endcmap end end".encode(), ""))
        return CROATIAN_FONT.removesuffix(b">>") + f"/ToUnicode {cmap} 0 R >>".encode()

    def _forms(self) -> str:
        fields = [number for number, content in self._objects.items() if b"/Subtype /Widget" in content]
        if not fields:
            return ""
        return f"/AcroForm << /Fields [{' '.join(f'{number} 0 R' for number in fields)}] >>"

    def _names(self) -> str:
        names = []
        for name, content in self.embedded.items():
            stored = self._add(_stream(zlib.compress(content), "/Type /EmbeddedFile /Filter /FlateDecode"))
            shown = escaped(name).decode("cp1250")
            spec = self._add(f"<< /Type /Filespec /F {shown} /UF {shown} /EF << /F {stored} 0 R >> >>".encode("cp1250"))
            names.append(f"{shown} {spec} 0 R")
        return f"/Names << /EmbeddedFiles << /Names [{' '.join(names)}] >> >>" if names else ""


def text_field(name: str, value: str, rect: str, extra: str = "") -> str:
    """Return the widget of a text field."""
    return f"/Subtype /Widget /FT /Tx /T ({name}) /V ({value}) /Rect [{rect}] {extra}"


def check_box(name: str, rect: str, *, ticked: bool, extra: str = "") -> str:
    """Return the widget of a box to tick."""
    state = "/Yes" if ticked else "/Off"
    appearances = "/AP << /N << /Yes << >> /Off << >> >> >>"
    return f"/Subtype /Widget /FT /Btn /T ({name}) /V {state} /AS {state} {appearances} /Rect [{rect}] {extra}"


def choice(name: str, options: Sequence[str], chosen: str, rect: str, *, is_list: bool = False) -> str:
    """Return the widget of a list to choose from."""
    flags = 0 if is_list else 1 << 17
    listed = " ".join(f"({option})" for option in options)
    return f"/Subtype /Widget /FT /Ch /Ff {flags} /T ({name}) /Opt [{listed}] /V ({chosen}) /Rect [{rect}]"


def note(subtype: str, contents: str, rect: str, extra: str = "") -> str:
    """Return an annotation with a text."""
    return f"/Subtype /{subtype} /Contents ({contents}) /Rect [{rect}] {extra}"
