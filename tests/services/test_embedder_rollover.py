"""A change of the embedding model takes no answer away: earlier vectors answer until the new ones are there."""

import re
from dataclasses import replace

import pytest

from ragapp.rag.blending import EmbedderKind
from ragapp.rag.retrieval import VectorLeg
from ragapp.services.oversight.embedding_notices import EmbeddingNotice, EmbeddingNotices
from ragapp.services.retrieval import embedder_rollover, passage_vectors
from ragapp.services.retrieval.embedder_rollover import EarlierEmbedder
from ragapp.services.retrieval.vector_indexes import Contents
from ragapp.services.retrieval.vector_words import words_of_vectors
from tests.fakes.accounts import add_tenant
from tests.fakes.embedder import HashEmbedder
from tests.fakes.library import Library


class Releasable(HashEmbedder):
    """Counts how often it was let go."""

    released = 0

    def release(self):
        self.released += 1


@pytest.fixture(autouse=True)
def counts_are_read_every_time(monkeypatch):
    monkeypatch.setattr(embedder_rollover, "_COUNTS_LIFE_S", -1)


@pytest.fixture(params=[0, 1000], ids=["with collections", "exact"])
def exact_up_to(request):
    return request.param


@pytest.fixture
async def changed(library, household, exact_up_to):
    """A library whose documents one model embedded, started again with another."""
    old, new = Releasable(fingerprint="old"), HashEmbedder(dimension=32, fingerprint="new")
    before = Library(
        library.store, library.clock, replace(library.outside, embedder=old), exact_up_to=exact_up_to
    )
    await before.upload(household.owner)
    await before.settle()
    earlier = EarlierEmbedder(VectorLeg(old, EmbedderKind.ENGLISH), old.release)
    changed = Library(
        library.store,
        library.clock,
        replace(library.outside, embedder=new),
        exact_up_to=exact_up_to,
        earlier=[earlier],
    )
    changed.old = old
    await changed.indexes.ensure_current(household.owner)
    return changed


async def choose(library, household):
    async with library.store.read(household.owner) as tx:
        revisions = await tx.knowledge_bases.get_revisions()
    return (await library.rollover.choose(household.owner, revisions)).embedder.fingerprint


async def ask(library, household):
    """Search as the search service does, and return how many passages were found."""
    async with library.store.read(household.owner) as tx:
        revisions = await tx.knowledge_bases.get_revisions()
        count = await tx.chunks.count_current()
    leg = await library.rollover.choose(household.owner, revisions)
    vector = await leg.embedder.embed_question("subject 3")
    hits = await library.indexes.query(
        household.owner,
        household.knowledge_base_id,
        vector,
        limit=3,
        contents=Contents(revisions[household.knowledge_base_id], count),
        fingerprint=leg.embedder.fingerprint,
    )
    return leg.embedder.fingerprint, len(hits)


async def test_earlier_vectors_answer_before_the_new_ones_are_there(changed, household):
    assert await ask(changed, household) == ("old", 3)


async def test_questions_are_answered_at_every_step_of_the_change(changed, household):
    seen = []
    embed = changed.outside.embedder.embed_passages

    async def embed_and_ask(texts):
        vectors = await embed(texts)
        seen.append(await ask(changed, household))
        return vectors

    changed.outside.embedder.embed_passages = embed_and_ask
    await changed.settle()
    assert set(seen) == {("old", 3)}
    assert await ask(changed, household) == ("new", 3)
    assert (await changed.verify(household.owner)).is_clean


async def test_the_new_model_answers_once_all_is_embedded_and_the_old_one_is_let_go(changed, household):
    assert await choose(changed, household) == "old"
    released_before = changed.old.released
    await changed.settle()
    assert changed.old.released > released_before
    assert await choose(changed, household) == "new"


async def test_the_old_model_is_not_asked_for_anything_after_the_change(changed, household):
    await changed.settle()
    asked_before = len(changed.old.questions)
    assert await ask(changed, household) == ("new", 3)
    assert len(changed.old.questions) == asked_before


async def test_half_of_the_vectors_do_not_move_a_knowledge_base(changed, household):
    async with changed.store.begin(household.owner) as tx:
        chunks = await tx.chunks.list_current_without_vector(household.knowledge_base_id, "new", limit=2)
    words = words_of_vectors(chunks, {})
    async for batch in changed.reindexing._passages.embed_in_batches(household.owner, words):
        async with changed.store.begin(household.owner) as tx:
            await tx.chunks.add_vectors("new", batch)
    assert await choose(changed, household) == "old"


async def test_a_knowledge_base_that_never_knew_another_model_is_the_new_ones(changed, household):
    fresh = await add_tenant(changed.store, "fresh")
    await changed.upload(fresh.owner)
    await changed.runner.run_until_idle()
    assert await choose(changed, fresh) == "new"


async def test_without_the_earlier_model_the_new_one_answers_with_what_it_has(changed, household):
    alone = Library(changed.store, changed.clock, changed.outside)
    assert await choose(alone, household) == "new"


async def test_how_far_the_change_is_is_said_while_it_goes_on(changed, household, monkeypatch):
    monkeypatch.setattr(passage_vectors, "_EMBED_AT_ONCE", 1)
    notices = EmbeddingNotices(changed.store, is_stand_in=False)
    told = [(await notices.find()).text]
    embed = changed.outside.embedder.embed_passages

    async def embed_and_look(texts):
        vectors = await embed(texts)
        told.append((await notices.find()).text)
        return vectors

    changed.outside.embedder.embed_passages = embed_and_look
    await changed.settle()
    shares = [int(re.search(r"(\d+) %", text)[1]) for text in told]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0 < shares[-1] < 100
    assert await notices.find() is None


async def test_a_stand_in_is_said_before_anything_else(changed):
    found = await EmbeddingNotices(changed.store, is_stand_in=True).find()
    assert found.notice is EmbeddingNotice.STAND_IN
    assert "setup-models" in found.text


async def test_a_tenant_that_is_erased_is_forgotten(changed, household):
    await choose(changed, household)
    changed.rollover.forget(household.owner.tenant_id)
    assert not changed.rollover._waiting
    assert changed.old.released
