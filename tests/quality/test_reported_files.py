"""Files of kinds that people report as read wrongly, in `../shared/cases`: what their text must and must not hold."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ragapp.adapters.parsers.ocr_install import find_ocr
from tests.quality.shared_files import SHARED, FileReader

CASES = SHARED / "cases"

pytestmark = [
    pytest.mark.quality,
    pytest.mark.skipif(not CASES.is_dir(), reason="the files of ../shared/cases are not here"),
]


def cases() -> list[object]:
    """Return one parameter for each case."""
    if not CASES.is_dir():
        return []
    lines = (CASES / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["file"]) for case in map(json.loads, lines)]


@pytest.fixture
async def reader() -> AsyncIterator[FileReader]:
    reader = FileReader()
    yield reader
    reader.close()


@pytest.mark.parametrize("case", cases())
async def test_what_stands_in_a_file_is_read(reader: FileReader, case: dict[str, Any]) -> None:
    if case.get("needs") == "tesseract" and find_ocr() is None:
        pytest.skip("Tesseract is not installed")
    assert case["status"] == "ready"
    text = fold("\n".join((await reader.read(CASES / "files" / case["file"])).texts()))
    assert [wanted for wanted in case.get("holds", []) if fold(wanted) not in text] == [], text
    assert [unwanted for unwanted in case.get("not", []) if fold(unwanted) in text] == [], text
    places = [text.find(fold(piece)) for piece in case.get("order", [])]
    assert -1 not in places
    assert places == sorted(places), text


def fold(text: str) -> str:
    """Return text with white space folded and column bars ignored."""
    return re.sub(r"[\s|]+", " ", text).strip()
