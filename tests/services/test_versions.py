import asyncio
import random
from pathlib import Path

import pytest

from ragapp.core.errors import DuplicateDocument, EncryptedFile, NotFound, UnsupportedFileType
from ragapp.core.evidence import Passage, Source, source_url
from ragapp.core.ids import MessageId, chunk_id, new_id
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import TenantScope
from ragapp.models import Chat, Message
from ragapp.services.chat.chats import ChatService
from ragapp.services.chat.evidence_rows import to_row
from ragapp.store.store import Store
from tests.fakes.accounts import add_tenant
from tests.fakes.library import TEXT, Library

NEW = "# New\n\nA short new text that says something else."


async def content(library: Library, scope, document_id, version=None) -> str:
    file = await library.documents.file(scope, document_id, version=version)
    return await asyncio.to_thread(Path(file.path).read_text)


async def test_a_new_version_replaces_the_old_one_whole(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    before = await library.documents.get(household.owner, document_id)
    result = await library.replace(household.owner, document_id, NEW, "new.txt")
    assert (result.duplicate, result.document.status) == (False, DocumentStatus.QUEUED)
    assert (await library.documents.get(household.owner, document_id)).version == 1
    assert (result.document.filename, result.document.size_bytes) == ("report.txt", before.size_bytes)
    async with library.store.read(household.owner) as tx:
        assert len(await tx.chunks.list_current_ids(household.knowledge_base_id)) == before.chunk_count
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.version, document.chunk_count) == (DocumentStatus.READY, 2, 1)
    assert (document.filename, document.size_bytes) == ("new.txt", len(NEW))
    assert library.indexed_ids(household.knowledge_base_id) == {f"{document_id}:2:0"}
    async with library.store.read(household.owner) as tx:
        assert await tx.chunks.list_document_ids(document_id) == [f"{document_id}:2:0"]
    assert (await library.verify(household.owner)).is_clean


async def test_an_earlier_version_can_still_be_opened_as_it_was(library, household):
    document_id = (await library.upload(household.owner, "first page\fsecond page of the first version")).document.id
    await library.settle()
    old = await library.documents.text(household.owner, document_id)
    await library.replace(household.owner, document_id, NEW)
    await library.settle()
    assert await library.documents.text(household.owner, document_id, version=1) == old
    assert (await library.documents.text(household.owner, document_id)).text == NEW
    assert await content(library, household.owner, document_id, 1) == "first page\fsecond page of the first version"
    assert await content(library, household.owner, document_id) == NEW
    assert await library.documents.page_image(household.owner, document_id, 2, version=1) == b"2:0-0"
    with pytest.raises(NotFound):
        await library.documents.page_image(household.owner, document_id, 1)
    report = await library.verification.reconcile(household.owner)
    assert report.is_clean
    assert await content(library, household.owner, document_id, 1)


@pytest.mark.parametrize("version", [0, 2, 3, -1])
async def test_a_version_that_nobody_ever_saw_is_not_found(library, household, version):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    await library.replace(household.owner, document_id, NEW)
    for look in (library.documents.text, library.documents.file):
        with pytest.raises(NotFound):
            await look(household.owner, document_id, version=version)
    with pytest.raises(NotFound):
        await library.documents.page_image(household.owner, document_id, 1, version=version)


