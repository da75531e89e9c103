"""The sample documents that come with the product can be read, and hold the answers the first-run page promises."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.sandbox import Sandbox

SAMPLES = Path(__file__).resolve().parents[2] / "ragapp" / "samples"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
DOCUMENTS = {document["filename"]: document for document in MANIFEST["documents"]}
MAX_SAMPLE_BYTES = 300_000


@pytest.fixture
async def parser() -> AsyncIterator[SandboxedParser]:
    parser = SandboxedParser(Sandbox(concurrent_count=1, idle_s=30), ParseLimits())
    yield parser
    await parser.close()


def test_the_manifest_lists_every_sample() -> None:
    assert set(DOCUMENTS) == {path.name for path in SAMPLES.iterdir() if path.suffix not in {".json", ".py"}}


@pytest.mark.parametrize("filename", DOCUMENTS)
async def test_a_sample_is_small_readable_and_titled_as_listed(parser: SandboxedParser, filename: str) -> None:
    path = SAMPLES / filename
    assert path.stat().st_size < MAX_SAMPLE_BYTES
    content_type = await parser.identify(path, filename=filename, declared_type=None)
    parsed = await parser.parse(path, content_type=content_type)
    if content_type not in {"text/plain", "text/markdown"}:
        assert parsed.title == DOCUMENTS[filename]["title"]
    words = parsed.text.split()
    assert ("je" in words or "se" in words) == (DOCUMENTS[filename]["language"] == "hr")


@pytest.mark.parametrize("question", MANIFEST["questions"], ids=lambda question: question["text"])
async def test_a_suggested_question_is_answered_by_its_document(
    parser: SandboxedParser, question: dict[str, str]
) -> None:
    path = SAMPLES / question["document"]
    content_type = await parser.identify(path, filename=path.name, declared_type=None)
    assert question["answer"] in (await parser.parse(path, content_type=content_type)).text
