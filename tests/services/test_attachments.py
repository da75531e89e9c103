"""Files inside a document become documents of their own that know it."""

from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.lifecycle import DocumentStatus
from tests.fakes.archives import make_zip

ADDED, LEFT_OUT = NoteCode.ATTACHMENTS_ADDED, NoteCode.ATTACHMENTS_LEFT_OUT


def mail(text, attached):
    """Return what the parser and the reader for tests take for a document with files inside it."""
    return text.encode() + make_zip(attached)


async def by_title(library, household):
    return {row.title: row for row in (await library.documents.list(household.owner)).items}


async def test_attachments_are_read_in_the_folder_of_what_they_came_with(library, household):
    content = mail("The offer is attached.", {"offer.txt": "The price is 4300 EUR.", "run.exe": "MZ"})
    holder = (await library.upload(household.owner, content, "mail.txt")).document.id
    async with library.store.begin(household.owner) as tx:
        await tx.documents.change(holder, folder="Offers/2026")
    await library.settle()
    found = await by_title(library, household)
    assert found.keys() == {"mail", "offer.txt"}
    offer = found["offer.txt"]
    assert (offer.status, offer.folder, offer.attached_to) == (DocumentStatus.READY, "Offers/2026", holder)
    assert found["mail"].notes == (DocumentNote(ADDED, 1), DocumentNote(LEFT_OUT, 1))
    assert found["mail"].attached_to is None


async def test_a_file_that_was_there_already_stays_where_it_is(library, household, clock):
    await library.upload(household.owner, "The price is 4300 EUR.", "price.txt")
    await library.settle()
    clock.advance(seconds=60)
    await library.upload(household.owner, mail("See.", {"offer.txt": "The price is 4300 EUR."}), "mail.txt")
    await library.settle()
    found = await by_title(library, household)
    assert found.keys() == {"price", "mail"}
    assert found["mail"].notes == (DocumentNote(ADDED, 1),)
    assert found["price"].attached_to is None


async def test_files_deep_inside_files_stay_inside(library, household):
    content = "The innermost."
    for level in range(5):
        content = mail(f"Level {level}.", {f"{level}.txt": content})
    await library.upload(household.owner, content, "outer.txt")
    await library.settle()
    found = await by_title(library, household)
    assert found.keys() == {"outer", "4.txt", "3.txt", "2.txt"}
    assert found["2.txt"].notes == (DocumentNote(LEFT_OUT, 1),)


async def test_a_link_back_leads_nowhere_once_the_holder_is_gone(library, household):
    holder = await library.upload(household.owner, mail("See.", {"offer.txt": "The price is 4300 EUR."}), "mail.txt")
    await library.settle()
    await library.documents.delete(household.owner, holder.document.id)
    assert (await by_title(library, household))["offer.txt"].attached_to is None
