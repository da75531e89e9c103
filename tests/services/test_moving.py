"""Moving documents between knowledge bases, over a real database."""

import pytest

from ragapp.core.errors import DuplicateDocument, IndexUnavailable, InvalidTransition, NotFound, PermissionDenied
from ragapp.core.ids import DocumentId, KnowledgeBaseId, new_id
from ragapp.core.scope import Role
from ragapp.services.library.moving import MovingService
from tests.fakes.accounts import scope_of


@pytest.fixture
def moving(library) -> MovingService:
    return MovingService(library.store, library.indexes)


@pytest.fixture
async def other(library, household) -> KnowledgeBaseId:
    return (await library.knowledge_bases.create(household.owner, name="Other")).id


async def ready(library, household, **options) -> DocumentId:
    document_id = (await library.upload(household.owner, **options)).document.id
    await library.settle()
    return document_id


async def current_ids(library, household, base) -> set[str]:
    async with library.store.read(household.owner) as tx:
        return set(await tx.chunks.list_current_ids(base))


async def test_a_moved_document_is_whole_in_its_new_home_and_gone_from_the_old(library, household, moving, other):
    document_id = await ready(library, household)
    before = await library.documents.get(household.owner, document_id)

    moved = await moving.move(household.owner, document_id, other)

    assert (moved.knowledge_base_id, moved.status, moved.chunk_count) == (other, before.status, before.chunk_count)
    assert library.indexed_ids(household.knowledge_base_id) == set()
    ids = await current_ids(library, household, other)
    assert library.indexed_ids(other) == ids and len(ids) == before.chunk_count
    assert await current_ids(library, household, household.knowledge_base_id) == set()
    assert (await library.verify(household.owner)).is_clean


async def test_a_move_is_written_down(library, household, moving, other):
    await moving.move(household.owner, await ready(library, household), other)
    async with library.store.read(household.owner) as tx:
        written = await tx.audit.list_chain(after=0, limit=10)
    assert written[-1].action == "document.moved"


async def test_moving_there_and_back_changes_nothing(library, household, moving, other):
    document_id = await ready(library, household)
    ids = await current_ids(library, household, household.knowledge_base_id)

    for base in (other, household.knowledge_base_id, household.knowledge_base_id):
        await moving.move(household.owner, document_id, base)

    assert library.indexed_ids(household.knowledge_base_id) == ids
    assert (await library.verify(household.owner)).is_clean


async def test_both_knowledge_bases_are_read_anew_after_a_move(library, household, moving, other):
    document_id = await ready(library, household)
    async with library.store.read(household.owner) as tx:
        before = await tx.knowledge_bases.get_revisions()
    await moving.move(household.owner, document_id, other)
    async with library.store.read(household.owner) as tx:
        after = await tx.knowledge_bases.get_revisions()
    assert all(after[base] > before[base] for base in (household.knowledge_base_id, other))


async def test_a_document_that_is_still_being_read_stays(library, household, moving, other):
    document_id = (await library.upload(household.owner)).document.id
    with pytest.raises(InvalidTransition):
        await moving.move(household.owner, document_id, other)
    await library.settle()
    assert (await moving.move(household.owner, document_id, other)).knowledge_base_id == other


async def test_the_same_bytes_cannot_be_twice_in_one_place(library, household, moving, other):
    document_id = await ready(library, household)
    await ready(library, household, knowledge_base_id=other)
    held = library.indexed_ids(other)
    with pytest.raises(DuplicateDocument):
        await moving.move(household.owner, document_id, other)
    assert library.indexed_ids(other) == held
    assert (await library.documents.get(household.owner, document_id)).knowledge_base_id == household.knowledge_base_id
    assert (await library.verify(household.owner)).is_clean


async def test_a_move_while_the_index_is_down_is_made_good_by_a_rebuild(
    library, household, moving, other, monkeypatch
):
    document_id = await ready(library, household)
    ids = await current_ids(library, household, household.knowledge_base_id)

    async def down(*_: object) -> None:
        raise IndexUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(library.outside.index, "add", down)
        await moving.move(household.owner, document_id, other)
    await library.settle()

    assert library.indexed_ids(other) == ids
    assert (await library.verify(household.owner)).is_clean


async def test_who_may_not_change_documents_may_not_move_them(library, household, moving, other):
    document_id = await ready(library, household)
    reader = scope_of(household.owner.tenant_id, household.owner.user_id, Role.MEMBER)
    for act in (moving.move(reader, document_id, other), moving.move_many(reader, [document_id], other)):
        with pytest.raises(PermissionDenied):
            await act


@pytest.mark.parametrize("missing", ["document", "base"])
async def test_what_is_not_there_is_not_found(library, household, moving, other, missing):
    document_id = await ready(library, household)
    wrong = (
        (DocumentId(new_id()), other) if missing == "document" else (document_id, KnowledgeBaseId(new_id()))
    )
    with pytest.raises(NotFound):
        await moving.move(household.owner, *wrong)
    with pytest.raises(NotFound):
        await moving.move_many(household.owner, [wrong[0]], wrong[1])


async def test_of_many_those_that_cannot_go_are_named(library, household, moving, other):
    first = await ready(library, household)
    second = await ready(library, household, text="Another text altogether.", filename="b.txt")
    await ready(library, household, knowledge_base_id=other)

    assert await moving.move_many(household.owner, [first, second], other) == (first,)
