"""Shared chats: who may read and ask, how far the tenant's policy goes, and what a reader with fewer rights sees."""

import asyncio
import time

import pytest

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import FeatureDisabled, InvalidInput, NotFound, PermissionDenied
from ragapp.core.flags import Flag, GlobalFlag, resolve_flags
from ragapp.core.ids import UserId, new_id
from ragapp.core.sharing import BaseAccess, ChatSharing, SharePermission
from ragapp.models import FeatureFlag, PlatformFlag
from ragapp.services.chat.generators import GeneratorChoice
from tests.fakes.accounts import PLATFORM, add_tenant
from tests.fakes.generator import ScriptedGenerator
from tests.tenancy.organisation import OPEN_SENTENCE, QUESTION, SECRET, Organisation, found_organisation
from tests.tenancy.twins import Ledger, changes

OPEN_QUESTION = "When does the canteen of the institute open?"


@pytest.fixture
async def house(wired) -> Organisation:
    return await found_organisation(wired)


async def may_read(house, name, chat_id) -> bool:
    services, scope = house.wired.services, house.people[name]
    listed = chat_id in {chat.id for chat in (await services.chats.list(scope, which="all")).items}
    try:
        await services.chats.get(scope, chat_id)
        await services.chats.messages(scope, chat_id)
    except NotFound:
        assert not listed
        return False
    assert listed
    return True


async def may_ask(house, name, chat_id) -> bool:
    try:
        await house.converse(name, OPEN_QUESTION, chat_id)
    except PermissionDenied:
        return False
    return True


async def test_a_chat_is_private_until_its_owner_shares_it_and_again_after(house):
    sharing, (other,) = house.wired.services.sharing, house.ids_of("other")
    chat_id, _ = await house.converse("chosen", OPEN_QUESTION)
    owner = house.people["chosen"]
    assert not any([await may_read(house, name, chat_id) for name in ("owner", "admin", "editor", "other")])
    shares = await sharing.share(owner, chat_id, user_ids=(other,))
    assert [(item.user_id, item.permission) for item in shares.items] == [(other, SharePermission.READ)]
    assert [name for name in house.people if await may_read(house, name, chat_id)] == ["chosen", "other"]
    assert not await may_ask(house, "other", chat_id)
    await sharing.share(owner, chat_id, user_ids=(other,), permission=SharePermission.WRITE)
    assert await may_ask(house, "other", chat_id)
    shares = await sharing.unshare(owner, chat_id, user_ids=(other,))
    assert not shares.items
    assert not await may_read(house, "other", chat_id)


async def test_everyone_in_the_organisation_may_read_or_also_ask(house):
    sharing, owner = house.wired.services.sharing, house.people["chosen"]
    chat_id, _ = await house.converse("chosen", OPEN_QUESTION)
    shares = await sharing.share_with_tenant(owner, chat_id)
    assert (shares.visibility, shares.permission) == ("tenant_shared", SharePermission.READ)
    assert all([await may_read(house, name, chat_id) for name in house.people])
    assert not await may_ask(house, "other", chat_id)
    shares = await sharing.share_with_tenant(owner, chat_id, permission=SharePermission.WRITE)
    assert (shares.visibility, shares.permission) == ("tenant_shared", SharePermission.WRITE)
    assert await may_ask(house, "other", chat_id)
    await sharing.share(owner, chat_id, user_ids=house.ids_of("editor"))
    await sharing.unshare_with_tenant(owner, chat_id)
    assert [name for name in house.people if await may_read(house, name, chat_id)] == ["editor", "chosen"]
    stranger = (await add_tenant(house.wired.store, "strangers")).owner
    with pytest.raises(NotFound):
        await house.wired.services.chats.get(stranger, chat_id)


