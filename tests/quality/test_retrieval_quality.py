"""The pure flow on the test sets; floors leave room for noise, current figures come from benchmarks/quality_lab.py."""

import pytest

from benchmarks.quality_lab import ROOT, SETS, CachedEmbedder, Lab, measure
from ragapp.adapters.minilm_setup import is_ready

pytestmark = [
    pytest.mark.quality,
    pytest.mark.skipif(not SETS.is_dir(), reason="the test sets of ../shared/eval are not here"),
]
needs_model = pytest.mark.skipif(
    not is_ready(ROOT / ".models" / "all-MiniLM-L6-v2"), reason="the embedding model is made by `make setup`"
)


@needs_model
async def test_english_questions_find_their_paragraph_and_strange_ones_are_declined():
    embedder = CachedEmbedder()
    lab = await Lab.load("en", embedder)
    result = await measure(lab, lab.questions, use_vector=True)
    await embedder.close()
    assert result["hit@1"] >= 0.93
    assert result["hit@5"] >= 0.98
    assert result["MRR@10"] >= 0.96
    assert result["shown"] >= 0.90
    assert result["wrongly refused"] <= 0.05
    assert result["rightly refused"] >= 0.80
    assert result["ECE"] <= 0.06


async def test_croatian_questions_find_their_article_by_words_alone():
    lab = await Lab.load("hr", None)
    result = await measure(lab, [question for question in lab.questions if question.lang == "hr"], use_vector=False)
    assert result["hit@1"] >= 0.33
    assert result["hit@5"] >= 0.66
    assert result["wrongly refused"] <= 0.10


async def test_english_questions_over_croatian_text_are_declined_without_a_multilingual_model():
    lab = await Lab.load("hr", None)
    result = await measure(lab, [question for question in lab.questions if question.lang == "en"], use_vector=False)
    assert result["rightly refused"] >= 0.8
