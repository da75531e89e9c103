"""What owners may do about signing in, and that they cannot lock everybody out."""

from dataclasses import replace

import pytest
from sqlmodel import select

from ragapp.core.errors import (
    DomainNotProven,
    ExternalAccountUnknown,
    ExternalSignInFailed,
    IdentityTaken,
    InvalidInput,
    InvalidIssuer,
    LastSignInWay,
    NotFound,
    PermissionDenied,
    ProviderProofNeeded,
    QuotaExceeded,
    ReauthenticationRequired,
)
from ragapp.core.identity_providers import ProviderProblem
from ragapp.core.scope import Origin, Role
from ragapp.models import AuditEvent, Identity, IdentityProvider, Invitation, Session, Tenant, User
from ragapp.services.identity.provider_views import NewProvider, ProviderChange
from ragapp.services.identity.tokens import digest
from tests.fakes.accounts import PLATFORM, add_member, add_tenant
from tests.fakes.hostile_oidc import CLIENT_SECRET, running_provider
from tests.safety.signing_in import fresh, open_desk


@pytest.fixture
async def provider(clock):
    async with running_provider(clock) as provider:
        yield provider


@pytest.fixture
async def desk(store, clock, provider):
    return open_desk(store, clock, [provider.issuer])


@pytest.fixture
async def household(store):
    household = await add_tenant(store, "lipa")
    await change(store, User, household.owner.user_id, email="owner@lipa.hr")
    return household


@pytest.fixture
async def owner(household, clock):
    return fresh(household, clock)


async def change(store, table, key, **values):
    async with store.begin_platform(PLATFORM) as tx:
        row = await tx._session.get(table, key)
        for name, value in values.items():
            setattr(row, name, value)


async def all_of(store, table):
    async with store.read_platform(PLATFORM) as tx:
        return list((await tx._session.exec(select(table))).all())


async def link(desk, provider, owner, added, **claims):
    start = await desk.external.start_link(owner, added.id, next_path="/settings")
    return await desk.come_back(provider.approve(start.url, **claims), start.browser_token, owner)


async def came_in(desk, provider, owner, added):
    """The owner's scope after they came in through the service, which they had linked before."""
    outcome = await desk.visit(provider, added.id, sub="boss")
    [session] = [row for row in await all_of(desk.store, Session) if row.token_hash == digest(outcome.credential.token)]
    return replace(owner, credential_id=session.id, authenticated_at=session.authenticated_at)


async def test_a_secret_is_stored_encrypted_and_never_shown(desk, provider, owner, store):
    added = await desk.add_provider(owner, provider)
    [row] = await all_of(store, IdentityProvider)
    assert CLIENT_SECRET not in row.client_secret and row.client_secret
    assert CLIENT_SECRET not in repr(added) + repr(await desk.providers.list(owner))
    events = await all_of(store, AuditEvent)
    assert [event.action for event in events] == ["tenant.provider_changed"]
    assert CLIENT_SECRET not in repr(events)


async def test_a_change_is_stored_and_the_secret_stays(desk, provider, owner, store):
    added = await desk.add_provider(owner, provider)
    [before] = await all_of(store, IdentityProvider)
    changed = await desk.providers.update(owner, added.id, ProviderChange(name="Other", domains=()))
    [after] = await all_of(store, IdentityProvider)
    assert (changed.name, changed.domains) == ("Other", ())
    assert before.client_secret == after.client_secret


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EDITOR, Role.MEMBER])
async def test_only_owners_look_after_signing_in(desk, provider, owner, household, store, clock, role):
    added = await desk.add_provider(owner, provider)
    other = replace(await add_member(store, household, role), authenticated_at=clock.now())
    for attempt in (
        desk.providers.list(other),
        desk.providers.get(other, added.id),
        desk.providers.create(other, NewProvider("x", provider.issuer, "x", "x")),
        desk.providers.update(other, added.id, ProviderChange(name="x")),
        desk.providers.delete(other, added.id),
        desk.providers.check(other, added.id),
        desk.providers.get_policy(other),
        desk.providers.set_policy(other, second_factor_required=True),
    ):
        with pytest.raises(PermissionDenied):
            await attempt


