"""What one tenant's documents say is never found by another, not even with its own words or through a wrong index."""

import structlog.testing

from ragapp.core.events import AnswerDone, CitationAdded, PassagesFound, TextDelta
from ragapp.core.ids import DocumentId
from ragapp.rag.types import Hit
from ragapp.services.views import QueryRequest, SearchRequest
from tests.tenancy.twins import CANARY, QUESTION


async def everything_found(services, scope, text):
    search = await services.search.search(scope, SearchRequest(text=text, max_results=50))
    events = [event async for event in services.answers.stream(scope, QueryRequest(text=text, max_results=50))]
    passages = list(search.passages)
    for event in events:
        match event:
            case PassagesFound():
                passages += event.passages
            case CitationAdded():
                passages.append(event.source.passage)
            case AnswerDone():
                passages += [source.passage for source in event.summary.sources]
    return passages, "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_another_tenants_own_words_find_only_ones_own_documents(wired, twins):
    theirs, mine = twins
    for text in (CANARY.format(canary=theirs.canary), QUESTION.format(canary=theirs.canary)):
        found, answer = await everything_found(wired.services, mine.owner, text)
        assert found
        assert {passage.document_id for passage in found} <= set(mine.ids[DocumentId])
        assert theirs.canary not in answer
        control, _ = await everything_found(wired.services, theirs.owner, text)
        assert any(theirs.canary in passage.text for passage in control)


async def test_an_index_that_returns_foreign_ids_leaks_nothing_and_is_reported(wired, twins):
    theirs, mine = twins
    foreign = [
        chunk_id
        for ref, entries in wired.index.collections.items()
        if ref.tenant_id == theirs.owner.tenant_id
        for chunk_id in entries
    ]
    assert foreign
    wired.index.phantom_hits = [Hit(chunk_id, 1.0) for chunk_id in foreign]
    with structlog.testing.capture_logs() as logs:
        found, answer = await everything_found(wired.services, mine.owner, QUESTION.format(canary=theirs.canary))
    assert {passage.document_id for passage in found} <= set(mine.ids[DocumentId])
    assert theirs.canary not in answer
    dropped = [entry for entry in logs if entry["event"] == "search.ids_dropped"]
    assert dropped
    assert all(entry["dropped_count"] == len(foreign) for entry in dropped)
    assert all(entry["tenant_id"] == mine.owner.tenant_id for entry in dropped)
