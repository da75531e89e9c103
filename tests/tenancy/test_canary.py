"""What one tenant's documents say is never found by another, not even with its own words or through a wrong index."""

import structlog.testing

from ragapp.core.events import AnswerDone, CitationAdded, PassagesFound, TextDelta
from ragapp.core.ids import DocumentId
from ragapp.core.sharing import BaseAccess, SharePermission
from ragapp.rag.types import Hit
from ragapp.services.views import QueryRequest, SearchRequest
from tests.tenancy import organisation
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


async def test_a_restricted_knowledge_bases_own_words_find_nothing_of_it_for_a_colleague(wired):
    house = await organisation.found_organisation(wired)
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services, colleague, reader = wired.services, house.people["other"], house.people["chosen"]
    for text in (organisation.SENTENCE, organisation.QUESTION):
        found, answer = await everything_found(services, colleague, text)
        assert house.document_id not in {passage.document_id for passage in found}
        assert organisation.SECRET not in answer
        control, _ = await everything_found(services, reader, text)
        assert house.document_id in {passage.document_id for passage in control}
    chat_id, _ = await house.converse("chosen", organisation.QUESTION)
    await services.sharing.share(
        reader, chat_id, user_ids=house.ids_of("other"), permission=SharePermission.WRITE
    )
    await house.converse("other", "And in which cellar is it?", chat_id)
    told = [
        await services.chats.messages(colleague, chat_id),
        await services.documents.list(colleague, query="cellar"),
        await services.documents.suggested_questions(colleague, limit=20),
        await services.knowledge_bases.list(colleague),
    ]
    assert organisation.SECRET not in str(told).replace(organisation.QUESTION, "")
    assert str(house.document_id) not in str(told)
    assert str(house.base_id) not in str(told)


async def test_an_index_that_returns_ids_of_a_hidden_knowledge_base_leaks_nothing(wired):
    house = await organisation.found_organisation(wired)
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    hidden = [
        chunk_id
        for entries in wired.index.collections.values()
        for chunk_id in entries
        if chunk_id.startswith(house.document_id)
    ]
    assert hidden
    wired.index.phantom_hits = [Hit(chunk_id, 1.0) for chunk_id in hidden]
    found, answer = await everything_found(wired.services, house.people["other"], organisation.QUESTION)
    assert house.document_id not in {passage.document_id for passage in found}
    assert organisation.SECRET not in answer