async def test_changes_need_a_recent_proof(desk, provider, owner, clock):
    added = await desk.add_provider(owner, provider)
    clock.advance(minutes=11)
    for attempt in (
        desk.add_provider(owner, provider),
        desk.providers.update(owner, added.id, ProviderChange(name="x")),
        desk.providers.delete(owner, added.id),
        desk.providers.set_policy(owner, password_sign_in=False),
        desk.external.start_link(owner, added.id, next_path="/"),
    ):
        with pytest.raises(ReauthenticationRequired):
            await attempt


@pytest.mark.parametrize("domain", ["other.hr", "sub.lipa.hr", "hr", "gmail.com"])
async def test_only_the_owners_own_domains_can_be_listed(desk, provider, owner, domain, household, store):
    await add_public_mailbox(store, household)
    with pytest.raises((DomainNotProven, InvalidInput)):
        await desk.add_provider(owner, provider, domains=(domain,))


async def add_public_mailbox(store, household):
    second = await add_member(store, household, Role.OWNER)
    await change(store, User, second.user_id, email="boss@gmail.com")


async def test_nobody_becomes_an_owner_by_joining(desk, provider, owner):
    with pytest.raises(InvalidInput):
        await desk.add_provider(owner, provider, default_role=Role.OWNER)


@pytest.mark.parametrize(
    "issuer",
    ["", "lipa.hr", "http://login.lipa.hr", "ftp://lipa.hr", "https://u:p@lipa.hr", "https://lipa.hr?x", "https://l.hr#x",
     "javascript:alert(1)", "https://lipa.hr:8443"],
)
async def test_an_issuer_is_a_public_https_address(desk, provider, owner, issuer):
    with pytest.raises(InvalidIssuer):
        await desk.add_provider(owner, provider, issuer=issuer)


PROBLEMS = {
    "private network": ({"issuer": "https://127.0.0.1"}, None, ProviderProblem.ADDRESS_REFUSED),
    "not a description": ({}, {"discovery": b"<html>"}, ProviderProblem.NO_DISCOVERY),
    "another issuer": ({}, {"metadata": {"issuer": "https://other"}}, ProviderProblem.OTHER_ISSUER),
    "no token address": ({}, {"metadata": {"token_endpoint": None}}, ProviderProblem.INCOMPLETE),
    "no code flow": ({}, {"metadata": {"response_types_supported": ["token"]}}, ProviderProblem.NO_CODE_FLOW),
    "no S256": ({}, {"metadata": {"code_challenge_methods_supported": ["plain"]}}, ProviderProblem.NO_PKCE),
    "no secret": (
        {},
        {"metadata": {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}},
        ProviderProblem.NO_CLIENT_AUTHENTICATION,
    ),
    "HS256 only": (
        {},
        {"metadata": {"id_token_signing_alg_values_supported": ["HS256"]}},
        ProviderProblem.NO_SIGNATURE,
    ),
    "keys elsewhere inside": ({}, {"metadata": {"jwks_uri": "http://10.0.0.1/keys"}}, ProviderProblem.ADDRESS_REFUSED),
    "token address inside": ({}, {"metadata": {"token_endpoint": "http://10.0.0.1"}}, ProviderProblem.ADDRESS_REFUSED),
    "browser sent to a script": ({}, {"metadata": {"authorization_endpoint": "javascript:x"}}, ProviderProblem.ADDRESS),
    "nothing wrong": ({}, {}, None),
}


@pytest.mark.parametrize(("values", "broken", "problem"), PROBLEMS.values(), ids=PROBLEMS)
async def test_a_test_says_what_is_wrong(desk, provider, owner, values, broken, problem):
    added = await desk.add_provider(owner, provider, **values)
    for name, value in (broken or {}).items():
        setattr(provider, name, value)
    assert (await desk.providers.check(owner, added.id)).problem is problem
    if problem is not None:
        with pytest.raises(ExternalSignInFailed):
            await desk.external.start(added.id, next_path="/")


