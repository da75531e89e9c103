"""Every format on its whole way: uploaded, read, indexed, found, and the passage opened where it stands."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ragapp.ui.text_window import TextWindow
from tests.fakes import files
from tests.fakes.archives import make_zip
from tests.fakes.office_files import make_epub, make_odt, make_pptx, make_xlsx
from tests.fakes.real_api import RealApi, real_api
from tests.fakes.scans import Scan, make_scanned_pdf

pytestmark = pytest.mark.sweep

FILLER = "Ovaj odlomak govori o nečem drugom i ne sadrži nikakav odgovor na pitanje koje slijedi."
FACT = "Đuro Žgela čuva ključeve skladišta svaki četvrtak, a šifru mijenja načelnik."
QUESTION = "Tko čuva ključeve skladišta četvrtkom?"
LINES = "Đuro Žgela čuva ključeve skladišta svaki četvrtak,", "a šifru mijenja načelnik."
"""The fact on two lines, for formats that know nothing of paragraphs."""


@dataclass(frozen=True)
class Sample:
    """A file that says `FACT`; `page` is where, None for a format without pages."""

    name: str
    build: Callable[[], bytes]
    page: int | None = None
    fact: str = FACT


def scan(kind: str) -> Callable[[], bytes]:
    return lambda: Scan("\n".join(LINES)).encoded(kind)


SAMPLES = [
    Sample("a.txt", lambda: f"{FILLER}\n\n{FACT}\n".encode("cp1250")),
    Sample("a.md", lambda: f"# Naslov\n\n{FILLER}\n\n## Ključevi\n\n{FACT}\n".encode()),
    Sample("a.html", lambda: f"<h1>Naslov</h1><p>{FILLER}<p>{FACT}".encode("iso8859-2")),
    Sample("a.pdf", lambda: files.make_pdf([FILLER, "\n".join(LINES)], header="Pravilnik"), 2),
    Sample("a.docx", lambda: files.make_docx(["# Naslov", FILLER, "\f", FACT]), 2),
    Sample("a.xlsx", lambda: make_xlsx({"Ključevi": [["Šifra", "Opis"], [1, FACT]]})),
    Sample("a.pptx", lambda: make_pptx([("Naslov", [FILLER], ""), ("Ključevi", [FACT], "")]), 2),
    Sample(
        "a.odt", lambda: make_odt(f"<text:p>{FILLER}</text:p><text:soft-page-break/><text:p>{FACT}</text:p>"), 2
    ),
    Sample(
        "a.rtf", lambda: rb"{\rtf1\ansi\ansicpg1250 " + f"{FILLER}\\page {FACT}".encode("cp1250") + rb"\par}", 2
    ),
    Sample("a.epub", lambda: make_epub([f"<h1>Naslov</h1><p>{FILLER}</p>", f"<p>{FACT}</p>"])),
    Sample("a.eml", lambda: f"From: a@b.hr\r\nSubject: Ključevi\r\n\r\n{FILLER}\r\n\r\n{FACT}\r\n".encode()),
    Sample("a.csv", lambda: f"Šifra;Opis\n1;{FACT}\n".encode("cp1250")),
    Sample("a.tsv", lambda: f"Šifra\tOpis\n1\t{FACT}\n".encode()),
    Sample("a.json", lambda: json.dumps({"ključevi": [{"opis": FACT}]}, ensure_ascii=False).encode()),
    Sample("a.py", lambda: f"# {FACT}\nprint(1)\n".encode()),
]
SCANS = [
    Sample("a.png", scan("png"), 1),
    Sample("a.jpg", scan("jpeg"), 1),
    Sample("a.tif", scan("tiff"), 1),
    Sample("a.webp", scan("webp"), 1),
    Sample("scan.pdf", lambda: make_scanned_pdf(["Only English here.", Scan("\n".join(LINES))]), 2),
]
ALL = [pytest.param(sample, id=sample.name) for sample in SAMPLES] + [
    pytest.param(sample, id=sample.name, marks=pytest.mark.slow) for sample in SCANS
]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[RealApi]:
    async with real_api(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "in_archive", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["alone", "in_archive"]
)
@pytest.mark.parametrize("sample", ALL)
async def test_a_file_of_every_format_is_found_and_its_passage_opened(
    api: RealApi, sample: Sample, in_archive: bool
) -> None:
    document_id = await uploaded(api, sample, in_archive=in_archive)
    document = (await api.client.get(f"/api/v1/documents/{document_id}")).json()
    assert document["status"] == "ready", document["error"]
    text = (await api.client.get(f"/api/v1/documents/{document_id}/text")).json()["text"]
    assert sample.fact in text
    search = {"text": QUESTION, "document_ids": [document_id]}
    passages = (await api.client.post("/api/v1/search", json=search)).json()["passages"]
    passage = next(found for found in passages if sample.fact in found["text"])
    assert (passage["page"], passage["document_id"]) == (sample.page, document_id)
    assert text[passage["start"] : passage["end"]] == passage["text"]
    assert TextWindow.around(len(text), passage["start"], passage["end"]).cut(text)[1] == passage["text"]
    if sample.name.endswith(".pdf"):
        await assert_mark_is_drawn(api, document_id, passage)


async def uploaded(api: RealApi, sample: Sample, *, in_archive: bool) -> str:
    """Upload the file, alone or in an archive, wait until it is read, and return its document."""
    name = f"spisi/{sample.name}"
    sent = (make_zip({name: sample.build()}), "spisi.zip") if in_archive else (sample.build(), sample.name)
    response = await api.upload(*sent)
    assert response.status_code == 202, response.text
    await api.finished(response.json()["task_id"])
    if not in_archive:
        return str(response.json()["document_id"])
    items = (await api.client.get("/api/v1/documents")).json()["items"]
    (document_id,) = (item["id"] for item in items if item["title"] == name)
    await settled(api, document_id)
    return str(document_id)


async def settled(api: RealApi, document_id: str) -> None:
    """Follow the member's own task, which the archive's task queued."""
    view = await api.client.get(f"/api/v1/documents/{document_id}")
    while view.json()["status"] not in {"ready", "failed"}:
        view = await api.client.get(f"/api/v1/documents/{document_id}")


async def assert_mark_is_drawn(api: RealApi, document_id: str, passage: dict[str, int]) -> None:
    page = f"/api/v1/documents/{document_id}/pages/{passage['page']}.png"
    plain = await api.client.get(page)
    marked = await api.client.get(f"{page}?highlight={passage['start']}-{passage['end']}")
    assert plain.status_code == marked.status_code == 200
    assert plain.content != marked.content
