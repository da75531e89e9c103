import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

import ragapp
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import (
    EmptyFile,
    EncryptedFile,
    FileTooLarge,
    IdempotencyKeyReused,
    InvalidFileName,
    InvalidInput,
    InvalidTransition,
    NotFound,
    PermissionDenied,
    UnsupportedFileType,
)
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.lifecycle import DocumentStatus, TaskKind, TaskStatus
from ragapp.core.scope import Origin, Role
from ragapp.core.sharing import BaseAccess
from ragapp.rag.types import ParsedDocument
from tests.fakes.accounts import add_member, add_tenant
from tests.fakes.library import MAX_BYTES, TEXT, expected_ids, pieces


async def test_an_upload_becomes_searchable(library, household):
    result = await library.upload(household.owner)
    assert (result.document.status, result.duplicate) == (DocumentStatus.QUEUED, False)
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.progress, document.version, document.error) == ("ready", 100, 1, None)
    assert document.created_by == "Owner of acme"
    assert document.language == "en"
    ids = await expected_ids(library.store, household.owner, document.id)
    assert document.chunk_count == len(ids) > 1
    assert library.indexed_ids(household.knowledge_base_id) == set(ids)
    task = await library.tasks.get(household.owner, result.task_id)
    assert (task.status, task.progress, task.document_id) == (TaskStatus.COMPLETED, 100, document.id)
    assert (await library.verify(household.owner)).is_clean


async def test_notes_of_the_parser_stay_with_the_version_they_are_about(library, household):
    noted = DocumentNote(NoteCode.PAGES_RECOGNISED, 2), DocumentNote(NoteCode.MACROS_LEFT_OUT, 1)
    library.outside.parser.notes = noted
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    first = (await library.documents.get(household.owner, document_id)).notes
    library.outside.parser.notes = ()
    await library.versions.replace(household.owner, document_id, pieces(b"Another text."), filename="b.txt")
    await library.settle()
    assert first == noted
    assert (await library.documents.get(household.owner, document_id)).notes == ()
    assert (await library.documents.text(household.owner, document_id, version=1)).notes == first


async def test_every_passage_is_a_verbatim_slice_of_the_stored_text(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    text = await library.documents.text(household.owner, document_id)
    async with library.store.read(household.owner) as tx:
        rows = await tx.chunks.list_current_by_ids(await tx.chunks.list_version_ids(document_id, 1))
    assert text.text == TEXT
    assert all(chunk.text == text.text[chunk.start : chunk.end] for chunk, _ in rows)
    assert {chunk.heading for chunk, _ in rows} == {f"Topic {number}" for number in range(5)}


async def test_the_same_bytes_are_recognised(library, household):
    first = await library.upload(household.owner)
    again = await library.upload(household.owner, filename="copy.txt")
    assert (again.document.id, again.task_id, again.duplicate) == (first.document.id, None, True)
    await library.settle()
    assert (await library.verify(household.owner)).is_clean


async def test_known_bytes_leave_the_stored_file_alone(library, household):
    first = await library.upload(household.owner)
    (key,) = await library.outside.blobs.list_keys(household.tenant_id)
    stored = (await library.outside.blobs.open_path(household.tenant_id, key)).stat()
    await library.upload(household.owner)
    after = (await library.outside.blobs.open_path(household.tenant_id, key)).stat()
    assert (after.st_ino, after.st_mtime_ns) == (stored.st_ino, stored.st_mtime_ns)
    await library.settle()
    assert (await library.documents.get(household.owner, first.document.id)).status == DocumentStatus.READY


async def test_bytes_that_went_missing_come_back_with_the_same_file(library, household):
    first = await library.upload(household.owner)
    await library.settle()
    (key,) = await library.outside.blobs.list_keys(household.tenant_id)
    await library.outside.blobs.delete(household.tenant_id, key)
    again = await library.upload(household.owner)
    assert (again.document.id, again.duplicate) == (first.document.id, True)
    assert await library.outside.blobs.list_keys(household.tenant_id) == [key]
    assert (await library.verify(household.owner)).is_clean


async def test_nobody_learns_what_a_knowledge_base_holds_that_was_closed_while_the_bytes_came_in(library, household):
    base = await library.knowledge_bases.create(household.owner, name="Second")
    editor = await add_member(library.store, household, Role.EDITOR)
    await library.upload(household.owner, knowledge_base_id=base.id)

    async def slow():
        yield TEXT.encode()
        await library.knowledge_bases.set_access(
            household.owner, base.id, access=BaseAccess.ROLE, role=Role.OWNER, member_ids=()
        )

    with pytest.raises(NotFound):
        await library.documents.upload(editor, slow(), filename="copy.txt", knowledge_base_id=base.id)


async def test_ten_identical_uploads_at_once_make_one_document(library, household):
    results = await asyncio.gather(*(library.upload(household.owner) for _ in range(10)))
    assert len({result.document.id for result in results}) == 1
    assert sum(not result.duplicate for result in results) == 1
    await library.settle()
    assert len((await library.documents.list(household.owner)).items) == 1
    assert (await library.verify(household.owner)).is_clean


async def test_the_same_bytes_in_another_knowledge_base_are_another_document(library, household):
    base = await library.knowledge_bases.create(household.owner, name="Second")
    first = await library.upload(household.owner)
    second = await library.upload(household.owner, knowledge_base_id=base.id)
    await library.settle()
    assert first.document.id != second.document.id
    await library.documents.delete(household.owner, first.document.id)
    await library.settle()
    assert (await library.documents.file(household.owner, second.document.id)).size_bytes == len(TEXT)
    assert (await library.verify(household.owner)).is_clean


@pytest.mark.parametrize(
    ("content", "filename", "error"),
    [
        (b"", "a.txt", EmptyFile),
        (b"x" * (MAX_BYTES + 1), "a.txt", FileTooLarge),
        (b"PK\x03\x04", "a.txt", UnsupportedFileType),
        (b"text", "a.exe", UnsupportedFileType),
        (b"text", "../..", InvalidFileName),
        (b"text", "\u202e\x00", InvalidFileName),
    ],
)
async def test_a_refused_upload_leaves_nothing_behind(library, household, content, filename, error):
    with pytest.raises(error):
        await library.upload(household.owner, content, filename)
    assert await library.outside.blobs.list_keys(household.tenant_id) == []
    assert (await library.documents.list(household.owner)).items == ()


async def test_a_refused_copy_does_not_take_the_bytes_of_the_document_that_has_them(library, household):
    document_id = (await library.upload(household.owner)).document.id
    with pytest.raises(UnsupportedFileType):
        await library.upload(household.owner, filename="report.exe")
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).status == DocumentStatus.READY


