import pytest

from ragapp.core.errors import Conflict, InvalidInput, NameTaken


async def test_counts_follow_the_documents(library, household):
    await library.upload(household.owner)
    await library.settle()
    (base,) = await library.knowledge_bases.list(household.owner)
    assert (base.is_default, base.document_count, base.chunk_count) == (True, 1, 5)


async def test_a_name_is_used_once(library, household):
    first = await library.knowledge_bases.create(household.owner, name=" Ugovori ", description="svi")
    assert first.name == "Ugovori"
    with pytest.raises(NameTaken):
        await library.knowledge_bases.create(household.owner, name="Ugovori")
    with pytest.raises(NameTaken):
        await library.knowledge_bases.update(household.owner, household.knowledge_base_id, name="Ugovori")
    with pytest.raises(InvalidInput):
        await library.knowledge_bases.update(household.owner, first.id, name=" ")
    changed = await library.knowledge_bases.update(household.owner, first.id, description="stari")
    assert (changed.name, changed.description) == ("Ugovori", "stari")


async def test_only_an_empty_one_that_is_not_the_default_can_be_deleted(library, household):
    base = await library.knowledge_bases.create(household.owner, name="Second")
    document = (await library.upload(household.owner, knowledge_base_id=base.id)).document
    await library.settle()
    for refused in (base.id, household.knowledge_base_id):
        with pytest.raises(Conflict):
            await library.knowledge_bases.delete(household.owner, refused)
    await library.documents.delete(household.owner, document.id)
    with pytest.raises(Conflict):
        await library.knowledge_bases.delete(household.owner, base.id)
    await library.settle()
    await library.knowledge_bases.delete(household.owner, base.id)
    assert [view.id for view in await library.knowledge_bases.list(household.owner)] == [household.knowledge_base_id]
    assert not [ref for ref in library.outside.index.collections if ref.knowledge_base_id == base.id]