async def test_a_tightened_policy_stops_what_was_shared_before(house):
    sharing, owner = house.wired.services.sharing, house.people["chosen"]
    by_name, _ = await house.converse("chosen", OPEN_QUESTION)
    by_tenant, _ = await house.converse("chosen", OPEN_QUESTION)
    await sharing.share(owner, by_name, user_ids=house.ids_of("other"), permission=SharePermission.WRITE)
    await sharing.share_with_tenant(owner, by_tenant, permission=SharePermission.WRITE)
    expected = {
        ChatSharing.TENANT: (True, True), ChatSharing.MEMBERS: (True, False), ChatSharing.NOBODY: (False, False)
    }  # fmt: skip
    for policy in (ChatSharing.MEMBERS, ChatSharing.NOBODY, ChatSharing.TENANT):
        await house.decide(chat_sharing=policy.value)
        readable = (await may_read(house, "other", by_name), await may_read(house, "other", by_tenant))
        assert readable == expected[policy]
        assert (await sharing.shares(owner, by_name)).allowed is policy
    await house.decide(chat_sharing=ChatSharing.MEMBERS.value)
    with pytest.raises(FeatureDisabled):
        await sharing.share_with_tenant(owner, by_name)
    await house.decide(chat_sharing=ChatSharing.NOBODY.value)
    with pytest.raises(FeatureDisabled):
        await sharing.share(owner, by_name, user_ids=house.ids_of("other"))
    with pytest.raises(FeatureDisabled):
        await sharing.find_people(owner)
    assert not (await sharing.unshare(owner, by_name)).items


@pytest.mark.parametrize("enforced", [True, False])
async def test_the_flag_holds_as_flags_are_resolved(house, enforced):
    sharing, owner = house.wired.services.sharing, house.people["chosen"]
    chat_id, _ = await house.converse("chosen", OPEN_QUESTION)
    await sharing.share_with_tenant(owner, chat_id)
    name = Flag.CHAT_SHARING
    for platform in (None, True, False):
        for own in (None, True, False):
            await _set_flags(house, platform, own, enforced=enforced)
            everywhere = {} if platform is None else {name: GlobalFlag(platform, enforced)}
            expected = resolve_flags(everywhere, {} if own is None else {name: own})[name]
            assert await may_read(house, "other", chat_id) is expected, (platform, own)


async def _set_flags(house, platform, own, *, enforced) -> None:
    async with house.wired.store.begin_platform(PLATFORM) as tx:
        for row in (
            await tx._session.get(PlatformFlag, Flag.CHAT_SHARING.value),
            await tx._session.get(FeatureFlag, (house.household.tenant_id, Flag.CHAT_SHARING.value)),
        ):
            if row is not None:
                await tx._session.delete(row)
        await tx._session.flush()
        if platform is not None:
            tx._session.add(PlatformFlag(name=Flag.CHAT_SHARING.value, is_on=platform, is_enforced=enforced))
        if own is not None:
            tx._session.add(
                FeatureFlag(tenant_id=house.household.tenant_id, name=Flag.CHAT_SHARING.value, is_on=own)
            )


async def test_one_person_who_is_no_member_rejects_the_whole_call(house, database_url):
    chat_id, _ = await house.converse("chosen", OPEN_QUESTION)
    stranger = (await add_tenant(house.wired.store, "strangers")).owner
    ledger = Ledger(house.wired, database_url)
    before, sharing, owner = ledger.picture(), house.wired.services.sharing, house.people["chosen"]
    for foreign in (stranger.user_id, UserId(new_id())):
        for position in range(3):
            ids = [*house.ids_of("other", "editor")]
            ids.insert(position, foreign)
            with pytest.raises(NotFound):
                await sharing.share(owner, chat_id, user_ids=tuple(ids))
            with pytest.raises(NotFound):
                await sharing.unshare(owner, chat_id, user_ids=tuple(ids))
    with pytest.raises(InvalidInput):
        await sharing.share(owner, chat_id, user_ids=(owner.user_id,))
    assert not changes(before, ledger.picture())
    ledger.close()