async def test_an_upload_that_breaks_off_leaves_nothing_behind(library, household):
    async def broken():
        yield b"beginning"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await library.documents.upload(household.owner, broken(), filename="a.txt")
    assert (await library.verify(household.owner)).is_clean


async def test_a_keyed_retry_gets_the_same_answer_and_another_request_is_refused(library, household):
    first = await library.upload(household.owner, idempotency_key="k")
    again = await library.upload(household.owner, idempotency_key="k")
    assert (again.document.id, again.task_id, again.duplicate) == (first.document.id, first.task_id, False)
    with pytest.raises(IdempotencyKeyReused):
        await library.upload(household.owner, "other text", idempotency_key="k")
    assert len(await library.outside.blobs.list_keys(household.tenant_id)) == 1


async def test_a_file_that_cannot_be_read_fails_with_its_reason_and_can_be_retried(library, household):
    library.outside.parser.failure = EncryptedFile()
    result = await library.upload(household.owner)
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "encrypted_file")
    task = await library.tasks.get(household.owner, result.task_id)
    assert (task.status, task.error.code) == (TaskStatus.FAILED, "encrypted_file")
    library.outside.parser.failure = None
    task_id = await library.documents.retry(household.owner, document.id)
    await library.settle()
    assert (await library.tasks.get(household.owner, task_id)).status == TaskStatus.COMPLETED
    document = await library.documents.get(household.owner, document.id)
    assert (document.status, document.error) == (DocumentStatus.READY, None)


async def test_a_file_without_text_fails(library, household):
    document_id = (await library.upload(household.owner, " \n ")).document.id
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).error.code == "no_text_found"


async def test_only_a_failed_document_can_be_retried(library, household):
    document_id = (await library.upload(household.owner)).document.id
    with pytest.raises(InvalidTransition):
        await library.documents.retry(household.owner, document_id)


