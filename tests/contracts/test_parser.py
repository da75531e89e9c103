"""What every parser promises, run against the sandbox as it is deployed."""

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragapp.adapters.parsers.formats import (
    CSV,
    DOCX,
    EML,
    EPUB,
    HTML,
    JSON,
    MARKDOWN,
    ODT,
    PDF,
    PLAIN,
    PPTX,
    RTF,
    TSV,
    XLSX,
    ZIP,
)
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.renderer import SandboxedPageRenderer
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.errors import (
    DocumentTooComplex,
    EncryptedFile,
    NoTextFound,
    NotFound,
    ParseFailed,
    StorageUnavailable,
    UnsupportedFileType,
)
from tests.fakes import files
from tests.fakes.office_files import make_epub, make_odt, make_pptx, make_xlsx

LIMITS = ParseLimits()
GOOD = {
    PLAIN: files.CROATIAN_TEXT.encode("cp1250"),
    MARKDOWN: f"# Naslov\n\n{files.CROATIAN_TEXT}\n".encode("utf-16"),
    HTML: f"<h1>Naslov</h1><p>{files.CROATIAN_TEXT}".encode(),
    PDF: files.make_pdf(["# Naslov\n" + files.CROATIAN_TEXT[:90], "stranica 2"]),
    DOCX: files.make_docx(["# Naslov", files.CROATIAN_TEXT, "\f", "stranica 2"]),
    XLSX: make_xlsx({"Naslov": [["Broj", "Tekst"], [1, files.CROATIAN_TEXT]]}),
    PPTX: make_pptx([("Naslov", [files.CROATIAN_TEXT], ""), ("", ["stranica 2"], "")]),
    ODT: make_odt(
        f'<text:h text:outline-level="1">Naslov</text:h><text:p>{files.CROATIAN_TEXT}</text:p><text:soft-page-break/>'
        "<text:p>stranica 2</text:p>"
    ),
    RTF: rb"{\rtf1\ansi\ansicpg1250{\pard\outlinelevel0 Naslov\par}\pard "
    + files.CROATIAN_TEXT.encode("cp1250")
    + rb"\page stranica 2\par}",
    EPUB: make_epub([f"<h1>Naslov</h1><p>{files.CROATIAN_TEXT}</p>"]),
    EML: f"From: Ana <ana@example.com>\r\nSubject: Naslov\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    f"{files.CROATIAN_TEXT}\r\n".encode(),
    CSV: f"Šifra;Tekst\n1;{files.CROATIAN_TEXT}\n".encode("cp1250"),
    TSV: f"Šifra\tTekst\n1\t{files.CROATIAN_TEXT}\n".encode(),
    JSON: json.dumps({"Naslov": [{"tekst": files.CROATIAN_TEXT}]}).encode(),
}
UNTITLED = {PLAIN, CSV, TSV}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(concurrent_count=2, idle_s=30)
    yield sandbox
    sandbox.close()


@pytest.fixture
def parser(sandbox: Sandbox) -> SandboxedParser:
    return SandboxedParser(sandbox, LIMITS)


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("content_type", GOOD)
async def test_every_format_gives_composed_text_with_offsets_inside_it(
    parser: SandboxedParser, tmp_path: Path, content_type: str
) -> None:
    parsed = await parser.parse(write(tmp_path, GOOD[content_type]), content_type=content_type)
    assert files.CROATIAN_TEXT[:90] in parsed.text
    assert unicodedata.is_normalized("NFC", parsed.text)
    assert "\r" not in parsed.text
    assert "\0" not in parsed.text
    for heading in parsed.headings:
        assert heading.title in parsed.text[heading.start : heading.start + len(heading.title) + 8]
    assert parsed.title == ("" if content_type in UNTITLED else "Naslov")


@pytest.mark.parametrize("content_type", [PDF, DOCX, PPTX, ODT, RTF])
async def test_pages_follow_each_other_and_cover_the_text(
    parser: SandboxedParser, tmp_path: Path, content_type: str
) -> None:
    parsed = await parser.parse(write(tmp_path, GOOD[content_type]), content_type=content_type)
    assert [page.number for page in parsed.pages] == [1, 2]
    assert parsed.pages[0].start == 0
    assert parsed.pages[0].end == parsed.pages[1].start
    assert parsed.pages[1].end == len(parsed.text)
    assert parsed.text[parsed.pages[1].start :].strip() == "stranica 2"


async def test_the_same_bytes_always_give_the_same_document(parser: SandboxedParser, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD[PDF])
    first, second = await asyncio.gather(*(parser.parse(path, content_type=PDF) for _ in range(2)))
    assert first == second