async def test_passwords_go_only_after_the_owner_came_in_through_the_service(desk, provider, owner, store):
    added = await desk.add_provider(owner, provider)
    with pytest.raises(ProviderProofNeeded):
        await desk.providers.set_policy(owner, password_sign_in=False)
    await link(desk, provider, owner, added, sub="boss")
    with pytest.raises(ProviderProofNeeded):
        await desk.providers.set_policy(owner, password_sign_in=False)
    inside = await came_in(desk, provider, owner, added)
    assert (await desk.providers.set_policy(inside, password_sign_in=False)).password_sign_in is False
    for attempt in (
        desk.providers.delete(inside, added.id),
        desk.providers.update(inside, added.id, ProviderChange(is_enabled=False)),
        desk.providers.update(inside, added.id, ProviderChange(client_secret="another")),
        desk.providers.update(inside, added.id, ProviderChange(client_id="another")),
        desk.identities.unlink(inside, (await desk.identities.list(inside))[0].key),
    ):
        with pytest.raises(LastSignInWay):
            await attempt
    await desk.providers.update(inside, added.id, ProviderChange(name="A new name"))
    await desk.providers.set_policy(inside, password_sign_in=True)
    await desk.providers.delete(inside, added.id)
    assert await all_of(store, Session) == []


async def test_a_linked_identity_signs_its_user_in_and_an_unlinked_one_does_not(desk, provider, owner, store):
    added = await desk.add_provider(owner, provider)
    await change(store, User, owner.user_id, password_hash="argon2")
    assert (await link(desk, provider, owner, added, sub="boss")).credential is None
    outcome = await desk.visit(provider, added.id, sub="boss", email="somebody@else.hr")
    assert outcome.credential.me.user.id == owner.user_id
    [linked] = await desk.identities.list(owner)
    assert linked.service == "Lipa SSO"
    await desk.identities.unlink(owner, linked.key)
    with pytest.raises(ExternalAccountUnknown):
        await desk.visit(provider, added.id, sub="boss", email_verified=False)


async def test_an_identity_belongs_to_one_account(desk, provider, owner, household, store, clock):
    added = await desk.add_provider(owner, provider)
    await link(desk, provider, owner, added, sub="boss")
    other = replace(await add_member(store, household, Role.MEMBER), authenticated_at=clock.now())
    with pytest.raises(IdentityTaken):
        await link(desk, provider, other, added, sub="boss")
    [identity] = await all_of(store, Identity)
    assert identity.user_id == owner.user_id


async def test_nobody_else_finishes_a_link(desk, provider, owner, household, store, clock):
    added = await desk.add_provider(owner, provider)
    other = replace(await add_member(store, household, Role.ADMIN), authenticated_at=clock.now())
    start = await desk.external.start_link(owner, added.id, next_path="/")
    for caller in (other, None):
        with pytest.raises(ExternalSignInFailed):
            await desk.come_back(provider.approve(start.url), start.browser_token, caller)
    assert await all_of(store, Identity) == []


async def test_others_identities_cannot_be_unlinked(desk, provider, owner, household, store, clock):
    added = await desk.add_provider(owner, provider)
    await link(desk, provider, owner, added, sub="boss")
    [linked] = await desk.identities.list(owner)
    other = replace(await add_member(store, household, Role.ADMIN), authenticated_at=clock.now())
    with pytest.raises(NotFound):
        await desk.identities.unlink(other, linked.key)
    with pytest.raises(PermissionDenied):
        await desk.identities.unlink(replace(owner, origin=Origin.API_KEY), linked.key)


async def test_the_second_visit_is_the_same_person(desk, provider, owner, store):
    added = await desk.add_provider(owner, provider)
    first = (await desk.visit(provider, added.id)).credential.me
    second = (await desk.visit(provider, added.id, email="renamed@lipa.hr")).credential.me
    assert first.user.id == second.user.id and second.user.email == "ana@lipa.hr"
    assert (first.role, len(await all_of(store, User))) == (Role.MEMBER, 2)


@pytest.mark.parametrize("part", ["member", "tenant", "person"])
async def test_whoever_is_suspended_does_not_come_in(desk, provider, owner, store, part):
    added = await desk.add_provider(owner, provider)
    me = (await desk.visit(provider, added.id)).credential.me
    if part == "member":
        async with store.begin_platform(PLATFORM) as tx:
            (await tx.accounts.find_member(owner.tenant_id, me.user.id))[2].status = "inactive"
    elif part == "tenant":
        await change(store, Tenant, owner.tenant_id, status="suspended")
    else:
        await change(store, User, me.user.id, status="suspended")
    with pytest.raises(ExternalSignInFailed if part == "tenant" else ExternalAccountUnknown):
        await desk.visit(provider, added.id)
    assert len(await all_of(store, Session)) == 1


