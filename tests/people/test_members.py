"""Members: who may do what to whom, and an owner always stays."""

import asyncio
from dataclasses import replace

import pytest

from ragapp.core.errors import LastOwner, NotAuthenticated, NotFound, QuotaExceeded, ReauthenticationRequired
from ragapp.core.ids import UserId
from ragapp.core.scope import ROLE_PERMISSIONS, Permission, Role, is_at_least
from ragapp.services.tenancy.member_views import MemberStatus
from tests.people.organisation import Organisation, outcome

ROLES = tuple(Role)


def may_manage(actor: Role, target: Role) -> bool:
    return Permission.MANAGE_MEMBERS in ROLE_PERMISSIONS[actor] and is_at_least(actor, target)


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("target", ROLES)
async def test_roles_are_given_and_taken_at_or_below_ones_own(organisation: Organisation, actor: Role, target: Role):
    members = organisation.wired.services.members
    caller, other = await organisation.add(actor), await organisation.add(target)
    for wanted in ROLES:
        allowed = may_manage(actor, target) and may_manage(actor, wanted)
        assert await outcome(members.change_role(caller, other.user_id, wanted)) == (
            "done" if allowed else "permission_denied"
        )
        if allowed:
            await members.change_role(organisation.owner, other.user_id, target)


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("target", ROLES)
async def test_people_are_kept_out_and_removed_at_or_below_ones_own_role(
    organisation: Organisation, actor: Role, target: Role
):
    members = organisation.wired.services.members
    caller, other = await organisation.add(actor), await organisation.add(target)
    expected = "done" if may_manage(actor, target) else "permission_denied"
    for change in (members.deactivate, members.reactivate, members.remove):
        assert await outcome(change(caller, other.user_id)) == expected


async def test_a_role_taken_a_moment_ago_grants_nothing(organisation: Organisation):
    members = organisation.wired.services.members
    admin, other = await organisation.add(Role.ADMIN), await organisation.add(Role.MEMBER)
    await members.change_role(organisation.owner, admin.user_id, Role.MEMBER)
    assert await outcome(members.change_role(admin, other.user_id, Role.EDITOR)) == "permission_denied"
    await members.remove(organisation.owner, admin.user_id)
    with pytest.raises(NotAuthenticated):
        await members.remove(admin, other.user_id)


async def test_changing_people_needs_a_fresh_proof(organisation: Organisation):
    members = organisation.wired.services.members
    other = await organisation.add(Role.MEMBER)
    stale = replace(organisation.owner, authenticated_at=organisation.clock.now())
    organisation.clock.advance(minutes=11)
    for change in (members.deactivate, members.reactivate, members.remove):
        with pytest.raises(ReauthenticationRequired):
            await change(stale, other.user_id)


async def test_the_last_owner_stays(organisation: Organisation):
    members, owner = organisation.wired.services.members, organisation.owner
    for call in (
        members.remove(owner, owner.user_id),
        members.deactivate(owner, owner.user_id),
        members.change_role(owner, owner.user_id, Role.MEMBER),
    ):
        with pytest.raises(LastOwner):
            await call
    second = await organisation.add(Role.OWNER)
    await members.deactivate(owner, second.user_id)
    with pytest.raises(LastOwner):
        await members.remove(owner, owner.user_id)


@pytest.mark.parametrize("attempt", range(3))
async def test_of_fifty_attempts_at_once_one_owner_is_left(organisation: Organisation, attempt: int):
    members = organisation.wired.services.members
    owners = [organisation.owner, *[await organisation.add(Role.OWNER) for _ in range(4)]]
    ways = (
        lambda scope: members.remove(scope, scope.user_id),
        lambda scope: members.deactivate(scope, scope.user_id),
        lambda scope: members.change_role(scope, scope.user_id, Role.MEMBER),
    )
    calls = [ways[(number + attempt) % 3](owners[number % 5]) for number in range(50)]
    outcomes = await asyncio.gather(*(outcome(call) for call in calls))
    assert outcomes.count("done") >= 4
    async with organisation.wired.store.read(organisation.owner) as tx:
        assert await tx.memberships.count_other_owners(UserId("nobody")) == 1


