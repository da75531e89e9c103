from dataclasses import replace

import numpy as np
import pytest

from ragapp.core.ids import ChunkId
from ragapp.core.lifecycle import DocumentStatus, TaskKind
from ragapp.rag.analysis import PassageFields, analyse
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.types import Hit, Language
from ragapp.services.retrieval.exact_search import ExactSearch
from ragapp.services.retrieval.vector_indexes import Contents, VectorIndexes
from tests.fakes.accounts import add_tenant
from tests.fakes.embedder import HashEmbedder
from tests.fakes.library import Library, Outside, expected_ids


async def ask(library, household, text="subject 3", limit=3):
    vector = await library.outside.embedder.embed_question(text)
    return await library.indexes.query(household.owner, household.knowledge_base_id, vector, limit=limit)


@pytest.fixture
async def document_id(library, household):
    result = await library.upload(household.owner)
    await library.settle()
    return result.document.id


async def test_the_index_and_exact_search_give_the_same_answer(library, household, document_id):
    from_index = await ask(library, household)
    library.outside.index.available = False
    from_sql = await ask(library, household)
    assert [hit.chunk_id for hit in from_sql] == [hit.chunk_id for hit in from_index]
    assert np.allclose([hit.score for hit in from_sql], [hit.score for hit in from_index], atol=1e-6)
    assert library.indexes.degraded_count == 1
    library.outside.index.available = True
    await ask(library, household)
    assert library.indexes.degraded_count == 0


async def test_an_empty_knowledge_base_gives_nothing_and_is_not_degraded(library, household):
    assert await ask(library, household) == []
    assert library.indexes.degraded_count == 0


async def test_a_document_becomes_ready_although_the_index_is_down(library, household):
    library.outside.index.available = False
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).status == DocumentStatus.READY
    assert len(await ask(library, household)) == 3
    library.outside.index.available = True
    library.clock.advance(minutes=1)
    await library.settle()
    assert set(await expected_ids(library.store, household.owner, document_id)) == {
        *library.indexed_ids(household.knowledge_base_id)
    }
    assert (await library.verify(household.owner)).is_clean
    await ask(library, household)
    assert library.indexes.degraded_count == 0


async def test_an_index_that_loses_what_it_was_given_is_rebuilt(library, household):
    library.outside.index.lose_next_add = True
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    assert library.indexed_ids(household.knowledge_base_id) == {
        *await expected_ids(library.store, household.owner, document_id)
    }
    assert [ref.generation for ref, entries in library.outside.index.collections.items() if entries] == [2]


async def test_a_collection_left_dirty_is_not_asked_after_a_restart_but_rebuilt(library, household, document_id):
    async with library.store.begin(household.owner) as tx:
        row = await tx.collections.find_serving(household.knowledge_base_id, library.indexes.fingerprint)
        await tx.collections.mark(row, dirty=True)
    library.outside.index.collections[next(iter(library.outside.index.collections))].clear()
    restarted = await library.restart()
    assert await restarted.indexes.ensure_current(household.owner) == 1
    asked_before = len(library.outside.index.queries)
    assert len(await ask(restarted, household)) == 3
    assert len(library.outside.index.queries) == asked_before
    await restarted.settle()
    assert (await restarted.verify(household.owner)).is_clean
    assert [ref.generation for ref in library.outside.index.collections] == [2]


async def test_a_sound_collection_is_left_alone_at_start(library, household, document_id):
    assert await library.indexes.ensure_current(household.owner) == 0


async def test_another_embedder_gets_its_own_generation_from_the_text_in_sql(library, household, document_id):
    other = HashEmbedder(dimension=32, fingerprint="other-v2")
    alive = library.outside
    changed = Library(library.store, library.clock, Outside(alive.blobs, alive.parser, other, alive.index))
    assert await changed.indexes.ensure_current(household.owner) == 1
    second = await changed.upload(household.owner, "# New\n\n" + "Text that came after the change. " * 12)
    await changed.settle()
    assert (await changed.documents.get(household.owner, second.document.id)).status == DocumentStatus.READY
    assert (await changed.verify(household.owner)).is_clean
    assert {ref.fingerprint for ref in alive.index.collections} == {"other-v2"}
    assert len(await ask(changed, household)) == 3
    back = await library.restart()
    await back.indexes.ensure_current(household.owner)
    await back.settle()
    assert (await back.verify(household.owner)).is_clean