async def test_nobody_joins_a_full_organisation(desk, provider, owner, store):
    added = await desk.add_provider(owner, provider)
    await change(store, Tenant, owner.tenant_id, limits={"max_members": 1})
    with pytest.raises(QuotaExceeded):
        await desk.visit(provider, added.id)
    await change(store, Tenant, owner.tenant_id, limits={"max_members": 2})
    assert (await desk.visit(provider, added.id)).credential is not None
    with pytest.raises(QuotaExceeded):
        await desk.visit(provider, added.id, sub="iva", email="iva@lipa.hr")


@pytest.mark.parametrize("spoiled", [None, "expired", "revoked", "other address", "inviter gone", "inviter demoted"])
async def test_an_invitation_of_the_verified_address_is_accepted(
    desk, provider, owner, household, store, clock, spoiled
):
    added = await desk.add_provider(owner, provider, auto_join=False)
    inviter = await add_member(store, household, Role.ADMIN)
    invitation = Invitation(
        tenant_id=owner.tenant_id, id="i1", email="guest@other.hr", role="editor", token_hash="x",
        invited_by=inviter.user_id, created_at=clock.now(), expires_at=clock.now().replace(year=2027),
    )  # fmt: skip
    async with store.begin_platform(PLATFORM) as tx:
        tx._session.add(invitation)
    if spoiled == "expired":
        await change(store, Invitation, (owner.tenant_id, "i1"), expires_at=clock.now())
    if spoiled == "revoked":
        await change(store, Invitation, (owner.tenant_id, "i1"), revoked_at=clock.now())
    if spoiled in ("inviter gone", "inviter demoted"):
        async with store.begin_platform(PLATFORM) as tx:
            membership = (await tx.accounts.find_member(owner.tenant_id, inviter.user_id))[2]
            membership.status = "inactive" if spoiled == "inviter gone" else "active"
            membership.role = "member"
    email = "someone@other.hr" if spoiled == "other address" else "guest@other.hr"
    if spoiled is None:
        me = (await desk.visit(provider, added.id, email=email)).credential.me
        assert me.role is Role.EDITOR
        [row] = await all_of(store, Invitation)
        assert (row.accepted_at, row.accepted_by) == (clock.now(), me.user.id)
    else:
        with pytest.raises(ExternalAccountUnknown):
            await desk.visit(provider, added.id, email=email)


async def test_another_tenants_services_are_as_good_as_none(desk, provider, owner, store, clock):
    added = await desk.add_provider(owner, provider)
    stranger = fresh(await add_tenant(store, "javor"), clock)
    for attempt in (
        desk.providers.get(stranger, added.id),
        desk.providers.update(stranger, added.id, ProviderChange(name="x")),
        desk.providers.delete(stranger, added.id),
        desk.providers.check(stranger, added.id),
        desk.external.start_link(stranger, added.id, next_path="/"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await desk.providers.list(stranger) == ()


async def test_a_service_of_one_tenant_opens_no_door_of_another(desk, provider, owner, store, clock):
    """A member of both tenants who is linked at one: the session is at that tenant, and says whose service it was."""
    added = await desk.add_provider(owner, provider)
    me = (await desk.visit(provider, added.id)).credential.me
    assert me.tenant.id == owner.tenant_id
    [session] = await all_of(store, Session)
    assert (session.tenant_id, session.provider_id) == (owner.tenant_id, added.id)
    other = await add_tenant(store, "javor")
    elsewhere = await desk.add_provider(fresh(other, clock), provider, domains=())
    with pytest.raises(ExternalAccountUnknown):
        await desk.visit(provider, elsewhere.id)


async def test_choices_depend_on_the_domain_only(desk, provider, owner):
    added = await desk.add_provider(owner, provider)
    known, unknown = [await desk.external.choices(email=email) for email in ("owner@lipa.hr", "nobody@LIPA.hr")]
    assert known == unknown and [choice.provider_id for choice in known] == [added.id]
    for email in ("x@other.hr", "x@xlipa.hr", "lipa.hr", "", 'x@%"', "x@lipa.hr."):
        assert await desk.external.choices(email=email) == ()
    assert await desk.external.choices(tenant_slug="lipa") == known
    await desk.providers.update(owner, added.id, ProviderChange(is_enabled=False))
    assert await desk.external.choices(tenant_slug="lipa", email="x@lipa.hr") == ()
