"""Scans as they come: askew, under a stamp, under letters that mean nothing, or no text at all."""

import math
import random
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragapp.adapters.parsers import parser as parser_module
from ragapp.adapters.parsers.exif import read_orientation
from ragapp.adapters.parsers.formats import JPEG, PDF, PNG
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.png import encode_png
from ragapp.adapters.parsers.renderer import SandboxedPageRenderer
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import NoTextFound
from ragapp.rag.types import ParsedDocument
from tests.fakes.pdf_pages import PdfFile, PdfPage, show, show_lines
from tests.fakes.scans import Scan, with_orientation
from tests.unit.parsers.test_pdf import marked_rows

pytestmark = pytest.mark.sweep

SCANNED = (
    "Zapisnik o pregledu kotla\n\nKotao u zgradi broj 14 pregledan je 9. travnja.\n"
    "Sigurnosni ventil otvara se pri 3,2 bara.\nSljedeći pregled je na proljeće.\n"
    "Pregled je obavio ovlašteni majstor iz Siska."
)
SENTENCE = "Sigurnosni ventil otvara se pri 3,2 bara."
RECOGNISED = (DocumentNote(NoteCode.PAGES_RECOGNISED, 1),)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(concurrent_count=2, idle_s=30)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def scan() -> Scan:
    return Scan(SCANNED)


async def read(sandbox: Sandbox, folder: Path, data: bytes, content_type: str = PDF) -> ParsedDocument:
    path = folder / "blob"
    path.write_bytes(data)
    return await SandboxedParser(sandbox, ParseLimits()).parse(path, content_type=content_type)


@pytest.mark.parametrize("clockwise", [90, 180, 270])
async def test_a_scan_that_lies_askew_is_read(sandbox: Sandbox, tmp_path: Path, scan: Scan, clockwise: int) -> None:
    document = await read(sandbox, tmp_path, scan.turned(clockwise).encoded("jpeg"), JPEG)
    assert SENTENCE in " ".join(document.text.split())
    assert document.notes == RECOGNISED


@pytest.mark.parametrize("rotate", [90, 180, 270])
async def test_a_scan_on_a_turned_page_is_read_and_marked(
    sandbox: Sandbox, tmp_path: Path, scan: Scan, rotate: int
) -> None:
    """As scanners of sheets fed sideways write them: the page turns the picture upright, or the wrong way."""
    data = PdfFile([PdfPage(scan=scan, rotate=rotate)]).build()
    document = await read(sandbox, tmp_path, data)
    assert SENTENCE in " ".join(document.text.split())
    start = document.text.index("3,2")
    renderer = SandboxedPageRenderer(sandbox, ParseLimits())
    picture = await renderer.render(
        tmp_path / "blob", content_type=PDF, page=1, start=start, end=start + 3, page_start=0
    )
    upright = PdfFile([PdfPage(scan=scan)]).build()
    (tmp_path / "upright").write_bytes(upright)
    wanted = await renderer.render(
        tmp_path / "upright", content_type=PDF, page=1, start=start, end=start + 3, page_start=0
    )
    if rotate == 180:
        height = max(marked_rows(wanted)), min(marked_rows(wanted))
        found = marked_rows(picture)
        total = round(842 * 1.6)
        assert abs(min(found) - (total - height[0])) <= 6
        assert abs(max(found) - (total - height[1])) <= 6
    else:
        assert marked_rows(picture)


HELD = {
    1: lambda scan: scan,
    2: lambda scan: scan.mirrored(),
    3: lambda scan: scan.turned(180),
    4: lambda scan: scan.turned(180).mirrored(),
    5: lambda scan: scan.turned(90).mirrored(),
    6: lambda scan: scan.turned(270),
    7: lambda scan: scan.turned(270).mirrored(),
    8: lambda scan: scan.turned(90),
}


@pytest.mark.parametrize("orientation", sorted(HELD))
async def test_a_photograph_is_read_as_the_camera_was_held(
    sandbox: Sandbox, tmp_path: Path, scan: Scan, orientation: int
) -> None:
    photograph = with_orientation(HELD[orientation](scan).encoded("jpeg"), orientation)
    document = await read(sandbox, tmp_path, photograph, JPEG)
    assert SENTENCE in " ".join(document.text.split())


