"""Thousands of damaged files of every format: none harms the process that serves, none stays longer than it may.

A failure names its file as FORMAT:SEED:NUMBER; `RAGAPP_TEST_FILE=pdf:1:17` makes and reads that one alone.
"""

import asyncio
import json
import os
import socket
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from ragapp.adapters.parsers.formats import FORMATS
from ragapp.adapters.parsers.limits import MEBIBYTE, ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.file_types import ODP, ODS
from tests.fakes import files
from tests.fakes.archives import make_zip
from tests.fakes.office_files import make_epub, make_odt, make_open_document, make_pptx, make_xlsx
from tests.fakes.outlook import make_msg
from tests.fakes.pdf_pages import PdfFile, PdfPage, check_box, choice, note, show, text_field
from tests.fakes.scans import Scan, make_scanned_pdf, with_orientation
from tests.safety.mutations import mutate
from tests.safety.reading import Ending, Reader

LIMITS = ParseLimits(wall_clock_s=8.0, cpu_s=6, recognition_page_s=6.0)
GRACE_S = 2.0
WHOLE_COUNT, SAMPLE_COUNT = 2_000, 190
MOST_GROWTH_BYTES = 50 * MEBIBYTE
TEXT = files.CROATIAN_TEXT
_STEPS = {"zip": 3, "png": 2, "jpg": 2, "tif": 2, "webp": 2, "scan.pdf": 2, "parts.pdf": 6}
SHEET_ROW = "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
SEED = os.environ.get("RAGAPP_TEST_SEED", "1")


def valid_files() -> dict[str, bytes]:
    """Return one good file per format, by extension."""
    label = Scan("Ključ je kod vratara.", width_pt=200, height_pt=60)
    mail = "From: a@b.hr\r\nTo: c@d.hr\r\nSubject: =?utf-8?q?Klju=C4=8D?=\r\nMIME-Version: 1.0\r\n"
    bodies = f"--x\r\n\r\n{TEXT}\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>{TEXT}\r\n--x--\r\n"
    rich = rb"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0 Arial;}}{\pard\outlinelevel0 N\par}\pard " + TEXT.encode("cp1250")
    page = f"<title>T</title></head><h1>N</h1><p>{TEXT}<table><tr><td>1<td>2</table><a href='x'>y</a>"
    return {
        "txt": TEXT.encode("cp1250"),
        "md": f"# Naslov\n\n{TEXT}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n```\n- [a](b)\n".encode(),
        "html": f"<html><head>{page}".encode(),
        "pdf": files.make_pdf([f"# Naslov\n{TEXT[:80]}", "druga stranica"], title="Naslov", header="Glava"),
        "docx": files.make_docx(["# Naslov", TEXT, [["a", "b"], ["1", "2"]], "\f", "kraj"], title="Naslov"),
        "xlsx": make_xlsx({"List": [["Broj", "Tekst"], [(45_000.5, 1), TEXT], [(0.5, 2), "x"]]}),
        "pptx": make_pptx([("Naslov", [TEXT, [["a", "b"]]], "bilješka"), ("Drugi", ["x"], "")]),
        "odt": make_odt(f'<text:h text:outline-level="1">N</text:h><text:p>{TEXT}</text:p><text:soft-page-break/>'),
        "rtf": rich + rb"\page\u269?\bin3 abc}",
        "epub": make_epub([f"<h1>N</h1><p>{TEXT}</p>", "<p>x</p>"], title="Naslov"),
        "eml": f'{mail}Content-Type: multipart/mixed; boundary="x"\r\n\r\n{bodies}'.encode(),
        "csv": f"Šifra;Tekst\n1;{TEXT}\n2;\"a\nb\"\n".encode("cp1250"),
        "tsv": f"Šifra\tTekst\n1\t{TEXT}\n".encode(),
        "json": json.dumps({"a": [{"b": TEXT}, 1.5, None, True]}).encode(),
        "jsonl": f'{{"a": "{TEXT}"}}\n{{"a": [1, null]}}\n'.encode(),
        "ipynb": json.dumps({"cells": [{"cell_type": "markdown", "source": [TEXT]}, {"source": "x", "outputs": []}]}).encode(),  # noqa: E501
        "srt": f"1\n00:00:01,000 --> 00:00:02,000\n{TEXT}\n\n2\n00:00:02,000 --> 00:00:03,000\n<i>x</i>\n".encode(),
        "vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>{TEXT}\n".encode(),
        "rst": f"Naslov\n======\n\n{TEXT}\n\nDrugi\n-----\n".encode(),
        "tex": f"\\section{{N}} {TEXT} \\v{{c}} $\\frac{{1}}{{2}}$ \\begin{{itemize}}\\item a\\end{{itemize}} % x".encode(),  # noqa: E501
        "msg": make_msg(subject="N", body=TEXT, html=b"<p>x", attachments=[("a.txt", b"x" * 5000, "")]),
        "ods": make_open_document(ODS, f'<table:table table:name="S">{SHEET_ROW}</table:table>'),
        "odp": make_open_document(ODP, f"<draw:page><draw:frame><text:p>{TEXT}</text:p></draw:frame></draw:page>"),
        "zip": make_zip({"a/b.txt": TEXT, "c.html": f"<p>{TEXT}"}),
        "png": label.encoded("png"),
        "jpg": label.encoded("jpeg"),
        "tif": label.encoded("tiff"),
        "webp": label.encoded("webp"),
        "scan.pdf": make_scanned_pdf([label]),
        "parts.pdf": pdf_with_parts(label),
        "held.jpg": with_orientation(label.encoded("jpeg"), 6),
    }