async def test_what_came_and_went_during_a_rebuild_is_in_its_result(library, household, document_id):
    async with library.store.begin(household.owner) as tx:
        await library.indexes.distrust(tx, household.knowledge_base_id)
    add, later = library.outside.index.add, []

    async def add_and_change(ref, ids, vectors):
        await add(ref, ids, vectors)
        if not later:
            later.append(True)
            await add(ref, [ChunkId("stranger:1:0")], vectors[:1])

    library.outside.index.add = add_and_change
    await library.settle()
    assert later
    assert (await library.verify(household.owner)).is_clean


async def test_rebuilding_an_index_of_a_knowledge_base_that_is_gone_ends(library, household):
    base = await library.knowledge_bases.create(household.owner, name="Short-lived")
    async with library.store.begin(household.owner) as tx:
        await library.indexes.distrust(tx, base.id)
    await library.knowledge_bases.delete(household.owner, base.id)
    await library.settle()
    async with library.store.read(household.owner) as tx:
        assert await tx.tasks.list_unfinished() == []


async def test_nobody_gets_hits_from_another_tenant(library, household, document_id):
    stranger = await add_tenant(library.store, "strangers")
    assert await ask(library, stranger) == []
    vector = await library.outside.embedder.embed_question("subject")
    hits = await library.indexes.query(stranger.owner, household.knowledge_base_id, vector, limit=5)
    assert hits == []


async def test_exact_search_keeps_to_its_memory(library, household, document_id):
    second = await library.knowledge_bases.create(household.owner, name="Second")
    await library.upload(household.owner, knowledge_base_id=second.id)
    await library.settle()
    search = ExactSearch(library.store, max_bytes=6 * 64 * 4)
    vector = await library.outside.embedder.embed_question("subject")
    fingerprint = library.indexes.fingerprint
    for base in (household.knowledge_base_id, second.id):
        hits = await search.query(household.owner, base, fingerprint, vector, limit=2)
        assert len(hits) == 2
        assert all(isinstance(hit, Hit) for hit in hits)
    assert len(search._matrices) == 1


async def test_exact_search_sees_a_deletion_at_once(library, household, document_id):
    library.outside.index.available = False
    assert await ask(library, household)
    await library.documents.delete(household.owner, document_id)
    assert await ask(library, household) == []


async def test_a_small_knowledge_base_is_searched_exactly_a_larger_one_by_the_index(library, household, document_id):
    index, fingerprint = library.outside.index, library.indexes.fingerprint
    indexes = VectorIndexes(library.store, index, fingerprint, library.signals, exact_up_to=10)
    vector = await library.outside.embedder.embed_question("subject 3")
    found = {}
    for passage_count in (10, 11):
        contents = Contents(revision=1, passage_count=passage_count)
        base = household.knowledge_base_id
        hits = await indexes.query(household.owner, base, vector, limit=3, contents=contents)
        found[passage_count] = ([hit.chunk_id for hit in hits], len(index.queries))
    assert found == {10: (found[11][0], 0), 11: (found[10][0], 1)}
    assert len(found[10][0]) == 3


async def test_exact_search_keeps_its_vectors_until_the_revision_moves_on(library, household, document_id):
    search = ExactSearch(library.store, max_bytes=1_000_000)
    vector = await library.outside.embedder.embed_question("subject")
    place = (household.owner, household.knowledge_base_id, library.indexes.fingerprint)
    async with library.store.read(household.owner) as tx:
        revision = (await tx.knowledge_bases.get_revisions())[household.knowledge_base_id]
    before = await search.query(*place, vector, limit=50, revision=revision)
    await library.upload(household.owner, "# New\n\n" + "Text of another subject. " * 12)
    await library.settle()
    assert await search.query(*place, vector, limit=50, revision=revision) == before
    assert len(await search.query(*place, vector, limit=50, revision=revision + 1)) > len(before)


@pytest.fixture
def growing(library):
    """A library that needs no collection before the eleventh passage; an upload has seven or so."""
    return Library(library.store, library.clock, library.outside, exact_up_to=10)


async def add_text(library, household, name):
    result = await library.upload(household.owner, f"# {name}\n\n" + f"Text about {name} and nothing else. " * 60, name)
    await library.settle()
    return result.document.id


async def test_a_small_knowledge_base_has_no_collection_and_is_whole(growing, household):
    document_id = await add_text(growing, household, "one.txt")
    assert (await growing.documents.get(household.owner, document_id)).status == DocumentStatus.READY
    assert 0 < (await growing.documents.get(household.owner, document_id)).chunk_count <= 10
    assert growing.outside.index.collections == {}
    assert len(await ask(growing, household)) > 0
    assert await growing.indexes.ensure_current(household.owner) == 0
    assert (await growing.verify(household.owner)).is_clean
    await growing.documents.delete(household.owner, document_id)
    await growing.settle()
    assert growing.outside.index.collections == {}