async def test_a_deleted_document_is_gone_at_once_and_leaves_nothing(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.settle()
    await library.documents.delete(household.owner, document_id)
    for call in (library.documents.get, library.documents.file, library.documents.text, library.documents.delete):
        with pytest.raises(NotFound):
            await call(household.owner, document_id)
    assert (await library.documents.list(household.owner)).items == ()
    await library.settle()
    assert library.indexed_ids(household.knowledge_base_id) == set()
    assert await library.outside.blobs.list_keys(household.tenant_id) == []
    async with library.store.read(household.owner) as tx:
        assert await tx.documents.list_every() == []
        assert await tx.chunks.list_document_ids(document_id) == []


async def test_deleted_bytes_can_be_uploaded_again_before_the_deletion_is_done(library, household):
    first = (await library.upload(household.owner)).document.id
    await library.settle()
    await library.documents.delete(household.owner, first)
    second = await library.upload(household.owner)
    assert (second.document.id != first, second.duplicate) == (True, False)
    await library.settle()
    assert (await library.documents.get(household.owner, second.document.id)).status == DocumentStatus.READY
    assert (await library.verify(household.owner)).is_clean


async def test_deleting_a_document_that_is_being_processed_ends_its_task(library, household):
    result = await library.upload(household.owner)
    await library.documents.delete(household.owner, result.document.id)
    assert (await library.tasks.get(household.owner, result.task_id)).status == TaskStatus.CANCELLED
    await library.settle()
    assert library.outside.parser.parsed == []
    assert (await library.verify(household.owner)).is_clean


async def test_a_cancelled_task_leaves_a_document_that_can_be_retried(library, household):
    result = await library.upload(household.owner)
    assert (await library.tasks.cancel(household.owner, result.task_id)).status == TaskStatus.CANCELLED
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "cancelled")
    await library.documents.retry(household.owner, document.id)
    await library.settle()
    assert (await library.documents.get(household.owner, document.id)).status == DocumentStatus.READY


async def test_a_deletion_cannot_be_cancelled(library, household):
    document_id = (await library.upload(household.owner)).document.id
    await library.documents.delete(household.owner, document_id)
    async with library.store.read(household.owner) as tx:
        task = await tx.tasks.find_unfinished(TaskKind.DELETE, document_id)
    with pytest.raises(InvalidTransition):
        await library.tasks.cancel(household.owner, task.id)


async def test_a_foreign_document_is_not_found_whatever_is_asked(library, household):
    stranger = (await add_tenant(library.store, "strangers")).owner
    result = await library.upload(household.owner)
    await library.settle()
    documents, foreign = library.documents, result.document.id
    for call in (
        documents.get(stranger, foreign),
        documents.rename(stranger, foreign, "mine"),
        documents.delete(stranger, foreign),
        documents.retry(stranger, foreign),
        documents.file(stranger, foreign),
        documents.text(stranger, foreign),
        documents.page_image(stranger, foreign, 1),
        documents.list(stranger, knowledge_base_id=household.knowledge_base_id),
        library.upload(stranger, knowledge_base_id=household.knowledge_base_id),
        library.tasks.get(stranger, result.task_id),
        library.tasks.cancel(stranger, result.task_id),
        library.tasks.latest_for_document(stranger, foreign),
        anext(library.tasks.follow(stranger, result.task_id)),
        library.knowledge_bases.get(stranger, household.knowledge_base_id),
        library.knowledge_bases.update(stranger, household.knowledge_base_id, name="mine"),
        library.knowledge_bases.delete(stranger, household.knowledge_base_id),
    ):
        with pytest.raises(NotFound):
            await call
    assert (await documents.get(household.owner, foreign)).title == "report"


async def test_a_reader_may_look_but_not_change(library, household):
    reader = await add_member(library.store, household, Role.MEMBER)
    result = await library.upload(household.owner)
    assert (await library.documents.get(reader, result.document.id)).id == result.document.id
    for call in (
        library.upload(reader, "other"),
        library.documents.rename(reader, result.document.id, "x"),
        library.documents.delete(reader, result.document.id),
        library.documents.retry(reader, result.document.id),
        library.documents.load_samples(reader),
        library.tasks.cancel(reader, result.task_id),
        library.knowledge_bases.create(reader, name="x"),
    ):
        with pytest.raises(PermissionDenied):
            await call
    with pytest.raises(NotFound):
        await library.documents.delete(reader, DocumentId("0" * 32))


async def test_rights_are_checked_again_when_the_task_runs(library, household):
    editor = await add_member(library.store, household, Role.EDITOR)
    document_id = (await library.upload(editor)).document.id

    async def demoted(tenant_id, actor_id):
        return (await add_member(library.store, household, Role.MEMBER))

    library.runner._handlers._scope_for_task = demoted
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "permission_denied")


