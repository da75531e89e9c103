import pytest

from ragapp.core.errors import InvalidInput, NotFound, PermissionDenied
from ragapp.core.ids import DocumentId, new_id
from ragapp.core.scope import Role
from ragapp.core.sharing import BaseAccess
from ragapp.services.library.filing import FilingService, clean_folder, clean_tags
from tests.fakes.accounts import add_member


@pytest.fixture
def filing(store):
    return FilingService(store)


async def uploaded(library, household, *folders):
    """Return one document for each of the folders, newest last."""
    filing, ids = FilingService(library.store), []
    for number, folder in enumerate(folders):
        document_id = (await library.upload(household.owner, f"Text {number}", f"{number}.txt")).document.id
        await filing.file(household.owner, document_id, folder=folder)
        ids.append(document_id)
    return ids


async def found(library, scope, **filters):
    return {document.id for document in (await library.documents.list(scope, **filters)).items}


@pytest.mark.parametrize(
    ("typed", "folder"),
    [
        ("", ""),
        (" / ", ""),
        ("Contracts", "Contracts"),
        ("/Contracts// 2026 /", "Contracts/2026"),
        ("Ugovori\n/\u202eČakovec", "Ugovori/Čakovec"),
    ],
)
def test_a_folder_is_the_path_that_was_meant(typed, folder):
    assert clean_folder(typed) == folder


@pytest.mark.parametrize("typed", ["..", "a/../b", "./a", "a" * 301])
def test_what_cannot_be_a_folder_is_refused(typed):
    with pytest.raises(InvalidInput):
        clean_folder(typed)


def test_tags_are_small_letters_and_each_comes_once():
    assert clean_tags(["Ugovor", " ugovor ", "ŽURNO"]) == ["ugovor", "žurno"]
    for impossible in ("", "  ", "x" * 51):
        with pytest.raises(InvalidInput):
            clean_tags([impossible])


async def test_a_folder_shows_what_lies_in_it_and_in_those_in_it(library, household, filing):
    mine = await uploaded(library, household, "Contracts", "Contracts/2026", "contracts/2026", "Contracts 2", "")
    outer, inner, other_case, sibling, _ = mine
    assert await found(library, household.owner, folder="Contracts") == {outer, inner}
    assert await found(library, household.owner, folder="Contracts/2026") == {inner}
    assert await found(library, household.owner, folder="contracts") == {other_case}
    assert await found(library, household.owner, folder="Contracts 2") == {sibling}
    assert await found(library, household.owner, folder="%") == set()
    folders = {(view.path, view.document_count) for view in await filing.list_folders(household.owner)}
    assert folders == {("Contracts", 1), ("Contracts/2026", 1), ("contracts/2026", 1), ("Contracts 2", 1)}


async def test_a_folder_is_gone_with_the_last_document_in_it(library, household, filing):
    (document_id,) = await uploaded(library, household, "Contracts")
    await filing.file(household.owner, document_id, tags=["old"])
    await library.documents.delete(household.owner, document_id)
    assert await filing.list_folders(household.owner) == ()
    assert await filing.list_tags(household.owner) == ()


async def test_a_renamed_folder_takes_along_what_is_in_it(library, household, filing):
    await uploaded(library, household, "A", "A/B/C", "AB")
    count = await filing.rename_folder(household.owner, household.knowledge_base_id, folder="A", to="Z/Y")
    assert count == 2
    assert {view.path for view in await filing.list_folders(household.owner)} == {"Z/Y", "Z/Y/B/C", "AB"}


@pytest.mark.parametrize(
    ("folder", "to"), [("A", "A/deeper"), ("A", ""), ("A", "long" * 74), ("", "X")]
)
async def test_a_folder_that_cannot_be_renamed_stays(library, household, filing, folder, to):
    await uploaded(library, household, "A/inner")
    with pytest.raises(InvalidInput):
        await filing.rename_folder(household.owner, household.knowledge_base_id, folder=folder, to=to)
    assert [view.path for view in await filing.list_folders(household.owner)] == ["A/inner"]


async def test_tags_take_the_place_of_those_before_and_find_documents(library, household, filing):
    first, second = await uploaded(library, household, "", "")
    await filing.file(household.owner, first, tags=["Žurno", "ugovor"])
    view = await filing.file(household.owner, first, tags=["ugovor", "2026"])
    assert view.tags == ("2026", "ugovor")
    await filing.file(household.owner, second, tags=["2026"])
    assert await found(library, household.owner, tag="2026") == {first, second}
    assert await found(library, household.owner, tag="UGOVOR") == {first}
    assert [(tag.name, tag.document_count) for tag in await filing.list_tags(household.owner)] == [
        ("2026", 2),
        ("ugovor", 1),
    ]
    assert (await filing.file(household.owner, first, tags=[])).tags == ()


async def test_many_documents_are_filed_together_or_not_at_all(library, household, filing):
    ids = await uploaded(library, household, "", "")
    await filing.file(household.owner, ids[0], tags=[f"t{number}" for number in range(20)])
    for chosen, error in (([*ids, DocumentId(new_id())], NotFound), (ids, InvalidInput)):
        with pytest.raises(error):
            await filing.file_many(household.owner, chosen, folder="In", add_tags=["one more"])
    assert await found(library, household.owner, folder="In") == set()
    await filing.file_many(household.owner, [*ids, ids[0]], folder="In", add_tags=["new"], remove_tags=["t0"])
    assert await found(library, household.owner, folder="In", tag="new") == set(ids)
    assert await found(library, household.owner, tag="t0") == set()


async def test_what_a_member_may_not_read_is_in_no_folder_and_bears_no_tag(library, household, filing):
    (document_id,) = await uploaded(library, household, "Secret")
    await filing.file(household.owner, document_id, tags=["secret"])
    base = household.knowledge_base_id
    await library.knowledge_bases.set_access(household.owner, base, access=BaseAccess.MEMBERS, member_ids=())
    editor = await add_member(library.store, household, Role.EDITOR)
    assert await filing.list_folders(editor) == await filing.list_tags(editor) == ()
    with pytest.raises(NotFound):
        await filing.file(editor, document_id, folder="Mine")
    with pytest.raises(NotFound):
        await filing.rename_folder(editor, base, folder="Secret", to="Mine")


async def test_a_reader_files_nothing(library, household, filing):
    (document_id,) = await uploaded(library, household, "A")
    reader = await add_member(library.store, household, Role.MEMBER)
    with pytest.raises(PermissionDenied):
        await filing.file(reader, document_id, folder="B")
    assert len(await filing.list_folders(reader)) == 1
