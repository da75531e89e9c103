from pathlib import Path

import pytest

from ragapp.adapters.parsers.identification import identify_file
from ragapp.core.errors import EmptyFile, FileTypeMismatch, RagAppError, UnsupportedFileType
from ragapp.core.file_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    FILE_TYPES,
    HTML,
    JSON,
    JSON_LINES,
    MARKDOWN,
    NOTEBOOK,
    ODP,
    ODS,
    ODT,
    PDF,
    PLAIN,
    PPTX,
    RESTRUCTURED,
    RTF,
    SUBRIP,
    TEX,
    TSV,
    WEBVTT,
    XLSX,
)
from tests.fakes import files
from tests.fakes.office_files import make_epub, make_odt, make_open_document, make_pptx, make_xlsx

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
    ODS: ("file.ods", make_open_document(ODS, "<table:table/>")),
    ODP: ("file.odp", make_open_document(ODP, "<text:p>text</text:p>")),
    EPUB: ("file.epub", make_epub(["text"])),
    EML: ("file.eml", b"From: a@example.com\nSubject: x\n\ntext"),
    CSV: ("file.csv", b"a;b\n1;2\n"),
    TSV: ("file.tsv", b"a\tb\n"),
    JSON: ("file.json", b'{"a": 1}'),
    JSON_LINES: ("file.jsonl", b'{"a": 1}\n{"a": 2}'),
    NOTEBOOK: ("file.ipynb", b'{"cells": []}'),
    SUBRIP: ("file.srt", b"1\n00:00:01,000 --> 00:00:02,000\ntext\n"),
    WEBVTT: ("file.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\ntext\n"),
    RESTRUCTURED: ("file.rst", b"Title\n=====\n\ntext"),
    TEX: ("file.tex", b"\\section{Title} text"),
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


TEXT_LIKE = {PLAIN, MARKDOWN, CSV, TSV, JSON, JSON_LINES, NOTEBOOK, SUBRIP, WEBVTT, RESTRUCTURED, TEX}


@pytest.mark.parametrize("content_type", GOOD)
@pytest.mark.parametrize("named_as", GOOD)
def test_content_under_another_formats_name_is_refused(tmp_path: Path, content_type: str, named_as: str) -> None:
    if content_type == named_as or (content_type in TEXT_LIKE | {EML} and named_as in TEXT_LIKE):
        return
    with pytest.raises(FileTypeMismatch):
        identify(tmp_path, GOOD[content_type][1], GOOD[named_as][0])


@pytest.mark.parametrize("content_type", GOOD)
@pytest.mark.parametrize("declared", ["image/png", "text/plain", "application/zip", "nonsense", *GOOD])
def test_what_the_sender_declares_is_advice(tmp_path: Path, content_type: str, declared: str) -> None:
    filename, data = GOOD[content_type]
    assert identify(tmp_path, data, filename, declared) == content_type


@pytest.mark.parametrize(
    ("filename", "declared"),
    [("a.py", "text/x-python"), ("a.ts", "video/mp2t"), ("a.xml", "text/xml"), ("a.php", None), ("a.log", PLAIN)],
)
def test_program_text_is_plain_text(tmp_path: Path, filename: str, declared: str | None) -> None:
    assert identify(tmp_path, b"<!DOCTYPE html>\n<?php // text", filename, declared) == PLAIN


@pytest.mark.parametrize(
    ("data", "declared"), [(files.binary_garbage(), None), (b"\x89PNG\r\n\x1a\n" + bytes(99), PLAIN)]
)
def test_what_only_claims_to_be_program_text_is_refused(tmp_path: Path, data: bytes, declared: str | None) -> None:
    with pytest.raises(FileTypeMismatch):
        identify(tmp_path, data, "a.py", declared)