async def test_following_a_task_ends_with_its_end(library, household):
    result = await library.upload(household.owner)

    async def watch():
        views = library.tasks.follow(household.owner, result.task_id)
        return [(view.status, view.stage, view.progress) async for view in views]

    watching = asyncio.create_task(watch())
    await library.settle()
    seen = await watching
    assert seen[-1] == (TaskStatus.COMPLETED, "completed", 100)
    assert [progress for _, _, progress in seen] == sorted(progress for _, _, progress in seen)
    assert (await library.tasks.latest_for_document(household.owner, result.document.id)).id == result.task_id


async def test_a_title_is_cleaned_and_must_not_be_empty(library, household):
    document_id = (await library.upload(household.owner)).document.id
    renamed = await library.documents.rename(household.owner, document_id, "  Godišnji\u202e izvještaj\n2025. ")
    assert renamed.title == "Godišnji izvještaj 2025."
    with pytest.raises(InvalidInput):
        await library.documents.rename(household.owner, document_id, "\u202e ")


async def test_a_page_picture_exists_for_paged_documents_only(library, household):
    flat = (await library.upload(household.owner)).document.id
    paged = (await library.upload(household.owner, "page one text\fpage two text")).document.id
    await library.settle()
    assert await library.documents.page_image(household.owner, paged, 2, start=3, end=9) == b"2:3-9"
    for document_id, page in ((flat, 1), (paged, 0), (paged, 3)):
        with pytest.raises(NotFound):
            await library.documents.page_image(household.owner, document_id, page)


async def test_suggested_questions_speak_the_language_of_the_documents(library, household):
    assert await library.documents.suggested_questions(household.owner) == ()
    croatian = "# Godišnji odmor\n\nSvaki radnik ima pravo na godišnji odmor od najmanje četiri tjedna u godini. " * 5
    await library.upload(household.owner, croatian, "pravilnik.md")
    await library.settle()
    assert await library.documents.suggested_questions(household.owner) == ("Što piše o temi „Godišnji odmor“?",)


async def test_a_bad_limit_or_cursor_is_refused(library, household):
    for options in ({"limit": 0}, {"limit": 201}, {"cursor": "nonsense"}):
        with pytest.raises(InvalidInput):
            await library.documents.list(household.owner, **options)
    with pytest.raises(NotFound):
        await library.documents.list(household.owner, knowledge_base_id=KnowledgeBaseId("x"))


async def test_a_stream_may_be_slow_in_pieces(library, household):
    result = await library.documents.upload(household.owner, pieces(TEXT.encode(), size=7), filename="a.txt")
    assert result.document.size_bytes == len(TEXT)


async def test_the_samples_are_loaded_once_and_suggest_their_questions(library, household):
    async def identify(path, *, filename, declared_type):
        return "text/plain"

    async def parse(path, *, content_type, progress=None):
        return ParsedDocument(text="Sadržaj oglednog dokumenta. " * 20)

    library.outside.parser.identify, library.outside.parser.parse = identify, parse
    samples = json.loads((Path(ragapp.__file__).parent / "samples/manifest.json").read_text())
    assert await library.documents.load_samples(household.owner) == len(samples["documents"])
    assert await library.documents.load_samples(household.owner) == 0
    await library.settle()
    suggested = await library.documents.suggested_questions(household.owner, limit=20)
    assert {question["text"] for question in samples["questions"]} <= set(suggested)
    assert len(await library.documents.suggested_questions(household.owner)) == 4


async def test_background_work_lets_a_question_pass_and_people_do_not_wait(library, household):
    library.store.precedence._longest_wait_s = 60.0
    as_task, order = replace(household.owner, origin=Origin.TASK), []

    async def look(scope, name):
        async with library.store.read(scope) as tx:
            await tx.knowledge_bases.list_all()
        order.append(name)

    with library.store.precedence.question():
        background = asyncio.create_task(look(as_task, "task"))
        await asyncio.wait_for(look(household.owner, "person"), 10)
    await asyncio.wait_for(background, 10)
    assert order == ["person", "task"]


async def test_uploads_that_arrive_together_are_recorded_a_few_at_a_time(library, household, monkeypatch):
    at_once, most = 0, 0
    identify = library.outside.parser.identify

    async def counted(*arguments, **options):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return await identify(*arguments, **options)

    monkeypatch.setattr(library.outside.parser, "identify", counted)
    texts = (f"{TEXT} {number}" for number in range(8))
    await asyncio.gather(*(library.upload(household.owner, text, f"{number}.txt") for number, text in enumerate(texts)))
    assert most == 2
    assert len((await library.documents.list(household.owner)).items) == 8