async def test_the_same_bytes_are_no_new_version(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    result = await library.replace(household.owner, document_id, TEXT, "other name.txt")
    assert (result.duplicate, result.task_id, result.document.status) == (True, None, DocumentStatus.READY)
    assert len(await library.versions.list(household.owner, document_id)) == 1


async def test_the_bytes_of_another_document_are_refused(library, household):
    first = (await library.upload(household.owner)).document.id
    await library.upload(household.owner, NEW)
    await library.settle()
    with pytest.raises(DuplicateDocument):
        await library.replace(household.owner, first, NEW)
    assert (await library.documents.get(household.owner, first)).version == 1
    assert (await library.verify(household.owner)).is_clean


async def test_a_replacement_that_is_no_document_leaves_nothing(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    with pytest.raises(UnsupportedFileType):
        await library.replace(household.owner, document_id, b"PK binary", "a.bin")
    assert (await library.documents.get(household.owner, document_id)).status is DocumentStatus.READY
    assert (await library.verify(household.owner)).is_clean


async def test_a_replacement_that_cannot_be_read_leaves_the_old_version_in_use(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    library.outside.parser.failure = EncryptedFile()
    await library.replace(household.owner, document_id, NEW)
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.version, document.error.code) == (DocumentStatus.FAILED, 1, "encrypted_file")
    assert (await library.documents.text(household.owner, document_id)).text == TEXT
    async with library.store.read(household.owner) as tx:
        assert len(await tx.chunks.list_current_ids(household.knowledge_base_id)) == document.chunk_count
    library.outside.parser.failure = None
    await library.replace(household.owner, document_id, NEW + " Third.")
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.version, document.error) == (DocumentStatus.READY, 3, None)
    listed = await library.versions.list(household.owner, document_id)
    assert [(view.version, view.is_current) for view in listed] == [(3, True), (1, False)]
    await library.verification.reconcile(household.owner)
    assert (await library.verify(household.owner)).is_clean


async def test_a_failed_replacement_can_be_tried_again(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    library.outside.parser.failure = EncryptedFile()
    await library.replace(household.owner, document_id, NEW)
    await library.settle()
    library.outside.parser.failure = None
    await library.documents.retry(household.owner, document_id)
    await library.settle()
    assert (await library.documents.text(household.owner, document_id)).text == NEW


async def test_the_last_of_several_replacements_wins(library, household):
    document_id = (await library.upload(household.owner)).document.id
    for round_number in range(3):
        await library.replace(household.owner, document_id, f"{NEW} {round_number}")
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.version) == (DocumentStatus.READY, 4)
    assert (await library.documents.text(household.owner, document_id)).text == f"{NEW} 2"
    async with library.store.read(household.owner) as tx:
        assert {version for version, _ in await tx.chunks.list_version_numbers(document_id)} == {4}


async def test_deleting_a_document_removes_the_bytes_of_all_its_versions(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    await library.replace(household.owner, document_id, NEW)
    await library.settle()
    assert len(await library.outside.blobs.list_keys(household.tenant_id)) == 2
    await library.documents.delete(household.owner, document_id)
    await library.settle()
    assert await library.outside.blobs.list_keys(household.tenant_id) == []
    assert (await library.verify(household.owner)).is_clean


async def test_bytes_that_another_documents_old_version_needs_stay(library, household):
    first = (await library.upload(household.owner)).document.id
    await library.settle()
    await library.replace(household.owner, first, NEW)
    await library.settle()
    again = await library.upload(household.owner, TEXT)
    await library.settle()
    assert not again.duplicate
    await library.documents.delete(household.owner, again.document.id)
    await library.settle()
    assert await content(library, household.owner, first, 1) == TEXT


def two_hundred_pages() -> list[str]:
    chance = random.Random(7)
    stems, endings = ("radn", "ugov", "odmor", "plaća", "rok"), ("a", "om", "ima", "e")
    words = [f"{stem}{ending}" for stem in stems for ending in endings]
    return [
        "\n\n".join(
            " ".join(chance.choices(words, k=70)).capitalize() + f". Stavak {page}.{number}." for number in range(4)
        )
        for page in range(200)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("edit", ["a word more", "a paragraph more", "a paragraph less"])
@pytest.mark.parametrize("joint", ["\f", "\n\n"])
async def test_an_edit_of_one_paragraph_embeds_only_what_changed(library, household, edit, joint):
    library.versions._uploads._max_bytes = 10_000_000
    embedded = library.outside.embedder.embedded
    pages = two_hundred_pages()
    document_id = (await library.upload(household.owner, joint.join(pages))).document.id
    await library.settle()
    total = (await library.documents.get(household.owner, document_id)).chunk_count
    assert sum(map(len, embedded)) == total > 500
    embedded.clear()
    first, *rest = pages[100].split("\n\n")
    changed = {
        "a word more": [first + " Nova riječ.", *rest],
        "a paragraph more": [first, "Sasvim novi stavak koji prije nije postojao. " * 9, *rest],
        "a paragraph less": rest,
    }[edit]
    pages[100] = "\n\n".join(changed)
    await library.replace(household.owner, document_id, joint.join(pages))
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert document.version == 2
    assert 0 < sum(map(len, embedded)) <= total * 0.02 or edit == "a paragraph less"
    assert sum(map(len, embedded)) <= 3
    async with library.store.read(household.owner) as tx:
        assert not await tx.chunks.list_without_vector(document_id, 2, library.outside.embedder.fingerprint)
    assert (await library.verify(household.owner)).is_clean


async def test_the_same_words_are_embedded_once_in_a_tenant_while_anything_there_holds_them(library, household, store):
    embedded = library.outside.embedder.embedded
    archive = await library.knowledge_bases.create(household.owner, name="Archive")
    first = (await library.upload(household.owner)).document.id
    await library.settle()
    count = sum(map(len, embedded))
    embedded.clear()
    copy = (await library.upload(household.owner, knowledge_base_id=archive.id)).document
    await library.settle()
    assert embedded == []
    assert (await library.documents.get(household.owner, copy.id)).chunk_count == count
    stranger = await add_tenant(store, "other")
    await library.upload(stranger.owner)
    await library.settle()
    assert sum(map(len, embedded)) == count
    embedded.clear()
    for document_id in (first, copy.id):
        await library.documents.delete(household.owner, document_id)
    await library.settle()
    await library.upload(household.owner)
    await library.settle()
    assert sum(map(len, embedded)) == count
    assert (await library.verify(household.owner)).is_clean


async def test_an_answer_given_before_a_replacement_still_shows_what_it_cited(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    start = TEXT.index("The 2th")
    quoted = TEXT[start : start + 40]
    passage = Passage(1, 0.9, document_id, "report", None, chunk_id(document_id, 1, 2), quoted, start, start + 40, "")
    cited = Source(1, passage, quoted, start, start + 40, source_url(document_id, None, start, start + 40))
    message_id = await add_answer(library.store, household.owner, cited)
    await library.replace(household.owner, document_id, NEW)
    await library.settle()
    view = await ChatService(library.store, library.clock).evidence(household.owner, message_id, 1)
    assert (view.version, view.is_current, view.passage_text) == (1, False, quoted)
    assert TEXT[: view.start].endswith(view.before) and view.before
    await library.documents.delete(household.owner, document_id)
    with pytest.raises(NotFound):
        await ChatService(library.store, library.clock).evidence(household.owner, message_id, 1)


async def add_answer(store: Store, scope: TenantScope, cited: Source) -> MessageId:
    chat, message_id = new_id(), MessageId(new_id())
    async with store.begin(scope) as tx:
        tx.chats._session.add(Chat(tenant_id=scope.tenant_id, id=chat, owner_id=scope.user_id))
        await tx.chats._session.flush()
        tx.chats._session.add(
            Message(
                tenant_id=scope.tenant_id,
                id=message_id,
                chat_id=chat,
                position=1,
                role="assistant",
                status="complete",
                sources=[to_row(cited)],
            )
        )
    return message_id
