import gzip

import pytest

from ragapp.adapters.watched_folders import LocalWatchedFolders
from ragapp.core.errors import (
    AddressRefused,
    InvalidInput,
    InvalidTransition,
    NameTaken,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    SiteUnreachable,
)
from ragapp.core.lifecycle import DocumentStatus, TaskKind, TaskStatus
from ragapp.core.scope import Role
from ragapp.services.library.sitemaps import read_sitemap
from ragapp.services.library.source_views import SourceKind
from tests.fakes.accounts import add_member, add_tenant
from tests.fakes.library import TEXT, Library, outside

URL = "https://example.com/rules"
SITEMAP = "https://example.com/sitemap.xml"


async def add(library, household, location=URL, kind=SourceKind.URL, **options):
    return await library.sources.create(household.owner, kind=kind, location=location, **options)


async def tick(library, household) -> int:
    return await library.source_sync.queue_due(household.owner, library._scope_for_task)


async def settle(library) -> None:
    """Pages are looked at one after another: let each become due."""
    for _ in range(10):
        await library.settle()
        library.clock.advance(seconds=60)


async def documents(library, household):
    return (await library.documents.list(household.owner, limit=200)).items


def sitemap(*addresses: str, index: bool = False) -> str:
    root = "sitemapindex" if index else "urlset"
    return (
        f"<?xml version='1.0'?><{root}>" + "".join(f"<url><loc>{each}</loc></url>" for each in addresses) + f"</{root}>"
    )


async def test_a_page_is_read_at_once_and_again_when_its_time_has_come(library, household):
    page = library.outside.fetcher.put(URL, TEXT, etag='"1"')
    source = await add(library, household, every_s=3600)
    await settle(library)
    (document,) = await documents(library, household)
    assert (document.status, document.version, document.source_url) == (DocumentStatus.READY, 1, URL)
    assert await tick(library, household) == 0
    library.clock.advance(seconds=3600)
    assert await tick(library, household) == 1
    await settle(library)
    assert (await documents(library, household))[0].version == 1
    page.content, page.etag = TEXT + " Changed.", '"2"'
    library.clock.advance(seconds=3600)
    assert await tick(library, household) == 1
    assert await tick(library, household) == 0
    await settle(library)
    assert (await documents(library, household))[0].version == 2
    view = await library.sources.get(household.owner, source.id)
    assert (view.document_count, view.missing_count, view.error) == (1, 0, None)
    assert view.next_at > view.checked_at
    assert (await library.verify(household.owner)).is_clean


async def test_a_page_that_is_gone_keeps_its_document_and_is_counted(library, household):
    library.outside.fetcher.put(URL, TEXT)
    source = await add(library, household)
    await settle(library)
    del library.outside.fetcher.pages[URL]
    await library.sources.check_now(household.owner, source.id)
    await settle(library)
    assert (await documents(library, household))[0].status is DocumentStatus.READY
    assert (await library.sources.get(household.owner, source.id)).missing_count == 1


async def test_a_sitemap_brings_its_pages_up_to_the_cap_and_only_its_own_site(library, household):
    pages = [f"https://example.com/page-{number}" for number in range(6)]
    for number, url in enumerate(pages):
        library.outside.fetcher.put(url, f"{TEXT} Page {number}.")
    elsewhere = ["https://other.example/a", "http://169.254.169.254/", "not an address", "ftp://example.com/a"]
    library.outside.fetcher.put(SITEMAP, sitemap(*elsewhere, *pages, pages[0]))
    source = await add(library, household, SITEMAP, SourceKind.SITEMAP, max_pages=4)
    await settle(library)
    found = await documents(library, household)
    assert sorted(document.source_url for document in found) == pages[:4]
    assert {document.status for document in found} == {DocumentStatus.READY}
    await library.sources.update(household.owner, source.id, max_pages=5)
    await library.sources.check_now(household.owner, source.id)
    await settle(library)
    assert len(await documents(library, household)) == 5


async def test_the_pages_of_a_sitemap_are_read_one_after_another(library, household):
    pages = [f"https://example.com/page-{number}" for number in range(5)]
    library.outside.fetcher.put(SITEMAP, sitemap(*pages))
    await add(library, household, SITEMAP, SourceKind.SITEMAP)
    await library.settle()
    assert library.outside.fetcher.opened == [SITEMAP, pages[0]]
    library.clock.advance(seconds=2)
    await library.settle()
    assert library.outside.fetcher.opened == [SITEMAP, *pages[:2]]


