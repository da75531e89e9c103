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
    get_format,
)
from ragapp.adapters.parsers.identification import identify_file
from ragapp.core.errors import EmptyFile, FileTypeMismatch, RagAppError, UnsupportedFileType
from tests.fakes import files
from tests.fakes.office_files import make_epub, make_odt, make_pptx, make_xlsx

GOOD = {
    PLAIN: ("notes.txt", files.CROATIAN_TEXT.encode()),
    MARKDOWN: ("readme.md", b"# Title\n\ntext"),
    HTML: ("page.html", b"<!DOCTYPE html><p>text</p>"),
    PDF: ("file.pdf", files.make_pdf(["text"])),
    DOCX: ("file.docx", files.make_docx(["text"])),
    XLSX: ("file.xlsx", make_xlsx({"List": [["text"]]})),
    PPTX: ("file.pptx", make_pptx([("text", [], "")])),
    ODT: ("file.odt", make_odt("<text:p>text</text:p>")),
    RTF: ("file.rtf", rb"{\rtf1 text}"),
    EPUB: ("file.epub", make_epub(["text"])),
    EML: ("file.eml", b"From: a@example.com\nSubject: x\n\ntext"),
    CSV: ("file.csv", b"a;b\n1;2\n"),
    TSV: ("file.tsv", b"a\tb\n"),
    JSON: ("file.json", b'{"a": 1}'),
}


def identify(tmp_path: Path, data: bytes, filename: str, declared_type: str | None = None) -> str:
    path = tmp_path / "blob"
    path.write_bytes(data)
    return identify_file(path, filename=filename, declared_type=declared_type)


@pytest.mark.parametrize("content_type", GOOD)
@pytest.mark.parametrize("declare", [True, False])
def test_a_file_whose_name_content_and_declaration_agree_is_known(
    tmp_path: Path, content_type: str, declare: bool
) -> None:
    filename, data = GOOD[content_type]
    declared = f"{content_type}; charset=utf-8" if declare else None
    assert identify(tmp_path, data, filename.upper(), declared) == content_type


TEXT_LIKE = {PLAIN, MARKDOWN, CSV, TSV, JSON}


@pytest.mark.parametrize("content_type", GOOD)
@pytest.mark.parametrize("named_as", GOOD)
def test_content_under_another_formats_name_is_refused(tmp_path: Path, content_type: str, named_as: str) -> None:
    if content_type == named_as or (content_type in TEXT_LIKE | {EML} and named_as in TEXT_LIKE):
        return
    with pytest.raises(FileTypeMismatch):
        identify(tmp_path, GOOD[content_type][1], GOOD[named_as][0])


@pytest.mark.parametrize("content_type", GOOD)
@pytest.mark.parametrize("declared", ["image/png", *GOOD])
def test_another_declared_type_is_refused(tmp_path: Path, content_type: str, declared: str) -> None:
    if declared == content_type or declared in get_format(content_type).also_declared:
        return
    filename, data = GOOD[content_type]
    with pytest.raises(FileTypeMismatch):
        identify(tmp_path, data, filename, declared)


@pytest.mark.parametrize(
    ("filename", "declared"),
    [("a.py", "text/x-python"), ("a.ts", "video/mp2t"), ("a.xml", "text/xml"), ("a.php", None), ("a.log", PLAIN)],
)
def test_program_text_is_plain_text(tmp_path: Path, filename: str, declared: str | None) -> None:
    assert identify(tmp_path, b"<!DOCTYPE html>\n<?php // text", filename, declared) == PLAIN


@pytest.mark.parametrize(("data", "declared"), [(files.binary_garbage(), None), (b"x = 1", "image/png")])
def test_what_only_claims_to_be_program_text_is_refused(tmp_path: Path, data: bytes, declared: str | None) -> None:
    with pytest.raises(FileTypeMismatch):
        identify(tmp_path, data, "a.py", declared)


def test_a_nameless_file_goes_by_its_declaration_and_content(tmp_path: Path) -> None:
    assert identify(tmp_path, GOOD[PDF][1], "upload", PDF) == PDF
    with pytest.raises(FileTypeMismatch):
        identify(tmp_path, GOOD[DOCX][1], "upload", PDF)
    with pytest.raises(UnsupportedFileType):
        identify(tmp_path, GOOD[PDF][1], "upload")


@pytest.mark.parametrize(
    ("data", "filename", "error"),
    [
        (files.pdf_that_is_zip(), "a.pdf", FileTypeMismatch),
        (files.pdf_and_zip(), "a.pdf", FileTypeMismatch),
        (files.pdf_and_zip(), "a.docx", FileTypeMismatch),
        (rb"{\rtf1 both}" + files.make_docx(["both"]), "a.rtf", FileTypeMismatch),
        (files.binary_garbage(), "a.txt", FileTypeMismatch),
        (files.old_word_document(), "a.docx", FileTypeMismatch),
        (b"GIF89a<script>", "a.html", FileTypeMismatch),
        (b"MZ\x90\0", "a.exe", UnsupportedFileType),
        (b"\xd0\xcf", "a.doc", UnsupportedFileType),
        (b"", "a.txt", EmptyFile),
    ],
)
def test_disguised_and_foreign_files_are_refused(
    tmp_path: Path, data: bytes, filename: str, error: type[RagAppError]
) -> None:
    with pytest.raises(error):
        identify(tmp_path, data, filename)


@pytest.mark.parametrize("content_type", [DOCX, XLSX, PPTX])
def test_a_password_protected_office_file_passes_to_the_parser_that_names_the_reason(
    tmp_path: Path, content_type: str
) -> None:
    assert identify(tmp_path, files.encrypted_docx(), GOOD[content_type][0]) == content_type


@pytest.mark.parametrize("content_type", [DOCX, XLSX, PPTX, ODT, EPUB])
def test_a_damaged_archive_passes_to_the_parser_that_names_the_reason(tmp_path: Path, content_type: str) -> None:
    filename, data = GOOD[content_type]
    assert identify(tmp_path, data[:-200], filename) == content_type


@pytest.mark.parametrize("name", files.HOSTILE_NAMES, ids=range(len(files.HOSTILE_NAMES)))
def test_hostile_names_only_ever_cost_their_extension(tmp_path: Path, name: str) -> None:
    try:
        assert identify(tmp_path, b"plain text", name) == PLAIN
    except UnsupportedFileType as error:
        assert len(str(error.details)) < 300


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "cp1250", "utf-8"])
def test_croatian_text_is_text_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    assert identify(tmp_path, files.CROATIAN_TEXT.encode(encoding), "a.txt") == PLAIN