@pytest.mark.parametrize(
    ("data", "content_type", "error"),
    [
        (files.encrypted_pdf(), PDF, EncryptedFile),
        (files.encrypted_docx(), DOCX, EncryptedFile),
        (files.encrypted_docx(), XLSX, EncryptedFile),
        (files.encrypted_docx(), PPTX, EncryptedFile),
        (files.zero_page_pdf(), PDF, ParseFailed),
        (files.image_only_pdf(), PDF, NoTextFound),
        (files.make_docx([" "]), DOCX, NoTextFound),
        (b" \n \n", PLAIN, NoTextFound),
        (files.binary_garbage(), PLAIN, ParseFailed),
        (files.binary_garbage(), PDF, ParseFailed),
        (files.binary_garbage(), DOCX, ParseFailed),
        (b"no rich text", RTF, ParseFailed),
        (b"no e-mail", EML, ParseFailed),
        (rb"{\rtf1 {\*\generator x}}", RTF, NoTextFound),
        (rb"{\rtf1" + b"{" * 100_000, RTF, DocumentTooComplex),
        (b'{"a": [1, 2', JSON, ParseFailed),
        (b"[" * 100_000, JSON, DocumentTooComplex),
        (b"{}", JSON, NoTextFound),
        (files.docx_zip_bomb(), DOCX, DocumentTooComplex),
        (files.docx_with_entities(), DOCX, ParseFailed),
        (files.make_pdf(["text"]), "image/png", ParseFailed),
        (files.make_pdf(["text"]), "image/gif", UnsupportedFileType),
        (files.make_docx(["text"]), ZIP, UnsupportedFileType),
    ],
)
async def test_unreadable_files_say_why(
    parser: SandboxedParser, tmp_path: Path, data: bytes, content_type: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await parser.parse(write(tmp_path, data), content_type=content_type)


async def test_a_pdf_without_pages_is_named_as_such(parser: SandboxedParser, tmp_path: Path) -> None:
    with pytest.raises(ParseFailed, match="No pages"):
        await parser.parse(write(tmp_path, files.zero_page_pdf()), content_type=PDF)


@pytest.mark.parametrize("content_type", [PDF, DOCX, XLSX, PPTX, ODT, RTF, EPUB, EML])
async def test_a_truncated_file_is_read_or_refused_but_nothing_else(
    parser: SandboxedParser, tmp_path: Path, content_type: str
) -> None:
    data = GOOD[content_type]
    for kept in range(0, len(data), len(data) // 12):
        try:
            await parser.parse(write(tmp_path, data[:kept]), content_type=content_type)
        except (ParseFailed, NoTextFound):
            continue


async def test_a_missing_blob_is_a_storage_failure(parser: SandboxedParser, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        await parser.parse(tmp_path / "gone", content_type=PLAIN)
    with pytest.raises(StorageUnavailable):
        await parser.identify(tmp_path / "gone", filename="a.txt", declared_type=None)


async def test_pictures_are_png_and_only_pdf_has_them(sandbox: Sandbox, tmp_path: Path) -> None:
    renderer = SandboxedPageRenderer(sandbox, LIMITS)
    path = write(tmp_path, GOOD[PDF])
    png = await renderer.render(path, content_type=PDF, page=2, start=0, end=0)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    for content_type, page in ((PDF, 3), (PDF, 0), (DOCX, 1)):
        with pytest.raises(NotFound):
            await renderer.render(path, content_type=content_type, page=page, start=0, end=0)


async def test_a_second_picture_of_a_document_is_the_same_as_the_first(sandbox: Sandbox, tmp_path: Path) -> None:
    renderer = SandboxedPageRenderer(sandbox, LIMITS)
    path = write(tmp_path, files.make_pdf(["first page text"] * 4))
    first, second = [await renderer.render(path, content_type=PDF, page=3, start=35, end=48) for _ in range(2)]
    plain = await renderer.render(path, content_type=PDF, page=3, start=0, end=0)
    assert first == second
    assert first != plain


async def test_a_replaced_file_is_laid_out_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    renderer = SandboxedPageRenderer(sandbox, LIMITS)
    path = write(tmp_path, files.make_pdf(["one", "two"]))
    await renderer.render(path, content_type=PDF, page=2, start=5, end=8)
    path = write(tmp_path, files.make_pdf(["a longer first page", "two"]))
    marked = await renderer.render(path, content_type=PDF, page=2, start=21, end=24)
    assert marked != await renderer.render(path, content_type=PDF, page=2, start=0, end=0)
