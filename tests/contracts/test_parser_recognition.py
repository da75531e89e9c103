"""Scans: what is recognised, where it stands, what it may cost, and what is said where nothing can recognise it."""

import asyncio
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragapp.adapters.parsers import parser as parser_module
from ragapp.adapters.parsers.formats import PDF, PNG, TIFF
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.ocr_install import find_ocr
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.renderer import SandboxedPageRenderer
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import DocumentTooComplex, NoTextFound, TextRecognitionMissing
from tests.fakes import files
from tests.fakes.scans import Scan, make_scanned_pdf

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).resolve().parents[2]
SCANNED = (
    "Čišćenje skladišta obavlja se svaki četvrtak, a ključeve čuva dežur-\nni zaštitar Đuro Žgela.\n\nDrugi odlomak."
)
READ = "Čišćenje skladišta obavlja se svaki četvrtak, a ključeve čuva dežurni zaštitar Đuro Žgela.\n\nDrugi odlomak."


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(concurrent_count=2, idle_s=30)
    yield sandbox
    sandbox.close()


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(data)
    return path


async def test_a_scan_reads_like_running_text(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, Scan(SCANNED).png())
    document = await SandboxedParser(sandbox, ParseLimits()).parse(path, content_type=PNG)
    assert document.text == READ
    assert [(page.number, page.start, page.end) for page in document.pages] == [(1, 0, len(READ))]


async def test_only_pages_without_text_are_recognised(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, make_scanned_pdf(["First has text.", Scan(SCANNED), "Third has text.", Scan("Kraj spisa.")]))
    told: list[tuple[int, int]] = []

    async def tell(done: int, total: int) -> None:
        told.append((done, total))

    document = await SandboxedParser(sandbox, ParseLimits()).parse(path, content_type=PDF, progress=tell)
    pages = [document.text[page.start : page.end].strip() for page in document.pages]
    assert pages == ["First has text.", READ, "Third has text.", "Kraj spisa."]
    assert document.notes == (DocumentNote(NoteCode.PAGES_RECOGNISED, 2),)
    assert told == [(0, 2), (1, 2)]


async def test_the_mark_stands_on_the_words_even_behind_recognised_pages(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, make_scanned_pdf([Scan(SCANNED), "Second has text."]))
    document = await SandboxedParser(sandbox, ParseLimits()).parse(path, content_type=PDF)
    renderer = SandboxedPageRenderer(sandbox, ParseLimits())

    async def drawn(page: int, start: int, end: int) -> bytes:
        page_start = document.pages[page - 1].start
        return await renderer.render(path, content_type=PDF, page=page, start=start, end=end, page_start=page_start)

    for page, words in ((1, "ključeve"), (2, "text")):
        start = document.text.index(words, document.pages[page - 1].start)
        marked, plain = await drawn(page, start, start + len(words)), await drawn(page, 0, 0)
        elsewhere = await drawn(page, start + 1, start + len(words) + 1)
        assert marked not in (plain, elsewhere)


async def test_blank_pages_are_neither_recognised_nor_counted(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, files.make_pdf(["text", "", "more text"]))
    document = await SandboxedParser(sandbox, ParseLimits(recognition_page_s=0)).parse(path, content_type=PDF)
    assert [page.end - page.start > 0 for page in document.pages] == [True, False, True]


async def test_a_picture_of_nothing_has_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, Scan("", width_pt=100, height_pt=100).png())
    with pytest.raises(NoTextFound) as failure:
        await SandboxedParser(sandbox, ParseLimits()).parse(path, content_type=PNG)
    assert failure.type is NoTextFound


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (ParseLimits(picture_pixel_count=1000), "limit_picture_pixel_count"),
        (ParseLimits(recognised_page_count=0), "limit_recognised_page_count"),
    ],
)
async def test_what_a_scan_may_cost_is_limited(
    sandbox: Sandbox, tmp_path: Path, limits: ParseLimits, limit: str
) -> None:
    path = write(tmp_path, Scan("Ključ.", width_pt=100, height_pt=100).png())
    with pytest.raises(DocumentTooComplex) as failure:
        await SandboxedParser(sandbox, limits).parse(path, content_type=PNG)
    assert limit in failure.value.details