async def test_a_sitemap_of_sitemaps_is_followed_and_ends(library, household):
    inner = [f"https://example.com/map-{number}.xml" for number in range(2)]
    library.outside.fetcher.put(SITEMAP, sitemap(*inner, SITEMAP, index=True))
    for number, url in enumerate(inner):
        library.outside.fetcher.put(url, sitemap(f"https://example.com/page-{number}"))
        library.outside.fetcher.put(f"https://example.com/page-{number}", f"{TEXT} {number}")
    await add(library, household, SITEMAP, SourceKind.SITEMAP)
    await settle(library)
    assert len(await documents(library, household)) == 2
    assert library.outside.fetcher.opened.count(SITEMAP) <= 10


@pytest.mark.parametrize("content", ["", "<html>no sitemap</html>", sitemap("https://other.example/a")])
async def test_a_sitemap_without_pages_says_so_and_is_looked_at_again_later(library, household, content):
    library.outside.fetcher.put(SITEMAP, content)
    source = await add(library, household, SITEMAP, SourceKind.SITEMAP)
    await settle(library)
    view = await library.sources.get(household.owner, source.id)
    assert (view.error.code, view.document_count) == ("page_type_refused", 0)
    assert view.next_at > library.clock.now()


async def test_a_site_that_is_down_is_noted_and_forgotten_when_it_is_back(library, household):
    page = library.outside.fetcher.put(SITEMAP, sitemap(URL), failure=SiteUnreachable())
    source = await add(library, household, SITEMAP, SourceKind.SITEMAP)
    await settle(library)
    assert (await library.sources.get(household.owner, source.id)).error.code == "site_unreachable"
    page.failure = None
    await library.sources.check_now(household.owner, source.id)
    await settle(library)
    assert (await library.sources.get(household.owner, source.id)).error is None


async def test_a_source_can_be_paused_and_removed_and_its_documents_stay(library, household):
    library.outside.fetcher.put(URL, TEXT)
    source = await add(library, household)
    await settle(library)
    await library.sources.update(household.owner, source.id, is_paused=True)
    library.clock.advance(days=9)
    assert await tick(library, household) == 0
    await library.sources.delete(household.owner, source.id)
    with pytest.raises(NotFound):
        await library.sources.get(household.owner, source.id)
    assert len(await documents(library, household)) == 1
    assert (await library.verify(household.owner)).is_clean


async def test_only_who_may_add_documents_may_add_sources(library, household):
    reader = await add_member(library.store, household, Role.MEMBER)
    source = await add(library, household)
    assert (await library.sources.get(reader, source.id)).id == source.id
    for call in (
        library.sources.create(reader, kind=SourceKind.URL, location="https://example.com/other"),
        library.sources.update(reader, source.id, is_paused=True),
        library.sources.delete(reader, source.id),
        library.sources.check_now(reader, source.id),
    ):
        with pytest.raises(PermissionDenied):
            await call


async def test_what_makes_no_sense_is_refused(library, household):
    await add(library, household)
    with pytest.raises(NameTaken):
        await add(library, household)
    with pytest.raises(AddressRefused):
        await add(library, household, "https://somebody@example.com/")
    for options in ({"every_s": 60}, {"every_s": 10**9}, {"max_pages": 0}, {"max_pages": 10**6}):
        with pytest.raises(InvalidInput):
            await add(library, household, "https://example.com/more", **options)
    with pytest.raises(InvalidInput):
        await add(library, household, "acme", SourceKind.FOLDER)


async def test_a_source_whose_owner_has_left_is_paused_and_says_why(library, household):
    editor = await add_member(library.store, household, Role.EDITOR)
    source = await library.sources.create(editor, kind=SourceKind.URL, location=URL)
    await settle(library)
    library.clock.advance(days=2)

    async def nobody(*_ids):
        raise NotAuthenticated

    await library.source_sync.queue_due(household.owner, nobody)
    view = await library.sources.get(household.owner, source.id)
    assert (view.is_paused, view.error.code) == (True, "permission_denied")


async def test_sources_of_another_tenant_are_not_seen(library, household):
    source = await add(library, household)
    other = await add_tenant(library.store, "other")
    with pytest.raises(NotFound):
        await library.sources.get(other.owner, source.id)
    assert (await library.sources.list(other.owner)).items == ()
    assert [view.id for view in (await library.sources.list(household.owner)).items] == [source.id]