def test_orientation_is_read_from_every_format_and_never_trusted() -> None:
    scan = Scan("x", width_pt=20, height_pt=20)
    jpeg = scan.encoded("jpeg")
    exif = with_orientation(jpeg, 6, order="<")
    content = exif[4 + 2 + 6 : 4 + struct.unpack(">H", exif[4:6])[0]]
    png = scan.png()
    png = png[:33] + struct.pack(">I", len(content)) + b"eXIf" + content + bytes(4) + png[33:]
    webp = b"RIFF\0\0\0\0WEBPVP8X" + struct.pack("<I", 10) + bytes(10) + b"EXIF" + struct.pack("<I", len(content))
    assert [read_orientation(data) for data in (jpeg, exif, png, webp + content)] == [1, 6, 6, 6]
    chooser = random.Random(1)
    for data in (exif, png, webp + content):
        for _ in range(300):
            damaged = bytearray(data[: chooser.randrange(len(data))])
            for _ in range(4):
                if damaged:
                    damaged[chooser.randrange(len(damaged))] = chooser.randrange(256)
            assert 1 <= read_orientation(bytes(damaged)) <= 8


@pytest.mark.parametrize(
    "stamp",
    [
        [show("Scanned with OfficeScan 4200 - 2026-02-11 08:14", 60, 815, 8)],
        [show("Received 12 March 2026, no. 4711", 300, 60, 10)],
        [show("COPY", 150, 300, 60, turn="0.7 0.7 -0.7 0.7")],
        show_lines(["Digitally signed by Ana Kos", "Date: 2026-02-11", "Reason: approved"], 380, 100, 8, 10),
        [show("1", 295, 20, 9)],
    ],
    ids=["line-above", "receipt", "across", "signature", "page-number"],
)
async def test_a_stamp_and_the_scan_under_it_are_both_read(
    sandbox: Sandbox, tmp_path: Path, scan: Scan, stamp: list[bytes]
) -> None:
    stamped = await read(sandbox, tmp_path, PdfFile([PdfPage(stamp, scan=scan)]).build())
    said = (await read(sandbox, tmp_path, PdfFile([PdfPage(stamp)]).build())).text
    assert stamped.text.startswith(said + "\n\n")
    assert SENTENCE in " ".join(stamped.text.split())
    assert stamped.notes == RECOGNISED
    assert [(page.start, page.end) for page in stamped.pages] == [(0, len(stamped.text))]


async def test_a_passage_is_marked_on_the_stamp_and_on_the_scan(sandbox: Sandbox, tmp_path: Path, scan: Scan) -> None:
    stamp = [show("Received 12 March 2026, no. 4711", 300, 60, 10)]
    document = await read(sandbox, tmp_path, PdfFile([PdfPage(stamp, scan=scan)]).build())
    renderer = SandboxedPageRenderer(sandbox, ParseLimits())
    found = {}
    for words in ("4711", "ovlašteni"):
        start = document.text.index(words)
        picture = await renderer.render(
            tmp_path / "blob", content_type=PDF, page=1, start=start, end=start + len(words), page_start=0
        )
        found[words] = marked_rows(picture)
    assert found["4711"]
    assert min(found["4711"]) > (842 - 75) * 1.6
    assert found["ovlašteni"]
    assert max(found["ovlašteni"]) < (842 - 600) * 1.6


@pytest.mark.parametrize(
    "layer",
    [
        [show(line, 30, 762 - 18 * n, 12) for n, line in enumerate(SCANNED.split("\n")) if line],
        [b"3 Tr", *(show(line, 30, 762 - 18 * n, 12) for n, line in enumerate(SCANNED.split("\n")) if line)],
    ],
    ids=["seen", "invisible"],
)
async def test_a_scan_whose_text_layer_says_it_all_is_not_recognised_again(
    sandbox: Sandbox, tmp_path: Path, scan: Scan, layer: list[bytes]
) -> None:
    document = await read(sandbox, tmp_path, PdfFile([PdfPage(layer, scan=scan)]).build())
    assert document.notes == ()
    assert document.text.count("Sigurnosni") == 1