async def test_a_page_may_not_take_longer_than_its_time(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write(tmp_path, Scan("\n".join([SCANNED] * 8)).png())
    with pytest.raises(DocumentTooComplex):
        await SandboxedParser(sandbox, ParseLimits(recognition_page_s=0.05)).parse(path, content_type=PNG)


async def test_a_picture_with_more_pages_has_them_all(sandbox: Sandbox, tmp_path: Path) -> None:
    scans = [Scan(text, width_pt=200, height_pt=80) for text in ("Prva.", "Druga.")]
    path = write(tmp_path, two_page_tiff(*scans))
    document = await SandboxedParser(sandbox, ParseLimits()).parse(path, content_type=TIFF)
    assert [document.text[page.start : page.end].strip() for page in document.pages] == ["Prva.", "Druga."]


async def test_without_tesseract_a_scan_says_how_to_get_it(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_module, "find_ocr", lambda: None)
    parser = SandboxedParser(sandbox, ParseLimits())
    with pytest.raises(TextRecognitionMissing, match="apt install tesseract-ocr"):
        await parser.parse(write(tmp_path, make_scanned_pdf([Scan("x")])), content_type=PDF)
    mixed = await parser.parse(write(tmp_path, make_scanned_pdf(["Has text.", Scan("x")])), content_type=PDF)
    assert mixed.text.strip() == "Has text."


def test_both_languages_are_installed_where_tests_run() -> None:
    found = find_ocr()
    assert found is not None
    assert found.languages == ("hrv", "eng")


READING = """
import asyncio, sys
from pathlib import Path
from ragapp.adapters.parsers.archive_reader import SandboxedArchiveReader
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.sandbox import Sandbox

async def main():
    sandbox = Sandbox(concurrent_count=1, idle_s=30)
    print((await SandboxedParser(sandbox, ParseLimits()).parse(Path(sys.argv[1]), content_type="image/png")).text)
    SandboxedArchiveReader(sandbox, ParseLimits())
    sandbox.close()
    print(Path("/proc/self/maps").read_text(), *sys.modules)

asyncio.run(main())
"""


def test_the_serving_process_loads_neither_tesseract_nor_a_picture_library(tmp_path: Path) -> None:
    path = write(tmp_path, Scan("Ključ vrata.", width_pt=200, height_pt=80).png())
    printed = subprocess.run(
        [sys.executable, "-c", READING, str(path)], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    assert printed.startswith("Ključ vrata.")
    for library in ("libtesseract", "liblept", "pdfium", "ocr_engine", "zipfile"):
        assert library not in printed


async def test_other_documents_are_read_between_the_pages_of_a_long_scan(sandbox: Sandbox, tmp_path: Path) -> None:
    parser = SandboxedParser(Sandbox(concurrent_count=1, idle_s=30), ParseLimits())
    small = tmp_path / "small.txt"
    small.write_text("An ordinary file.", encoding="utf-8")
    between: list[asyncio.Task[object]] = []

    async def tell(done: int, total: int) -> None:
        if done == 1:
            between.append(asyncio.create_task(parser.parse(small, content_type="text/plain")))
            await asyncio.sleep(0)
        if done == 3:
            assert between[0].done(), "a small file waited for the whole scan"

    path = write(tmp_path, make_scanned_pdf([Scan("Ovo je stranica spisa.")] * 4))
    await parser.parse(path, content_type=PDF, progress=tell)
    await between[0]
    await parser.close()


def two_page_tiff(*scans: Scan) -> bytes:
    """Return an uncompressed grey TIFF with one directory per scan."""
    data = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for scan in scans:
        at = len(data)
        data += scan.pixels + b"\0" * (len(scan.pixels) % 2)
        struct.pack_into("<I", data, link, len(data))
        fields = [(256, scan.width), (257, scan.height), (258, 8), (259, 1), (262, 1), (273, at), (277, 1)]
        fields += [(278, scan.height), (279, len(scan.pixels))]
        data += struct.pack("<H", len(fields))
        data += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields)
        link = len(data)
        data += b"\0\0\0\0"
    return bytes(data)


async def test_a_compressed_flood_is_refused_by_its_header(sandbox: Sandbox, tmp_path: Path) -> None:
    header = struct.pack("!2I5B", 20_000, 20_000, 8, 0, 0, 0, 0)
    chunks = b"".join(
        struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )
    with pytest.raises(DocumentTooComplex) as failure:
        await SandboxedParser(sandbox, ParseLimits()).parse(
            write(tmp_path, b"\x89PNG\r\n\x1a\n" + chunks), content_type=PNG
        )
    assert "limit_picture_pixel_count" in failure.value.details
