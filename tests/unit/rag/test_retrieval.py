import numpy as np
import pytest

from ragapp.core.errors import EmbedderUnavailable
from ragapp.core.ids import ChunkId
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.confidence import Reason, judge
from ragapp.rag.retrieval import KnowledgeSource, RetrievalRequest, VectorLeg, retrieve
from ragapp.rag.types import Hit, Language
from tests.unit.rag.passages import PASSAGES, lexical_index


class Embedder:
    """Fails on demand; the vector itself is not looked at by the scripted search."""

    fingerprint = "scripted"
    dimension = 2

    def __init__(self, *, fails=False):
        self.fails = fails

    async def embed_question(self, text):
        if self.fails:
            raise EmbedderUnavailable
        return np.array([1.0, 0.0], dtype=np.float32)

    async def embed_passages(self, texts):
        raise NotImplementedError

    async def close(self):
        return None


def source(*scores, passages=PASSAGES):
    found = [Hit(p.chunk_id, score) for p, score in zip(passages, scores, strict=False)]

    async def search_vectors(vector, limit):
        return sorted(found, key=lambda hit: -hit.score)[:limit]

    return KnowledgeSource(lexical_index(passages), search_vectors)


async def load(ids):
    return {p.chunk_id: p for p in PASSAGES if p.chunk_id in ids}


async def ask(question, *sources, fails=False, loader=load, **options):
    leg = VectorLeg(Embedder(fails=fails), EmbedderKind.ENGLISH)
    request = RetrievalRequest(question, **options)
    return await retrieve(request, sources=sources, vector_leg=leg, load_passages=loader)


async def test_passages_are_ranked_and_carry_the_scores_of_both_legs():
    found = await ask("How many ships leave the harbour in summer?", source(0.2, 0.7, 0.1))
    best = found.passages[0]
    assert best.chunk_id == "d1:1:0"
    assert [p.rank for p in found.passages] == list(range(1, len(found.passages) + 1))
    assert best.vector_score == pytest.approx(0.7)
    assert best.lexical_score is not None
    assert all(0 <= p.score <= 1 for p in found.passages)
    assert found.language is Language.ENGLISH


async def test_a_given_language_overrides_detection():
    assert (await ask("Varda", source(), language=Language.CROATIAN)).language is Language.CROATIAN


async def test_a_typing_error_is_searched_for_as_what_was_meant():
    found = await ask("hnoey bees", source(0.2, 0.1, 0.3))
    assert found.corrections == {"hnoey": "honey"}
    assert found.question == "honey bees"
    assert found.query.words == ("honey", "bees")


async def test_each_leg_can_be_switched_off():
    words = await ask("honey bees", source(0.9, 0.1), use_vector=False)
    assert [p.chunk_id for p in words.passages] == ["d2:1:0"]
    vectors = await ask("honey bees", source(0.9, 0.1), use_lexical=False)
    assert [p.chunk_id for p in vectors.passages] == ["d0:1:0", "d1:1:0"]
    assert all(p.lexical_score is None for p in vectors.passages)


async def test_words_answer_alone_while_the_embedder_is_down():
    found = await ask("honey bees", source(), fails=True)
    assert found.vector_failed
    assert found.passages[0].chunk_id == "d2:1:0"


async def test_without_words_a_missing_embedder_is_an_error():
    with pytest.raises(EmbedderUnavailable):
        await ask("honey bees", source(), fails=True, use_lexical=False)


async def test_an_id_that_does_not_resolve_is_dropped_and_counted():
    async def forgetful(ids):
        return {chunk_id: p for chunk_id, p in (await load(ids)).items() if chunk_id != "d2:1:0"}

    found = await ask("bees in the harbour", source(), loader=forgetful)
    assert found.dropped_count == 1
    assert [p.chunk_id for p in found.passages] == ["d1:1:0"]
    assert found.passages[0].rank == 1


async def test_a_filter_holds_for_both_legs():
    allowed = {ChunkId("d1:1:0")}
    found = await ask("bees in the harbour", source(0.9, 0.8, 0.7), within=allowed.__contains__)
    assert [p.chunk_id for p in found.passages] == ["d1:1:0"]


async def test_several_knowledge_bases_are_searched_as_one():
    found = await ask("bees in the harbour", source(passages=PASSAGES[:2]), source(passages=PASSAGES[2:]))
    assert {p.chunk_id for p in found.passages} == {"d1:1:0", "d2:1:0"}


async def test_no_knowledge_base_gives_no_passages_and_no_answer():
    found = await ask("bees")
    verdict = judge(found)
    assert found.passages == ()
    assert (verdict.answerable, verdict.confidence, verdict.reason) == (False, 0.0, Reason.NOTHING_FOUND)


async def test_a_question_the_passages_answer_is_judged_answerable_and_a_strange_one_not():
    close = judge(await ask("How many ships leave the harbour in summer?", source(0.3, 0.7, 0.1)))
    strange = judge(await ask("Which minister signed the railway treaty?", source(0.2, 0.15, 0.1)))
    assert close.answerable
    assert close.confidence > 0.8
    assert not strange.answerable
    assert strange.confidence < 0.3


async def test_words_alone_can_carry_an_answer():
    verdict = judge(await ask("How many ships leave the harbour in summer?", source(), use_vector=False))
    assert verdict.answerable


async def test_english_only_vectors_do_not_vouch_for_a_croatian_question():
    question = "Tko nadzire gradnju nuklearne elektrane?"
    assert not judge(await ask(question, source(0.9, 0.8))).answerable
    assert judge(await ask("Who watches the nuclear plant?", source(0.9, 0.8))).confidence > 0.5