async def test_only_the_owner_shares_and_every_step_is_recorded(house):
    sharing, owner = house.wired.services.sharing, house.people["chosen"]
    chat_id, _ = await house.converse("chosen", OPEN_QUESTION)
    await sharing.share(owner, chat_id, user_ids=house.ids_of("other"), permission=SharePermission.WRITE)
    for call in (sharing.shares, sharing.unshare, sharing.share_with_tenant):
        with pytest.raises(PermissionDenied):
            await call(house.people["other"], chat_id)
        with pytest.raises(NotFound):
            await call(house.people["admin"], chat_id)
    with pytest.raises(PermissionDenied):
        await house.wired.services.chats.delete(house.people["other"], chat_id)
    await sharing.share_with_tenant(owner, chat_id)
    await sharing.unshare(owner, chat_id)
    async with house.wired.store.read(owner) as tx:
        events = await tx.audit.list_events(limit=10, target=AuditTarget("chat", chat_id))
    assert [(event.action, event.details) for event in events] == [
        (AuditAction.CHAT_UNSHARED, {"name": OPEN_QUESTION}),
        (AuditAction.CHAT_SHARED, {"name": OPEN_QUESTION, "user_id": "", "permission": "read"}),
        (
            AuditAction.CHAT_SHARED,
            {"name": OPEN_QUESTION, "user_id": house.ids_of("other")[0], "permission": "write"},
        ),
    ]


async def test_a_guest_asks_under_their_own_name_with_their_own_rights(house):
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services = house.wired.services
    chat_id, first = await house.converse("chosen", OPEN_QUESTION)
    write = SharePermission.WRITE
    await services.sharing.share(house.people["chosen"], chat_id, user_ids=house.ids_of("other"), permission=write)
    _, answer = await house.converse("other", QUESTION, chat_id)
    rows = (await services.chats.messages(house.people["chosen"], chat_id)).items
    assert [row.author_name for row in rows] == ["", "", "The member", "The member"]
    assert SECRET not in str(rows).replace(QUESTION, "")
    view = (await services.chats.list(house.people["other"], which="shared")).items[0]
    assert (view.owner_name, view.is_mine, view.may_write, view.is_shared) == ("The member", False, True, True)
    for theirs in (services.runs.regenerate,):
        with pytest.raises(PermissionDenied):
            await theirs(house.people["other"], first)
    await services.chats.give_feedback(house.people["other"], first, rating="up")
    assert [row.feedback for row in (await services.chats.messages(house.people["chosen"], chat_id)).items] == [""] * 4
    await services.runs.regenerate(house.people["chosen"], answer)


async def test_quotes_from_what_a_reader_may_not_open_are_withheld(house):
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services, owner = house.wired.services, house.people["chosen"]
    chat_id, answer = await house.converse("chosen", QUESTION)
    await house.converse("chosen", OPEN_QUESTION, chat_id)
    await services.sharing.share_with_tenant(owner, chat_id, permission=SharePermission.WRITE)
    mine = (await services.chats.messages(owner, chat_id)).items
    assert SECRET in mine[1].text
    assert OPEN_SENTENCE[:20] in mine[3].text
    for name in ("admin", "owner"):
        rows = (await services.chats.messages(house.people[name], chat_id)).items
        assert [row.text for row in rows] == [row.text for row in mine]
    seen = (await services.chats.messages(house.people["other"], chat_id)).items
    assert (seen[1].text, seen[1].is_withheld, seen[1].sources) == ("", True, ())
    assert seen[1].withheld_count == len(mine[1].sources) > 0
    assert (seen[3].text, seen[3].is_withheld) == (mine[3].text, False)
    assert SECRET not in str(seen).replace(QUESTION, "")
    with pytest.raises(NotFound):
        await services.chats.evidence(house.people["other"], answer, 1)
    assert await services.chats.evidence(owner, answer, 1)


async def test_words_of_a_written_answer_stay_and_only_its_hidden_quotes_go(house, monkeypatch):
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services = house.wired.services
    generator = ScriptedGenerator("It is in the third cellar [1].")
    monkeypatch.setattr(services.runs._flow, "_generators", GeneratorChoice(generator, None))
    chat_id, _ = await house.converse("chosen", QUESTION)
    await services.sharing.share(house.people["chosen"], chat_id, user_ids=house.ids_of("other"))
    answer = (await services.chats.messages(house.people["other"], chat_id)).items[1]
    assert (answer.text, answer.is_withheld) == ("It is in the third cellar [1].", False)
    assert (answer.sources, answer.withheld_count) == ((), 1)


