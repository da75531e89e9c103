"""Real PDFs of public projects lose no words, but for those whose references are at fault (docs/parsing.md)."""

import pytest

from tests.quality.word_recall import REAL, measure, recall

EXPLAINED = {
    "pypdf__toy.pdf": 0.79,
    "pypdf__indirect-rotation.pdf": 0.90,
    "unstructured__pdf_fake-bold-sample.pdf": 0.92,
    "docling__pdf_right_to_left_01.pdf": 0.94,
}

pytestmark = pytest.mark.quality


@pytest.mark.skipif(not REAL.is_dir(), reason="the files of ../shared/real are not here")
async def test_pdfs_lose_no_words() -> None:
    found = await measure("*.pdf")
    assert len(found) >= 31
    lost = {name: row for name, row in found.items() if row[0] < EXPLAINED.get(name, 0.97)}
    assert lost == {}


def test_recall_counts_every_word_as_often_as_it_stands_there() -> None:
    assert recall("ana kos ana", "Ana Kos") == pytest.approx(2 / 3)
    assert recall("", "x") == 1.0
