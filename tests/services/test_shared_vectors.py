"""Big tables: every row is found by its words, meaning is kept by group of rows, and both survive what may happen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from ragapp.core.errors import TooManyPassages
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import TenantScope
from ragapp.models import Chunk
from ragapp.rag.types import Chunk as Passage
from ragapp.rag.types import ParsedDocument
from ragapp.services.library import ingestion, splitting
from ragapp.services.views import SearchRequest
from ragapp.store.chunks import ChunkRepository
from tests.fakes.accounts import add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.embedder import HashEmbedder
from tests.fakes.library import Library, outside, pieces
from tests.fakes.wired import Wired, wired_application

ROWS = 400


def name_of(number: int) -> str:
    """Return a word of its own for each number."""
    letters = "bcdfghjklmnprstvz"
    return f"{letters[number % 17]}o{letters[number // 17 % 17]}a{letters[number // 289 % 17]}ik"


def table(*, rows: int = ROWS, first: str = "") -> str:
    lines = [f"name: {name_of(number)}; town: Place{number % 7}; room: R{number * 13}" for number in range(rows)]
    return "\n".join([*([first] if first else []), *lines])


def build_rows(parsed: ParsedDocument) -> list[Passage]:
    """Make a passage of each line, as of one table."""
    chunks, start = [], 0
    for number, line in enumerate(parsed.text.split("\n")):
        chunks.append(Passage(number, line, start, start + len(line), None, "", table=0))
        start += len(line) + 1
    return chunks


@pytest.fixture(autouse=True)
def rows_are_passages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "build_chunks", build_rows)


async def carriers(library: Library, scope: TenantScope) -> dict[int, int | None]:
    async with library.store.read(scope) as tx:
        mine = select(Chunk.ordinal, Chunk.vector_of).where(col(Chunk.tenant_id) == scope.tenant_id)
        rows = await tx.chunks._session.exec(mine)
    return dict(rows.all())


def embedded_texts(library: Library) -> list[str]:
    return [text for call in library.outside.embedder.embedded for text in call]


async def test_a_big_table_is_embedded_by_groups_of_rows(library, household):
    document_id = (await library.upload(household.owner, table())).document.id
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.chunk_count) == (DocumentStatus.READY, ROWS)
    groups = set((await carriers(library, household.owner)).values())
    assert len(embedded_texts(library)) == len(groups) <= ROWS // 2
    assert len(library.indexed_ids(household.knowledge_base_id)) == len(groups)
    assert (await library.verify(household.owner)).is_clean


async def test_a_small_table_has_a_vector_for_each_passage(library, household):
    await library.upload(household.owner, table(rows=30))
    await library.settle()
    assert len(embedded_texts(library)) == 30
    assert (await library.verify(household.owner)).is_clean


async def test_a_row_put_in_changes_the_vectors_around_it_only(library, household):
    document_id = (await library.upload(household.owner, table())).document.id
    await library.settle()
    before = len(embedded_texts(library))
    await library.replace(household.owner, document_id, table(first="name: Newcomer; town: Far; room: R1"))
    await library.settle()
    assert 0 < len(embedded_texts(library)) - before <= 3
    assert (await library.verify(household.owner)).is_clean


async def test_a_run_that_was_lost_embeds_the_other_groups_with_the_same_words(store, clock, tmp_path):
    straight, broken = [Library(store, clock, outside(tmp_path / name)) for name in ("a", "b")]
    texts = []
    for library, name in ((straight, "straight"), (broken, "broken")):
        home = await add_tenant(store, name)
        await library.upload(home.owner, table())
        if library is broken:
            _fail_after(library.outside.embedder, calls=7)
        await library.settle()
        if library is broken:
            library.outside.embedder.available = True
            clock.advance(seconds=3600)
            await library.settle()
        document = (await library.documents.list(home.owner)).items[0]
        assert (document.status, document.chunk_count) == (DocumentStatus.READY, ROWS)
        assert (await library.verify(home.owner)).is_clean
        texts.append(set(embedded_texts(library)))
    assert texts[0] == texts[1]


def _fail_after(embedder: HashEmbedder, *, calls: int) -> None:
    embed, left = embedder.embed_passages, calls

    async def embed_passages(texts):
        nonlocal left
        left -= 1
        embedder.available = embedder.available and left != 0
        return await embed(texts)

    embedder.embed_passages = embed_passages  # type: ignore[method-assign]


async def test_another_embedder_reads_groups_too(store, household, clock, tmp_path):
    files = outside(tmp_path / "files")
    library = Library(store, clock, files)
    await library.upload(household.owner, table())
    await library.settle()
    count = len(embedded_texts(library))
    files.embedder = HashEmbedder(fingerprint="hash-v2")
    other = Library(store, clock, files)
    await other.indexes.ensure_current(household.owner)
    await other.settle()
    assert len(embedded_texts(other)) == count
    assert (await other.verify(household.owner)).is_clean


async def test_passages_are_stored_in_pieces_and_a_lost_piece_begins_again(library, household, monkeypatch):
    monkeypatch.setattr(ingestion, "_STORE_AT_ONCE", 50)
    sizes, add_many = [], ChunkRepository.add_many

    async def add(self, chunks):
        sizes.append(len(chunks))
        if len(sizes) == 4:
            raise RuntimeError("the process is gone")
        await add_many(self, chunks)

    monkeypatch.setattr(ChunkRepository, "add_many", add)
    document_id = (await library.upload(household.owner, table())).document.id
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).status != DocumentStatus.READY
    library.clock.advance(seconds=3600)
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).chunk_count == ROWS
    assert max(sizes) == 50
    assert (await library.verify(household.owner)).is_clean


async def test_a_file_beyond_any_reason_is_refused_with_the_numbers(library, household):
    library.ingestion._max_passages = 20
    document_id = (await library.upload(household.owner, table())).document.id
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, TooManyPassages.code)
    assert "20" in document.error.message
    assert not embedded_texts(library)


@pytest.fixture
async def wired(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Wired]:
    async with wired_application(database_url, clock, tmp_path / "wired") as wired:
        yield wired


async def test_each_row_is_found_by_its_words_with_the_meaning_of_its_group(wired):
    home = await add_tenant(wired.store)
    await wired.services.documents.upload(home.owner, pieces(table().encode()), filename="people.txt")
    await wired.settle()
    for number in (1, 123, 399):
        found = await wired.services.search.search(home.owner, SearchRequest(f"In which room is {name_of(number)}?"))
        best = found.passages[0]
        assert best.text.startswith(f"name: {name_of(number)};")
        assert best.lexical_score is not None
    meant = await wired.services.search.search(home.owner, SearchRequest("name town room", use_lexical=False))
    assert len(meant.passages) == 5
    assert found.searched_count == ROWS