@pytest.mark.parametrize("declared", [None, PDF, PLAIN, "application/octet-stream"])
@pytest.mark.parametrize("name", ["upload", "Ugovor br. 12", "report 2026.03.12", "NACRT. v2 konačno"])
@pytest.mark.parametrize("content_type", [PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, EPUB, RTF, HTML, PLAIN])
def test_a_nameless_file_goes_by_its_bytes(
    tmp_path: Path, content_type: str, name: str, declared: str | None
) -> None:
    expected = PLAIN if content_type == HTML and declared == PLAIN else content_type
    if expected == content_type:
        assert identify(tmp_path, GOOD[content_type][1], name, declared) == expected


def test_a_nameless_text_goes_by_what_its_sender_says(tmp_path: Path) -> None:
    for declared in (CSV, EML, JSON, MARKDOWN, "application/csv"):
        content_type = CSV if declared == "application/csv" else declared
        assert identify(tmp_path, GOOD[content_type][1], "upload", declared) == content_type
    with pytest.raises(UnsupportedFileType):
        identify(tmp_path, files.binary_garbage(), "upload", CSV)


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        *((f"a{extension}", DOCX) for extension in (".docm", ".dotx", ".dotm")),
        *((f"a{extension}", XLSX) for extension in (".xlsm", ".xltx", ".xltm")),
        *((f"a{extension}", PPTX) for extension in (".pptm", ".ppsx", ".ppsm", ".potx", ".potm")),
        *((f"a{extension}", kind) for extension, kind in ((".ott", ODT), (".ots", ODS), (".otp", ODP))),
        *((f"a{extension}", kind) for extension, kind in ((".jsonl", JSON_LINES), (".ndjson", JSON_LINES))),
    ],
)
def test_templates_and_files_with_macros_are_what_they_are_made_of(
    tmp_path: Path, filename: str, content_type: str
) -> None:
    assert identify(tmp_path, GOOD[content_type][1], filename) == content_type


def test_the_kinds_of_open_documents_are_told_apart(tmp_path: Path) -> None:
    for content_type in (ODT, ODS, ODP):
        for other in {ODT, ODS, ODP} - {content_type}:
            with pytest.raises(FileTypeMismatch):
                identify(tmp_path, GOOD[content_type][1], GOOD[other][0])


@pytest.mark.parametrize(
    "text",
    [
        "<html> is the root tag of a page. The lesson explains eleven tags.",
        "<!DOCTYPE html> is the first line of a page.",
        "ID3 is a decision tree method.",
        "RIFF and WAVE are formats of sound.",
        "BZh is how such files begin.",
        "GIF89a is from 1989.",
        "%PDF-1.7 is the header of a PDF.",
        "SQLite format 3 is stable.",
        "OggS marks a page.",
        "Rar! said the lion.",
    ],
)
@pytest.mark.parametrize("filename", ["a.txt", "a.md", "a.csv", "upload"])
def test_a_text_that_begins_like_another_format_is_text(tmp_path: Path, text: str, filename: str) -> None:
    if filename == "upload" and text.startswith("%PDF-"):
        return  # without a name it is what its first line says
    expected = {"a.txt": PLAIN, "a.md": MARKDOWN, "a.csv": CSV, "upload": PLAIN}[filename]
    assert identify(tmp_path, text.encode(), filename) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"ID3\x04\0\0\0\0\x21" + bytes(300),
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(300),
        b"BZh91AY&SY" + bytes(range(256)),
        b"Rar!\x1a\x07\0" + bytes(300),
        b"OggS\0\x02" + bytes(300),
        b"SQLite format 3\0" + bytes(300),
        b"GIF89a\x01\0\x01\0" + bytes(30),
        b"  <html lang=hr>\n<head><title>x</title></head>",
        b"<?xml version='1.0'?><!-- x --><!DOCTYPE html><html><body>x",
    ],
)
def test_what_is_another_format_is_no_text(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FileTypeMismatch):
        identify(tmp_path, data, "a.txt")


def test_every_refusal_lists_what_is_taken() -> None:
    labels = {known.label for known in FILE_TYPES}
    for kind in (UnsupportedFileType, FileTypeMismatch):
        assert all(label in kind.default_message for label in labels)


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
