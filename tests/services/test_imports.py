import hashlib

import pytest

from ragapp.core.errors import (
    FeatureDisabled,
    FetchBusy,
    InvalidAddress,
    InvalidTransition,
    NotFound,
    PageTypeRefused,
    PermissionDenied,
    SiteUnreachable,
)
from ragapp.core.flags import Flag
from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.lifecycle import DocumentStatus, TaskKind, TaskStatus
from ragapp.core.scope import Role
from ragapp.services.library.source_views import SourceKind
from tests.fakes.accounts import add_member
from tests.fakes.library import TEXT

URL = "https://example.com/rules"


async def test_an_address_becomes_a_document_that_says_where_it_is_from(library, household):
    library.outside.fetcher.put(URL, TEXT, filename="rules.txt", url="https://example.com/rules/v2", etag='"a"')
    result = await library.imports.add(household.owner, url=" HTTPS://EXAMPLE.com/rules ")
    assert (result.duplicate, result.document.status) == (False, DocumentStatus.QUEUED)
    queued = await library.documents.get(household.owner, result.document.id)
    assert (queued.title, queued.source_url) == ("example.com/rules", URL)
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.version, document.filename) == (DocumentStatus.READY, 1, "rules.txt")
    assert (document.source_url, document.size_bytes) == ("https://example.com/rules/v2", len(TEXT))
    task = await library.tasks.get(household.owner, result.task_id)
    assert (task.kind, task.status, task.document_id) == (TaskKind.FETCH, TaskStatus.COMPLETED, document.id)
    assert (await library.documents.text(household.owner, document.id)).text == TEXT
    assert (await library.verify(household.owner)).is_clean


async def test_a_page_is_called_as_it_calls_itself_until_somebody_renames_it(library, household):
    pages, parser = library.outside.fetcher, library.outside.parser
    parse = parser.parse

    async def identify(path, *, filename, declared_type):
        return declared_type

    async def titled(path, **options):
        import dataclasses

        return dataclasses.replace(await parse(path, **options), title="  House\nrules ")

    parser.identify, parser.parse = identify, titled
    page = pages.put(URL, TEXT, filename="rules.html", content_type="text/html")
    document_id = (await library.imports.add(household.owner, url=URL)).document.id
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).title == "House rules"
    await library.documents.rename(household.owner, document_id, "Our own name")
    page.content += " More."
    await library.imports.add(household.owner, url=URL)
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.title, document.version) == ("Our own name", 2)


@pytest.mark.parametrize("failure", [SiteUnreachable(), PageTypeRefused()])
async def test_a_page_that_cannot_be_read_is_a_document_that_says_why_and_can_be_tried_again(
    library, household, failure
):
    page = library.outside.fetcher.put(URL, TEXT, failure=failure)
    result = await library.imports.add(household.owner, url=URL)
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, failure.code)
    assert (await library.tasks.get(household.owner, result.task_id)).error.code == failure.code
    with pytest.raises(NotFound):
        await library.documents.file(household.owner, document.id)
    assert (await library.verify(household.owner)).is_clean
    page.failure = None
    await library.documents.retry(household.owner, document.id)
    await library.settle()
    assert (await library.documents.get(household.owner, document.id)).status is DocumentStatus.READY


async def test_importing_a_failed_address_again_tries_it_again(library, household):
    page = library.outside.fetcher.put(URL, TEXT, failure=SiteUnreachable())
    first = await library.imports.add(household.owner, url=URL)
    await library.settle()
    page.failure = None
    again = await library.imports.add(household.owner, url=URL)
    assert (again.document.id, again.document.status) == (first.document.id, DocumentStatus.QUEUED)
    await library.settle()
    assert (await library.documents.get(household.owner, first.document.id)).status is DocumentStatus.READY


async def test_a_page_that_is_no_document_fails_with_the_reason(library, household):
    library.outside.fetcher.put(URL, "PK", filename="a.bin")
    result = await library.imports.add(household.owner, url=URL)
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "unsupported_file_type")
    assert await library.outside.blobs.list_keys(household.tenant_id) == []


async def test_what_can_never_be_read_is_refused_at_once(library, household):
    with pytest.raises(InvalidAddress):
        await library.imports.add(household.owner, url="ftp://example.com/a")
    with pytest.raises(NotFound):
        await library.imports.add(household.owner, url=URL, knowledge_base_id=KnowledgeBaseId("x"))
    reader = await add_member(library.store, household, Role.MEMBER)
    with pytest.raises(PermissionDenied):
        await library.imports.add(reader, url=URL)
    assert (await library.documents.list(household.owner)).items == ()


async def test_the_same_address_is_one_document_and_is_looked_at_again(library, household):
    page = library.outside.fetcher.put(URL, TEXT, etag='"a"')
    first = await library.imports.add(household.owner, url=URL)
    twice = await library.imports.add(household.owner, url=URL)
    assert (twice.document.id, twice.task_id) == (first.document.id, first.task_id)
    await library.settle()
    again = await library.imports.add(household.owner, url=URL)
    assert (again.document.id, again.duplicate) == (first.document.id, True)
    await library.settle()
    assert len(library.outside.fetcher.opened) == 2
    assert len(await library.versions.list(household.owner, first.document.id)) == 1
    page.etag, page.content = '"b"', TEXT + "\n\nOne more paragraph at the end of it."
    await library.imports.add(household.owner, url=URL)
    await library.settle()
    document = await library.documents.get(household.owner, first.document.id)
    assert (document.version, document.status) == (2, DocumentStatus.READY)
    assert (await library.verify(household.owner)).is_clean


