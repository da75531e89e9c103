from pathlib import Path

from ragapp.models import Chunk
from ragapp.rag.analysis import analyse_question
from ragapp.rag.types import Language
from ragapp.services.retrieval.lexical_indexes import LexicalIndexes
from ragapp.services.views import Page
from tests.fakes.accounts import add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.wired import wired_application

PARAGRAPH = "The keeper of the lighthouse writes the log every evening. " * 12
TEXT = f"# Varda\n\n{PARAGRAPH}\n\n# Harbour\n\n{PARAGRAPH}\n\n# Salt\n\n{PARAGRAPH}"


async def test_terms_of_an_older_analysis_are_made_again_exactly_as_when_a_document_is_indexed(
    database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    async with wired_application(database_url, clock, tmp_path) as wired:
        household = await add_tenant(wired.store)

        async def content():  # type: ignore[no-untyped-def]
            yield TEXT.encode()

        await wired.services.documents.upload(household.owner, content(), filename="varda.md")
        await wired.settle()
        documents: Page[object] = await wired.services.documents.list(household.owner)  # type: ignore[assignment]
        assert documents.items
        query = analyse_question("evening harbour lighthouse log", Language.ENGLISH)
        args = (household.owner, household.knowledge_base_id, 1)
        before = (await LexicalIndexes(wired.store).get(*args)).search(query, limit=10)
        async with wired.store.begin(household.owner) as tx:
            for chunk_id in await tx.chunks.list_current_ids(household.knowledge_base_id):
                row = await tx.chunks._session.get(Chunk, (household.tenant_id, chunk_id))
                assert row is not None
                row.terms = bytes([row.terms[0] + 1]) + row.terms[1:]
        assert before
        assert (await LexicalIndexes(wired.store).get(*args)).search(query, limit=10) == before
