"""Questions about one row of a table of 120, in six formats, through the services; see benchmarks/table_lookup.py."""

import pytest

from benchmarks.quality_lab import ROOT
from benchmarks.table_lookup import ASKED_FORMATS, measure
from ragapp.adapters.minilm_setup import is_ready

pytestmark = [
    pytest.mark.quality,
    pytest.mark.skipif(
        not is_ready(ROOT / ".models" / "all-MiniLM-L6-v2"), reason="the embedding model is made by `make setup`"
    ),
]


async def test_the_row_asked_for_is_in_the_answer_and_no_other():
    found = await measure(120, ["en"])
    assert len(found) == 12 * len(ASKED_FORMATS) == 72
    wrong = [(lookup.format, lookup.question, lookup.answer) for lookup in found if not lookup.is_right]
    assert len(wrong) <= 6, wrong


async def test_a_row_among_thousands_is_found_for_a_full_question():
    found = await measure(5000, ["en"], ["csv"])
    wrong = [(lookup.question, lookup.answer) for lookup in found if not lookup.is_right]
    assert len(wrong) <= 1, wrong