async def test_the_passage_above_the_limit_brings_a_collection_of_everything(growing, household):
    ids = [await add_text(growing, household, f"{number}.txt") for number in range(4)]
    everything = [found for one in ids for found in await expected_ids(growing.store, household.owner, one)]
    assert len(everything) > 10
    assert growing.indexed_ids(household.knowledge_base_id) == {*everything}
    assert await growing.indexes.ensure_current(household.owner) == 0
    await ask(growing, household)
    assert growing.outside.index.queries
    assert (await growing.verify(household.owner)).is_clean


async def test_one_large_document_is_written_to_its_collection_at_once(growing, household):
    growing.outside.index.queries.clear()
    text = "\n\n".join(f"Paragraph {number}. " + "Many words about it. " * 30 for number in range(30))
    document_id = (await growing.upload(household.owner, text)).document.id
    await growing.settle()
    assert len(await expected_ids(growing.store, household.owner, document_id)) > 10
    assert [ref.generation for ref in growing.outside.index.collections] == [1]
    assert (await growing.verify(household.owner)).is_clean


async def test_while_the_collection_is_built_exact_search_answers(growing, household):
    for number in range(4):
        await growing.upload(household.owner, f"Text about {number} and nothing else. " * 60, f"{number}.txt")
    lease = await growing.queue.claim("a runner")
    while lease is not None and lease.kind is not TaskKind.REINDEX:
        await growing.ingestion.run(household.owner, lease)
        lease = await growing.queue.claim("a runner")
    assert lease is not None
    assert growing.outside.index.collections == {}
    assert len(await ask(growing, household)) == 3
    await growing.reindexing.run(household.owner, lease)
    assert (await growing.verify(household.owner)).is_clean
    assert growing.outside.index.collections


async def test_a_knowledge_base_that_shrank_to_half_loses_its_collection(growing, household):
    ids = [await add_text(growing, household, f"{number}.txt") for number in range(4)]
    assert growing.outside.index.collections
    while await count_passages(growing, household) > 5:
        await growing.documents.delete(household.owner, ids.pop())
        await growing.settle()
    assert ids
    await growing.verification.reconcile(household.owner)
    await growing.settle()
    assert growing.outside.index.collections == {}
    assert len(await ask(growing, household)) > 0
    assert (await growing.verify(household.owner)).is_clean
    assert await growing.indexes.ensure_current(household.owner) == 0


async def test_another_embedder_sees_a_small_knowledge_base_without_a_collection(growing, household):
    await add_text(growing, household, "one.txt")
    other = HashEmbedder(dimension=32, fingerprint="other-v2")
    alive = growing.outside
    changed = Library(
        growing.store, growing.clock, Outside(alive.blobs, alive.parser, other, alive.index), exact_up_to=10
    )
    assert await changed.indexes.ensure_current(household.owner) == 1
    await changed.settle()
    assert alive.index.collections == {}
    assert len(await ask(changed, household)) > 0
    assert (await changed.verify(household.owner)).is_clean


async def count_passages(library, household):
    async with library.store.read(household.owner) as tx:
        return await tx.chunks.count_current([household.knowledge_base_id])


async def across(library, household, lexical, *, indexed):
    """Ask for passages in Croatian, from the collection or by exact search."""
    question = await library.outside.embedder.embed_question("subject 3")
    contents = Contents(revision=10**6, passage_count=len(lexical) if indexed else 0)
    return await library.indexes.query_across(
        household.owner,
        household.knowledge_base_id,
        question * np.float32(0.5),
        language="hr",
        lexical=lexical,
        limit=3,
        contents=contents,
    )


async def test_another_language_is_asked_for_without_what_its_passages_have_in_common(library, household, document_id):
    ids = await expected_ids(library.store, household.owner, document_id)
    terms = analyse(PassageFields("subject"), Language.OTHER)
    half = set(ids[: len(ids) // 2])
    lexical = LexicalIndex((found, replace(terms, language="hr" if found in half else "en")) for found in ids)
    for indexed in (True, False):
        hits = await across(library, household, lexical, indexed=indexed)
        assert hits
        assert {hit.chunk_id for hit in hits} <= half
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    empty = LexicalIndex((found, replace(terms, language="en")) for found in ids)
    assert await across(library, household, empty, indexed=True) == []
