"""Keys: one never outlives what it was made with, and is ended by nobody below its owner."""

import asyncio
from datetime import timedelta

import pytest

from ragapp.core.errors import InvalidInput, NotAuthenticated, NotFound, RagAppError, ReauthenticationRequired
from ragapp.core.scope import Origin, Permission, Role, TenantScope
from ragapp.services.identity.session_opening import NewSession, SessionKind
from ragapp.services.tenancy.member_views import NewApiKey
from tests.fakes.accounts import PLATFORM
from tests.people.organisation import Organisation, outcome

AT_ONCE = 8


@pytest.fixture
def keys(organisation: Organisation):
    return organisation.wired.services.api_keys


async def scope_of(organisation: Organisation, made: NewApiKey) -> TenantScope:
    return await organisation.wired.services.access.scope_of_bearer(made.token)


async def is_usable(organisation: Organisation, made: NewApiKey) -> bool:
    try:
        await scope_of(organisation, made)
    except NotAuthenticated:
        return False
    return True


async def test_a_key_made_with_an_expiring_key_ends_with_it(organisation: Organisation, keys):
    soon = organisation.clock.now() + timedelta(hours=1)
    parent = await keys.create(organisation.owner, name="an hour", expires_at=soon)
    scope = await scope_of(organisation, parent)
    child = await keys.create(scope, name="without an end of its own")
    earlier = await keys.create(scope, name="earlier", expires_at=soon - timedelta(minutes=1))
    assert child.key.expires_at == soon
    assert earlier.key.expires_at == soon - timedelta(minutes=1)
    with pytest.raises(InvalidInput):
        await keys.create(scope, name="later", expires_at=soon + timedelta(seconds=1))
    grandchild = await keys.create(await scope_of(organisation, child), name="and so on")
    organisation.clock.advance(hours=1)
    assert [await is_usable(organisation, each) for each in (parent, child, earlier, grandchild)] == [False] * 4


async def test_revoking_goes_down_the_tree_and_nowhere_else(organisation: Organisation, keys):
    parent = await keys.create(organisation.owner, name="parent")
    child = await keys.create(await scope_of(organisation, parent), name="child")
    grandchild = await keys.create(await scope_of(organisation, child), name="grandchild")
    sibling = await keys.create(organisation.owner, name="sibling")
    await keys.revoke(organisation.owner, parent.key.id)
    family = (parent, child, grandchild, sibling)
    assert [await is_usable(organisation, each) for each in family] == [False, False, False, True]
    assert (await organisation.audited())[-3:] == ["api_key.revoked"] * 3


async def test_a_key_made_while_its_parent_is_revoked_does_not_stay(organisation: Organisation, keys):
    parent = await keys.create(organisation.owner, name="parent")
    scope = await scope_of(organisation, parent)

    async def make(number: int) -> NewApiKey | None:
        try:
            return await keys.create(scope, name=f"child {number}")
        except RagAppError:
            return None

    *made, _ = await asyncio.gather(
        *(make(number) for number in range(AT_ONCE)), keys.revoke(organisation.owner, parent.key.id)
    )
    organisation.clock.advance(seconds=2)
    assert not [each for each in made if each is not None and await is_usable(organisation, each)]


async def test_an_administrator_does_not_end_an_owners_key(organisation: Organisation, keys):
    admin = await organisation.add(Role.ADMIN)
    theirs = await keys.create(organisation.owner, name="the owner's")
    own = await keys.create(admin, name="the administrator's")
    assert await outcome(keys.revoke(admin, theirs.key.id)) == "permission_denied"
    assert await is_usable(organisation, theirs)
    page = await keys.list(admin, of_everybody=True)
    assert {each.id: each.may_revoke for each in page.items} == {theirs.key.id: False, own.key.id: True}
    assert await outcome(keys.revoke(organisation.owner, own.key.id)) == "done"


async def test_who_may_not_manage_keys_learns_nothing_of_colleagues(organisation: Organisation, keys):
    member = await organisation.add(Role.MEMBER)
    theirs = await keys.create(organisation.owner, name="the owner's")
    with pytest.raises(NotFound):
        await keys.revoke(member, theirs.key.id)


async def test_an_access_token_makes_keys_only_once_its_holder_proved_who_they_are(organisation: Organisation, keys):
    services, owner = organisation.wired.services, organisation.owner
    password = "a lighthouse at the river bend"
    await organisation.set_password(owner.user_id, await services.sessions._hasher.hash(password))
    async with organisation.wired.store.begin_platform(PLATFORM) as tx:
        user, tenant, _ = await tx.accounts.find_member(owner.tenant_id, owner.user_id)
        opened = NewSession(user, tenant, Role.OWNER, kind=SessionKind.ACCESS)
        token = (await services.sessions._opener.open(tx, opened)).token
    fresh = await services.access.scope_of_bearer(token)
    assert fresh.origin is Origin.ACCESS_TOKEN
    with pytest.raises(ReauthenticationRequired):
        await keys.create(fresh, name="for ever", scopes=[Permission.SEARCH])
    organisation.clock.advance(minutes=1)
    await services.sessions.confirm(fresh, password=password)
    confirmed = await services.access.scope_of_bearer(token)
    assert await keys.create(confirmed, name="confirmed")
    organisation.clock.advance(minutes=11)
    with pytest.raises(ReauthenticationRequired):
        await keys.create(await services.access.scope_of_bearer(token), name="too late")