async def test_text_beside_a_small_picture_or_on_a_photograph_is_all_there_is(sandbox: Sandbox, tmp_path: Path) -> None:
    small = Scan("Logo", width_pt=100, height_pt=60)
    photograph = Scan("", width_pt=100, height_pt=100)
    photograph.pixels = bytes(
        int(120 + 60 * math.sin(x / 9) + 60 * math.sin(y / 7 + x / 30))
        for y in range(photograph.height)
        for x in range(photograph.width)
    )
    lines = show_lines(["A catalogue of tools", "for the garden in spring"], 60, 700)
    for page in (PdfPage(lines, scan=small, scan_box=(60, 780, 100, 60)), PdfPage(lines, scan=photograph)):
        document = await read(sandbox, tmp_path, PdfFile([page]).build())
        assert document.notes == ()
        assert document.text.split() == "A catalogue of tools for the garden in spring".split()  # noqa: SIM905


@pytest.mark.parametrize(("first", "last"), [(0xE020, 0xE07E), (0xF020, 0xF07E), (0x10, 0x10), (0xFFFD, 0xFFFD)])
async def test_letters_that_mean_nothing_are_recognised_from_what_they_look_like(
    sandbox: Sandbox, tmp_path: Path, first: int, last: int
) -> None:
    """Maps to private-use characters, to one control character for all, to the sign for what is not known."""
    codes = {code: first if first == last else first + code - 0x20 for code in range(0x20, 0x7F)}
    lines = show_lines(["The allowance is 30 euro a day.", "Travel by car is paid by the kilometre."], 60, 700, 14, 20)
    document = await read(sandbox, tmp_path, PdfFile([PdfPage(lines, to_unicode=codes)]).build())
    assert document.text.split() == lines_of_words()
    assert document.notes == RECOGNISED


def lines_of_words() -> list[str]:
    return [*"The allowance is 30 euro a day.".split(), *"Travel by car is paid by the kilometre.".split()]  # noqa: SIM905


async def test_what_is_no_text_is_not_indexed_as_text(sandbox: Sandbox, tmp_path: Path, scan: Scan) -> None:
    chooser = random.Random(1)
    blobs = bytearray(b"\xff" * (800 * 600))
    for _ in range(400):
        x, y, width = chooser.randrange(770), chooser.randrange(570), chooser.randrange(2, 25)
        for row in range(y, y + chooser.randrange(2, 25)):
            blobs[row * 800 + x : row * 800 + x + width] = bytes([chooser.randrange(100)]) * width
    noise = encode_png(bytes(grey for grey in blobs for _ in range(3)), 800, 600, stride_bytes=2400)
    with pytest.raises(NoTextFound):
        await read(sandbox, tmp_path, noise, PNG)
    page = Scan("", width_pt=384, height_pt=288)
    page.width, page.height, page.pixels = 800, 600, bytes(blobs)
    pages = [PdfPage(scan=scan), PdfPage(scan=page, scan_box=(50, 300, 384, 288))]
    document = await read(sandbox, tmp_path, PdfFile(pages).build())
    assert document.notes == (
        DocumentNote(NoteCode.PAGES_RECOGNISED, 1),
        DocumentNote(NoteCode.PAGES_NOT_WORDS, 1),
    )
    assert document.pages[1].start == document.pages[1].end


async def test_without_tesseract_a_stamped_scan_says_that_a_page_is_unread(
    sandbox: Sandbox, tmp_path: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_module, "find_ocr", lambda: None)
    document = await read(sandbox, tmp_path, PdfFile([PdfPage([show("Stamp 1", 60, 815, 8)], scan=scan)]).build())
    assert (document.text, document.notes) == ("Stamp 1", (DocumentNote(NoteCode.PAGES_UNREAD, 1),))


async def test_of_too_many_pages_those_with_text_stay_unread(sandbox: Sandbox, tmp_path: Path, scan: Scan) -> None:
    pages = [PdfPage([show(stamp, 60, 815, 8)], scan=scan) for stamp in ("Received", "Archived")]
    (tmp_path / "blob").write_bytes(PdfFile(pages).build())
    parser = SandboxedParser(sandbox, ParseLimits(recognised_page_count=1))
    document = await parser.parse(tmp_path / "blob", content_type=PDF)
    assert document.text.count("Sigurnosni") == 1
    assert document.notes == (
        DocumentNote(NoteCode.PAGES_RECOGNISED, 1),
        DocumentNote(NoteCode.PAGES_UNREAD, 1),
    )
