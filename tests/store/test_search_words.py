"""Names, titles and messages are found by the beginnings of their words, whatever case, marks and order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from ragapp.core.ids import new_id
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Role
from ragapp.core.search_words import QueryWord, indexed_words, query_words
from ragapp.models import Chat, DocumentWord, Message
from tests.fakes.accounts import add_member, add_tenant
from tests.fakes.rows import add_document


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Godišnji odmor", " godisnji odmor "),
        ("GODIŠNJI godišnji", " godisnji "),
        ("Česta pitanja – 2025", " cesta pitanja 2025 "),
        ("cjenik_2025-bura.xlsx", " cjenik 2025 bura xlsx "),
        ("HF200", " hf200 200 "),
        ("Đurđa Djurić", " durda duric "),
        ("čćC\u030c", " ccc "),
        ("…", ""),
    ],
)
def test_a_text_is_cut_into_folded_words(text, words):
    assert indexed_words(text) == words


def test_a_word_with_a_sign_behind_it_is_meant_whole():
    assert query_words("100% rast") == (QueryWord("100", is_whole=True), QueryWord("rast", is_whole=False))
    assert query_words("ana.hor") == (QueryWord("ana", is_whole=True), QueryWord("hor", is_whole=False))


@given(st.text(max_size=80))
def test_a_text_always_finds_itself(text):
    words = indexed_words(text)
    assert all(f" {word.text} " in words for word in query_words(text))


@pytest.fixture
async def household(store):
    return await add_tenant(store)


async def found(store, household, query):
    async with store.read(household.owner) as tx:
        rows, _ = await tx.documents.list_page(limit=10, query=query)
    return {row.title for row in rows}


async def test_documents_are_found_by_title_and_file_name(store, household):
    await add_document(store, household, title="Pravilnik o godišnjem odmoru", filename="Rules-2025.docx")
    await add_document(store, household, title="Česta pitanja", filename="faq.txt")
    for query in ("GODIŠ", "godisnj", "odmoru pravilnik", "rules 2025", "2025 godis", "PRAVILNIK_o"):
        assert await found(store, household, query) == {"Pravilnik o godišnjem odmoru"}, query
    assert await found(store, household, "česta") == await found(store, household, "CESTA pit") == {"Česta pitanja"}
    for query in ("dmoru", "godišnji praksa", "…", "2025 faq"):
        assert await found(store, household, query) == set(), query


async def test_new_names_are_found_and_old_ones_are_not(store, household):
    document_id = await add_document(store, household, title="Nacrt", filename="first.txt")
    async with store.begin(household.owner) as tx:
        await tx.documents.change(document_id, title="Konačni đerdan")
        await tx.documents.advance(document_id, DocumentStatus.PARSING, filename="second.txt")
    assert await found(store, household, "djerdan") == await found(store, household, "second") == {"Konačni đerdan"}
    assert await found(store, household, "nacrt") == await found(store, household, "first") == set()
    async with store.begin(household.owner) as tx:
        await tx.documents.purge(document_id)
    own_words = col(DocumentWord.tenant_id) == household.tenant_id
    async with store.read(household.owner) as tx:
        assert (await tx.documents._session.exec(select(DocumentWord).where(own_words))).all() == []


async def test_words_of_another_tenant_find_nothing(store, household):
    other = await add_tenant(store, "bora")
    await add_document(store, other, title="Tajni ugovor")
    assert await found(store, household, "ugovor") == set()
    assert await found(store, other, "ugovor") == {"Tajni ugovor"}


async def test_chats_are_found_by_title_and_messages(store, household):
    owner = household.owner
    chat = Chat(tenant_id=owner.tenant_id, id=new_id(), owner_id=owner.user_id, title="Plaće")
    message = Message(
        tenant_id=owner.tenant_id,
        id=new_id(),
        chat_id=chat.id,
        position=0,
        role="user",
        status="complete",
        text="Kolika je najviša čekaonica?",
    )
    async with store.begin(owner) as tx:
        await tx.chats.add(chat)
        await tx.messages.append(message)
    for query, expected in (("place", 1), ("ČEKAONICA najvisa", 1), ("place cekaonica", 0), ("aće", 0)):
        async with store.read(owner) as tx:
            rows, _ = await tx.chats.list_page(limit=5, cursor=None, query=query, which="my")
        assert len(rows) == expected, query
    async with store.begin(owner) as tx:
        (await tx.chats.get(chat.id)).title = "Regres"
    async with store.read(owner) as tx:
        assert (await tx.chats.list_page(limit=5, cursor=None, query="regr", which="my"))[0]
        assert not (await tx.chats.list_page(limit=5, cursor=None, query="place", which="my"))[0]


async def test_members_are_found_by_their_new_name(store, household):
    member = await add_member(store, household, Role.MEMBER)
    async with store.begin(member) as tx:
        await tx.members.change_self(name="Željka Šarić-Đurđević")
    for query in ("zeljk", "SARIC zelj", "djurdj"):
        async with store.read(household.owner) as tx:
            (person,) = await tx.people.find(query=query, limit=5)
            (listed,), _ = await tx.memberships.list_page(limit=5, cursor=None, query=query)
        assert person.id == listed.user.id == member.user_id, query
