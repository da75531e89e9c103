"""Questions in one language, passages in two: each language on its own scale."""

import numpy as np
import pytest

from ragapp.core.errors import EmbedderUnavailable
from ragapp.rag.blending import EmbedderKind, blend_across
from ragapp.rag.centring import centred_similarity, describe_language
from ragapp.rag.closeness import measure_closeness
from ragapp.rag.confidence import Reason, judge
from ragapp.rag.fusion import FusedHit
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.retrieval import KnowledgeSource, RetrievalRequest, VectorLeg, retrieve
from ragapp.rag.types import Hit, Language
from ragapp.rag.typical_questions import TypicalQuestions
from tests.unit.rag.passages import PASSAGES, lexical_index, passage


class Embedder:
    """Every question is the same vector; a passage points where its words do."""

    fingerprint = "scripted"
    dimension = 2

    def __init__(self):
        self.asked = []

    async def embed_question(self, text):
        self.asked.append(text)
        return np.array([1.0, 0.0], dtype=np.float32)

    async def embed_passages(self, texts):
        return np.array([[1.0, 0.0] if "year" in text else [0.0, 1.0] for text in texts], dtype=np.float32)


def fused(**scores):
    return [FusedHit(name, score) for name, score in scores.items()]


def test_the_other_language_comes_first_where_the_questions_words_say_little():
    silent = blend_across(fused(own=0.9), [fused(other=0.9)], coverage=0.1, limit=2)
    speaking = blend_across(fused(own=0.9), [fused(other=0.9)], coverage=0.8, limit=2)
    assert [hit.chunk_id for hit in silent] == ["other", "own"]
    assert [hit.chunk_id for hit in speaking] == ["own", "other"]
    assert all(0 <= hit.score <= 1 for hit in silent + speaking)


def test_without_passages_in_its_own_language_the_others_keep_their_scores():
    assert blend_across([], [fused(other=0.8)], coverage=0.0, limit=1)[0].score == pytest.approx(0.8)


def test_centred_similarity_leaves_out_what_a_language_has_in_common():
    # All point along the first axis, which is the language; only the second tells the subject.
    vectors = np.array([[0.8, 0.6], [0.8, -0.6], [1.0, 0.0]], dtype=np.float32)
    rows = describe_language(vectors, np.arange(3))
    question = np.array([0.0, 1.0], dtype=np.float32)
    scores = centred_similarity(vectors @ question, question, rows)
    assert scores.argmax() == 0
    assert scores[1] < 0 < scores[0]


async def test_typical_questions_are_embedded_once_and_only_for_known_languages():
    embedder = Embedder()
    typical = TypicalQuestions(embedder)
    assert await typical.mean(Language.OTHER) is None
    assert (await typical.mean(Language.CROATIAN)).shape == (2,)
    count = len(embedder.asked)
    await typical.mean(Language.CROATIAN)
    assert count == len(embedder.asked) > 10


def _source(across):
    async def search_vectors(vector, limit):
        return [Hit(found.chunk_id, 0.8 - number / 100) for number, found in enumerate(PASSAGES)][:limit]

    async def search_across(vector, mean, language, limit):
        across.append(language)
        return [Hit(PASSAGES[0].chunk_id, 0.4)]

    return KnowledgeSource(_with_languages(), search_vectors, search_across)


def _with_languages():
    from dataclasses import replace

    from ragapp.rag.analysis import PassageFields, analyse
    from ragapp.rag.language import detect_language

    terms = ((p, analyse(PassageFields(p.text), detect_language(p.text))) for p in PASSAGES)
    return LexicalIndex((p.chunk_id, replace(found, language=p.language)) for p, found in terms)


async def _load(ids):
    return {p.chunk_id: p for p in PASSAGES if p.chunk_id in ids}


async def test_a_croatian_question_finds_the_english_passage_among_croatian_ones():
    across = []
    leg = VectorLeg(embedder := Embedder(), EmbedderKind.E5, TypicalQuestions(embedder))
    request = RetrievalRequest("Kada je sagrađen svjetionik?", language=Language.CROATIAN)
    found = await retrieve(request, sources=[_source(across)], vector_leg=leg, load_passages=_load)
    assert across == ["en"]
    assert found.passages[0].chunk_id == "d0:1:0"


async def test_an_embedder_whose_languages_were_not_measured_is_asked_on_one_scale():
    across = []
    request = RetrievalRequest("Kada je sagrađen svjetionik?", language=Language.CROATIAN)
    leg = VectorLeg(Embedder(), EmbedderKind.MULTILINGUAL)
    await retrieve(request, sources=[_source(across)], vector_leg=leg, load_passages=_load)
    assert across == []


async def test_the_index_tells_languages_apart_also_after_removal():
    index = _with_languages()
    assert index.language_counts() == {"en": 3, "hr": 2}
    index.remove([PASSAGES[0].chunk_id])
    assert index.language_counts() == {"en": 2, "hr": 2}
    assert index.language_of(PASSAGES[3].chunk_id) == "hr"
    assert set(index.sample_of("hr", 10)) == {PASSAGES[3].chunk_id, PASSAGES[4].chunk_id}


async def test_sentences_of_another_language_are_compared_by_meaning():
    leg = VectorLeg(embedder := Embedder(), EmbedderKind.E5, TypicalQuestions(embedder))
    english = passage(0, "It rains a lot here. A hive holds many bees in a good year.", score=1.0)
    close = await measure_closeness("Koliko pčela?", Language.CROATIAN, [english], leg)
    assert len(close) == 2
    assert await measure_closeness("How many bees?", Language.ENGLISH, [english], leg) == {}


async def test_a_code_that_nothing_holds_is_declined_with_the_nearest():
    index = lexical_index()

    async def nothing(vector, limit):
        raise EmbedderUnavailable

    request = RetrievalRequest("What does E-99 mean for the lighthouse on Cape Varda?")
    found = await retrieve(request, sources=[KnowledgeSource(index, nothing)], vector_leg=None, load_passages=_load)
    verdict = judge(found)
    assert found.missing_codes == ("e99",)
    assert found.passages
    assert (verdict.answerable, verdict.reason) == (False, Reason.CODE_MISSING)