async def test_sessions_and_keys_end_with_the_membership(organisation: Organisation):
    services = organisation.wired.services
    for end in (services.members.deactivate, services.members.remove):
        other = await organisation.add(Role.EDITOR)
        key = await services.api_keys.create(other, name="script")
        assert (await services.access.scope_of_bearer(key.token)).user_id == other.user_id
        await end(organisation.owner, other.user_id)
        with pytest.raises(NotAuthenticated):
            await services.access.scope_of_bearer(key.token)


async def test_a_member_comes_back_without_the_old_keys(organisation: Organisation):
    services = organisation.wired.services
    other = await organisation.add(Role.EDITOR)
    key = await services.api_keys.create(other, name="script")
    await services.members.deactivate(organisation.owner, other.user_id)
    back = await services.members.reactivate(organisation.owner, other.user_id)
    assert back.status is MemberStatus.ACTIVE
    with pytest.raises(NotAuthenticated):
        await services.access.scope_of_bearer(key.token)


@pytest.mark.parametrize("attempt", range(3))
async def test_the_last_seat_is_taken_once(organisation: Organisation, attempt: int):
    members = organisation.wired.services.members
    away = [await organisation.add(Role.MEMBER) for _ in range(5)]
    for each in away:
        await members.deactivate(organisation.owner, each.user_id)
    await organisation.limit(max_members=2)
    calls = [outcome(members.reactivate(organisation.owner, each.user_id)) for each in away]
    outcomes = await asyncio.gather(*calls)
    assert sorted(outcomes) == ["done", *["quota_exceeded"] * 4]
    assert await organisation.member_count() == 2


async def test_there_is_room_again_when_somebody_leaves(organisation: Organisation):
    members = organisation.wired.services.members
    away, other = await organisation.add(Role.MEMBER), await organisation.add(Role.MEMBER)
    await members.deactivate(organisation.owner, away.user_id)
    await organisation.limit(max_members=2)
    with pytest.raises(QuotaExceeded):
        await members.reactivate(organisation.owner, away.user_id)
    await members.remove(other, other.user_id)
    await members.reactivate(organisation.owner, away.user_id)


async def test_chats_of_somebody_who_left_are_closed_to_everybody_and_erased_on_request(organisation: Organisation):
    services = organisation.wired.services
    other, third = await organisation.add(Role.MEMBER), await organisation.add(Role.MEMBER)
    chat = await services.chats.create(other, title="Shared")
    await services.sharing.share_with_tenant(other, chat.id)
    assert (await services.chats.get(third, chat.id)).id == chat.id
    await services.members.remove(organisation.owner, other.user_id)
    with pytest.raises(NotFound):
        await services.chats.get(third, chat.id)
    async with organisation.wired.store.read(other) as tx:
        assert (await tx.chats.get(chat.id)).owner_id == other.user_id
    fourth = await organisation.add(Role.MEMBER)
    erased = await services.chats.create(fourth, title="Erased")
    await services.members.remove(organisation.owner, fourth.user_id, erase_chats=True)
    async with organisation.wired.store.read(fourth) as tx:
        with pytest.raises(NotFound):
            await tx.chats.get(erased.id)


async def test_members_are_found_by_name_and_address(organisation: Organisation):
    members = organisation.wired.services.members
    admin = await organisation.add(Role.ADMIN)
    found = await members.list(organisation.owner, query="the ADMIN")
    assert [each.id for each in found.items] == [admin.user_id]
    assert [each.is_you for each in (await members.list(admin, query=admin.user_id)).items] == [True]
    first = await members.list(organisation.owner, limit=1)
    rest = await members.list(organisation.owner, limit=10, cursor=first.next_cursor)
    assert {each.id for each in (*first.items, *rest.items)} == {organisation.owner.user_id, admin.user_id}


async def test_every_change_is_in_the_audit_log(organisation: Organisation):
    members = organisation.wired.services.members
    other = await organisation.add(Role.MEMBER)
    await members.change_role(organisation.owner, other.user_id, Role.EDITOR)
    await members.deactivate(organisation.owner, other.user_id)
    await members.reactivate(organisation.owner, other.user_id)
    await members.remove(organisation.owner, other.user_id)
    acts = ["role_changed", "deactivated", "reactivated", "removed"]
    assert await organisation.audited() == [f"member.{act}" for act in acts]