@pytest.fixture
def watched(store, clock, tmp_path) -> Library:
    (tmp_path / "watched" / "acme").mkdir(parents=True)
    (tmp_path / "watched" / "other").mkdir()
    world = outside(tmp_path / "files")
    world.folders = LocalWatchedFolders(tmp_path / "watched")
    return Library(store, clock, world)


async def look(library, household) -> str:
    library.clock.advance(days=1)
    assert await tick(library, household) == 1
    async with library.store.read(household.owner) as tx:
        (task,) = [task for task in await tx.tasks.list_unfinished() if task.kind == TaskKind.SYNC]
    await settle(library)
    done = await library.tasks.get(household.owner, task.id)
    assert done.status is TaskStatus.COMPLETED
    return done.message


async def test_a_folder_is_taken_in_and_followed(watched, household, tmp_path):
    folder = tmp_path / "watched" / "acme"
    (folder / "inner").mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "inner" / "b.txt").write_text(TEXT + " b")
    (folder / "c.bin").write_text("PK")
    (folder / ".hidden.txt").write_text(TEXT + " hidden")
    (tmp_path / "watched" / "other" / "foreign.txt").write_text(TEXT + " foreign")
    (tmp_path / "secret.txt").write_text(TEXT + " secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path / "watched" / "other")
    assert await look(watched, household) == "2 added, 0 changed, 0 removed there, 1 not readable"
    found = {document.filename: document for document in await documents(watched, household)}
    assert {name: document.folder for name, document in found.items()} == {"a.txt": "", "b.txt": "inner"}
    assert await look(watched, household) == "0 added, 0 changed, 0 removed there, 1 not readable"
    (folder / "a.txt").write_text(TEXT + " changed")
    (folder / "inner" / "b.txt").unlink()
    assert await look(watched, household) == "0 added, 1 changed, 1 removed there, 1 not readable"
    found = {document.filename: document for document in await documents(watched, household)}
    assert (found["a.txt"].version, found["b.txt"].status) == (2, DocumentStatus.READY)
    (source,) = (await watched.sources.list(household.owner)).items
    assert (source.kind, source.location, source.document_count, source.missing_count) == ("folder", "acme", 2, 1)
    with pytest.raises(InvalidTransition):
        await watched.sources.delete(household.owner, source.id)
    assert (await watched.verify(household.owner)).is_clean


async def test_a_folder_that_is_gone_is_noted_and_nothing_is_removed(watched, household, tmp_path):
    folder = tmp_path / "watched" / "acme"
    (folder / "a.txt").write_text(TEXT)
    await look(watched, household)
    (folder / "a.txt").unlink()
    folder.rmdir()
    watched.clock.advance(days=1)
    await tick(watched, household)
    await settle(watched)
    (source,) = (await watched.sources.list(household.owner)).items
    assert (source.error.code, source.document_count) == ("not_found", 1)


@pytest.mark.parametrize(
    "path", ["../other/foreign.txt", "link.txt", "linked/foreign.txt", "/etc/passwd", "", ".", "inner"]
)
async def test_nothing_outside_a_folder_can_be_read(tmp_path, path):
    (tmp_path / "acme" / "inner").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "foreign.txt").write_text("foreign")
    (tmp_path / "acme" / "link.txt").symlink_to(tmp_path / "other" / "foreign.txt")
    (tmp_path / "acme" / "linked").symlink_to(tmp_path / "other")
    with pytest.raises(NotFound):
        async for _ in LocalWatchedFolders(tmp_path).stream("acme", path):
            pass


def test_a_sitemap_is_read_without_expanding_anything():
    bomb = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    content = bomb + sitemap("https://example.com/a?b=1&amp;c=2", "&c;", " https://example.com/d ")
    content += "<loc><![CDATA[https://example.com/e]]></loc>"
    expected = ["https://example.com/a?b=1&c=2", "https://example.com/d", "https://example.com/e"]
    assert read_sitemap(content.encode(), SITEMAP, limit=9) == (expected, False)
    assert read_sitemap(gzip.compress(content.encode()), SITEMAP, limit=2) == (expected[:2], False)
    assert read_sitemap(b"https://example.com/a\nhttps://other.example/b\n", SITEMAP, limit=9) == (
        ["https://example.com/a"],
        False,
    )
    assert read_sitemap(sitemap("https://example.com/1.xml", index=True).encode(), SITEMAP, limit=9)[1]
    assert read_sitemap(b"\x1f\x8bnot gzip", SITEMAP, limit=9) == ([], False)