def pdf_with_parts(label: Scan) -> bytes:
    """Return a PDF with a form, notes, embedded files, a stamp on a picture and a turned page."""
    fields = [text_field("a", "Ana", "150 695 300 712"), check_box("b", "60 650 72 662", ticked=True)]
    fields += [choice("c", ["x", "y"], "y", "150 600 300 620"), note("FreeText", "an aside", "300 500 400 520")]
    form = PdfPage([show("Name:", 60, 700), show("agreed", 80, 652), show("Choice:", 60, 604)], fields)
    turned = PdfPage([show(line, x, 300, turn="0 1 -1 0") for line, x in (("some", 90), ("text", 104))], rotate=90)
    return PdfFile([form, turned, PdfPage([show("Stamp", 60, 800)], scan=label)], {"a.txt": b"inside"}).build()


def test_every_format_is_fuzzed() -> None:
    fuzzed = {"." + name.split(".")[-1] for name in valid_files()}
    assert all(known.extensions & fuzzed for known in FORMATS if ".py" not in known.extensions)


def test_the_same_seed_makes_the_same_file() -> None:
    data = valid_files()["docx"]
    assert mutate(data, "docx:1:5", packed=True) == mutate(data, "docx:1:5", packed=True) != data


@pytest.mark.sweep
async def test_a_sample_of_damaged_files_harms_nothing(tmp_path: Path) -> None:
    await fuzz(tmp_path, SAMPLE_COUNT)


@pytest.mark.slow
async def test_thousands_of_damaged_files_harm_nothing(tmp_path: Path) -> None:
    await fuzz(tmp_path, WHOLE_COUNT)


async def fuzz(tmp_path: Path, count: int) -> None:
    """Read `count` damaged files, two at a time, and check the process after them."""
    valid = valid_files()
    wanted = os.environ.get("RAGAPP_TEST_FILE")
    names = [wanted] if wanted else [f"{form}:{SEED}:{n}" for n in range(-(-count // len(valid))) for form in valid]
    sandbox = Sandbox(concurrent_count=2, idle_s=60)
    reader, todo, endings = Reader(sandbox, LIMITS), list(reversed(names)), {}
    await reader.read(written(tmp_path / "warm", TEXT.encode()), "warm.txt")
    zygote, before = sandbox.zygote_pid, psutil.Process().memory_info().rss
    tree = held_in(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        await asyncio.gather(*(work(reader, tmp_path / f"file{n}", valid, todo, endings) for n in range(2)))
        with pytest.raises(BlockingIOError):
            listener.accept()
    grown = psutil.Process().memory_info().rss - before
    assert sandbox.zygote_pid == zygote, "a document took the zygote down"
    assert await end_of_children(zygote), "a child outlived its document"
    sandbox.close()
    late = {name: ending for name, ending in endings.items() if ending.elapsed_s > allowed_s(name)}
    assert not late
    assert grown < MOST_GROWTH_BYTES
    assert held_in(tmp_path) == tree | {"file0", "file1"}
    assert_not_all_the_same(endings, len(names))


async def end_of_children(zygote: int | None) -> bool:
    """Return whether no child is left within the time of grace: the one that ran into a limit last is being killed."""
    until = asyncio.get_running_loop().time() + GRACE_S
    while psutil.Process(zygote).children():
        if asyncio.get_running_loop().time() > until:
            return False
        await asyncio.sleep(0.02)
    return True


def allowed_s(name: str) -> float:
    """Each step has its limit: a scan is read, then recognised; of an archive every member is a step."""
    form = name.split(":")[0]
    steps = _STEPS.get(form.split(".")[-1], 1) if form not in _STEPS else _STEPS[form]
    return steps * LIMITS.wall_clock_s + GRACE_S


async def work(
    reader: Reader, path: Path, valid: dict[str, bytes], todo: list[str], endings: dict[str, Ending]
) -> None:
    while todo:
        name = todo.pop()
        form = name.split(":")[0]
        written(path, mutate(valid[form], name, packed=zipfile.is_zipfile(BytesIO(valid[form]))))
        try:
            endings[name] = await reader.read(path, f"a.{form}")
        except Exception as error:
            raise AssertionError(f"{name} was neither read nor refused") from error


def assert_not_all_the_same(endings: dict[str, Ending], count: int) -> None:
    """A fuzzer whose files are all refused at the door, or all read, tests nothing."""
    reasons = Counter(ending.reason for ending in endings.values())
    assert len(endings) == count
    assert count < 100 or (reasons[""] > count / 10 and reasons["parse_failed"] > count / 50), reasons


def held_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