async def test_the_same_bytes_without_a_mark_are_no_new_version(library, household):
    library.outside.fetcher.put(URL, TEXT)
    document_id = (await library.imports.add(household.owner, url=URL)).document.id
    await library.settle()
    task_id = (await library.imports.add(household.owner, url=URL)).task_id
    await library.settle()
    assert (await library.tasks.get(household.owner, task_id)).message == "Not changed"
    assert (await library.documents.get(household.owner, document_id)).version == 1


async def test_content_that_is_there_already_leads_to_that_document(library, household):
    uploaded = (await library.upload(household.owner, TEXT)).document.id
    await library.settle()
    library.outside.fetcher.put(URL, TEXT)
    result = await library.imports.add(household.owner, url=URL)
    await library.settle()
    task = await library.tasks.get(household.owner, result.task_id)
    assert (task.status, task.document_id) == (TaskStatus.COMPLETED, uploaded)
    listed = (await library.documents.list(household.owner)).items
    assert [(view.id, view.source_url) for view in listed] == [(uploaded, URL)]
    assert (await library.verify(household.owner)).is_clean


async def test_a_page_that_fails_later_leaves_its_document_as_it_is(library, household):
    page = library.outside.fetcher.put(URL, TEXT)
    document_id = (await library.imports.add(household.owner, url=URL)).document.id
    await library.settle()
    page.failure = SiteUnreachable()
    task_id = (await library.imports.add(household.owner, url=URL)).task_id
    await library.settle()
    assert (await library.tasks.get(household.owner, task_id)).status is TaskStatus.FAILED
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.version, document.error) == (DocumentStatus.READY, 1, None)


async def test_too_many_pages_at_once_wait_without_using_up_attempts(library, household):
    page = library.outside.fetcher.put(URL, TEXT, failure=FetchBusy())
    result = await library.imports.add(household.owner, url=URL)
    await library.settle()
    task = await library.tasks.get(household.owner, result.task_id)
    assert (task.status, task.attempts) == (TaskStatus.QUEUED, 0)
    page.failure = None
    library.clock.advance(seconds=10)
    await library.settle()
    assert (await library.documents.get(household.owner, result.document.id)).status is DocumentStatus.READY


async def test_an_import_can_be_cancelled_and_deleted(library, household):
    library.outside.fetcher.put(URL, TEXT)
    result = await library.imports.add(household.owner, url=URL)
    await library.tasks.cancel(household.owner, result.task_id)
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "cancelled")
    await library.documents.delete(household.owner, document.id)
    await library.settle()
    assert library.outside.fetcher.opened == []
    assert (await library.documents.list(household.owner)).items == ()
    other = await library.imports.add(household.owner, url=URL)
    await library.documents.delete(household.owner, other.document.id)
    await library.settle()
    assert (await library.verify(household.owner)).is_clean


async def test_a_ready_document_has_nothing_to_retry(library, household):
    library.outside.fetcher.put(URL, TEXT)
    document_id = (await library.imports.add(household.owner, url=URL)).document.id
    await library.settle()
    with pytest.raises(InvalidTransition):
        await library.documents.retry(household.owner, document_id)


async def test_a_process_that_dies_between_fetching_and_reading_goes_on_with_what_it_has(library, household):
    library.outside.fetcher.put(URL, TEXT)
    result = await library.imports.add(household.owner, url=URL)

    async def die(*_arguments):
        raise KeyboardInterrupt

    run, library.ingestion.run = library.ingestion.run, die
    lease = await library.queue.claim("a process")
    with pytest.raises(KeyboardInterrupt):
        await library.fetching.run(household.owner, lease)
    library.ingestion.run = run
    restarted = await library.restart()
    await restarted.settle()
    assert (await restarted.documents.get(household.owner, result.document.id)).status is DocumentStatus.READY
    assert library.outside.fetcher.opened == [URL]
    assert await library.outside.blobs.list_keys(household.tenant_id) == [hashlib.sha256(TEXT.encode()).hexdigest()]


async def test_where_imports_are_switched_off_nothing_is_read(library, household):
    library.outside.fetcher.put(URL, TEXT)
    source = await library.sources.create(household.owner, kind=SourceKind.URL, location=URL)
    library.switched_off.add(Flag.URL_IMPORT)
    with pytest.raises(FeatureDisabled):
        await library.imports.add(household.owner, url=URL)
    with pytest.raises(FeatureDisabled):
        await library.sources.create(household.owner, kind=SourceKind.URL, location="https://example.com/other")
    await library.settle()
    assert library.outside.fetcher.opened == []
    assert (await library.sources.get(household.owner, source.id)).error.code == FeatureDisabled.code
