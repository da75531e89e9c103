"""Administrators read other people's chats only where the policy says so, and never unnoticed."""

import pytest

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import FeatureDisabled, NotFound, PermissionDenied
from ragapp.core.ids import ChatId, new_id
from ragapp.store.audit import AuditRepository
from tests.fakes.accounts import add_tenant
from tests.tenancy.organisation import Organisation, found_organisation

QUESTION = "When does the canteen of the institute open?"


@pytest.fixture
async def house(wired) -> Organisation:
    return await found_organisation(wired)


@pytest.fixture
async def chat_id(house) -> ChatId:
    return (await house.converse("chosen", QUESTION))[0]


async def recorded(house) -> list[tuple[str, str, str]]:
    async with house.wired.store.read(house.owner) as tx:
        events = await tx.audit.list_events(limit=50, actions=(AuditAction.CHAT_READ_BY_ADMIN.value,))
    return [(event.actor_id, event.target_kind, event.target_id) for event in reversed(events)]


async def test_without_the_policy_nobody_reads_chats_of_others(house, chat_id):
    oversight = house.wired.services.oversight_chats
    for name, scope in house.people.items():
        refusal = FeatureDisabled if name in ("owner", "admin") else PermissionDenied
        for call in (oversight.list(scope), oversight.messages(scope, chat_id)):
            with pytest.raises(refusal):
                await call
    assert not await recorded(house)


async def test_with_the_policy_administrators_read_and_every_read_is_recorded_and_told(house, chat_id):
    await house.decide(admins_may_read_chats=True)
    services, admin = house.wired.services, house.people["admin"]
    listed = (await services.oversight_chats.list(admin)).items
    assert [(chat.id, chat.owner_name) for chat in listed] == [(chat_id, "The member")]
    rows = (await services.oversight_chats.messages(admin, chat_id)).items
    assert rows[0].text == QUESTION
    assert await recorded(house) == [(admin.user_id, "chats", ""), (admin.user_id, "chat", chat_id)]
    readings = await services.oversight_chats.readings(house.people["chosen"], chat_id)
    assert [reading.name for reading in readings] == ["The admin"]
    for name in ("editor", "other", "chosen"):
        with pytest.raises(PermissionDenied):
            await services.oversight_chats.messages(house.people[name], chat_id)
    with pytest.raises(NotFound):
        await services.chats.get(admin, chat_id)
    with pytest.raises(NotFound):
        await services.runs.ask(admin, chat_id=chat_id, text=QUESTION)
    with pytest.raises(NotFound):
        await services.oversight_chats.readings(admin, chat_id)


async def test_an_own_chat_and_another_tenants_are_not_on_this_path(house, chat_id):
    await house.decide(admins_may_read_chats=True)
    services, admin = house.wired.services, house.people["admin"]
    own, _ = await house.converse("admin", QUESTION)
    stranger = (await add_tenant(house.wired.store, "strangers")).owner
    foreign = (await services.chats.create(stranger)).id
    for tried in (own, foreign, ChatId(new_id())):
        with pytest.raises(NotFound):
            await services.oversight_chats.messages(admin, tried)
    assert {chat.id for chat in (await services.oversight_chats.list(admin)).items} == {chat_id}
    assert len(await recorded(house)) == 1


async def test_what_cannot_be_recorded_cannot_be_read(house, chat_id, monkeypatch):
    await house.decide(admins_may_read_chats=True)

    async def refuse(*_args: object, **_more: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(AuditRepository, "record", refuse)
    oversight = house.wired.services.oversight_chats
    for call in (oversight.list(house.people["admin"]), oversight.messages(house.people["admin"], chat_id)):
        with pytest.raises(OSError, match="disk full"):
            await call


async def test_a_policy_taken_back_holds_at_once(house, chat_id):
    await house.decide(admins_may_read_chats=True)
    oversight, admin = house.wired.services.oversight_chats, house.people["admin"]
    await oversight.messages(admin, chat_id)
    await house.decide(admins_may_read_chats=False)
    with pytest.raises(FeatureDisabled):
        await oversight.messages(admin, chat_id)
    async with house.wired.store.read(admin) as tx:
        with pytest.raises(NotFound):
            await tx.chats_of_others.get(chat_id)
        events = await tx.audit.list_events(limit=5, target=AuditTarget("chat", chat_id))
    assert len(events) == 1