async def test_the_words_of_a_withheld_answer_are_not_found_by_searching_chats(house):
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services = house.wired.services
    chat_id, _ = await house.converse("chosen", "Where is the reserve of the institute kept, in which cellar?")
    assert SECRET in (await services.chats.messages(house.people["chosen"], chat_id)).items[1].text
    await services.sharing.share_with_tenant(house.people["chosen"], chat_id)
    found = {
        name: len((await services.chats.list(scope, which="all", query=SECRET)).items)
        for name, scope in house.people.items()
    }
    assert found == {"owner": 1, "admin": 1, "editor": 0, "chosen": 1, "other": 0}
    assert (await services.chats.list(house.people["other"], which="all", query="which cellar")).items
    await house.open_to(BaseAccess.EVERYONE)
    assert (await services.chats.list(house.people["other"], which="all", query=SECRET)).items


async def test_a_guests_follow_up_is_not_told_what_is_withheld_from_them(house, monkeypatch):
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services = house.wired.services
    chat_id, _ = await house.converse("chosen", QUESTION)
    write = SharePermission.WRITE
    await services.sharing.share(house.people["chosen"], chat_id, user_ids=house.ids_of("other"), permission=write)
    generator = ScriptedGenerator()
    monkeypatch.setattr(services.runs._flow, "_generators", GeneratorChoice(generator, None))
    await house.converse("other", OPEN_QUESTION, chat_id)
    await house.converse("chosen", OPEN_QUESTION, chat_id)
    guest, owner = generator.requests
    assert SECRET not in str(guest).replace(QUESTION, "")
    assert SECRET in str(owner.history).replace(QUESTION, "")


async def test_a_follower_without_access_sees_progress_but_no_word_of_it(house, monkeypatch):
    await house.open_to(BaseAccess.MEMBERS, chosen=("chosen",))
    services, pause = house.wired.services, asyncio.Event()
    generator = ScriptedGenerator(f"The {SECRET} is ", pause, "in the cellar [1].", name="extractive")
    monkeypatch.setattr(services.runs._flow, "_generators", GeneratorChoice(generator, None))
    chat = await services.chats.create(house.people["chosen"], title="Cellar")
    await services.sharing.share_with_tenant(house.people["chosen"], chat.id)
    started = await services.runs.ask(house.people["chosen"], chat_id=chat.id, text=QUESTION)
    seen: dict[str, list] = {"other": [], "admin": []}

    async def follow(name: str) -> None:
        async for snapshot in services.runs.follow(house.people[name], started.run_id, min_interval_s=0):
            seen[name].append(snapshot)

    following = [asyncio.create_task(follow(name)) for name in seen]
    await generator.started.wait()
    async for snapshot in services.runs.follow(house.people["chosen"], started.run_id, min_interval_s=0):
        if SECRET in snapshot.tail:
            pause.set()
    await asyncio.gather(*following)
    assert any(SECRET in snapshot.tail for snapshot in seen["admin"])
    assert SECRET not in str(seen["other"])
    assert seen["other"][-1].message.is_withheld


async def test_a_stream_of_a_chat_that_is_taken_back_ends_within_a_second(house):
    services, owner = house.wired.services, house.people["chosen"]
    chat = await services.chats.create(owner, title="Waiting")
    await services.sharing.share(owner, chat.id, user_ids=house.ids_of("other"))
    started = await services.runs.ask(owner, chat_id=chat.id, text="Please wait for the evening.")
    stream = services.runs.follow(house.people["other"], started.run_id, min_interval_s=0)
    await anext(stream)
    waiting = asyncio.create_task(anext(stream))
    await services.sharing.unshare(owner, chat.id)
    since = time.monotonic()
    with pytest.raises(NotFound):
        await waiting
    assert time.monotonic() - since < 1.5


async def test_only_the_asker_or_the_owner_stops_an_answer(house):
    services, owner = house.wired.services, house.people["chosen"]
    chat = await services.chats.create(owner, title="Waiting")
    await services.sharing.share_with_tenant(owner, chat.id, permission=SharePermission.WRITE)
    started = await services.runs.ask(house.people["other"], chat_id=chat.id, text="Please wait for the evening.")
    with pytest.raises(PermissionDenied):
        await services.runs.stop(house.people["editor"], started.run_id)
    await services.runs.stop(owner, started.run_id)
