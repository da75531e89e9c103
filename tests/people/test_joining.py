"""Invitations: single use, for one address, checked again when they are accepted."""

import asyncio
from datetime import timedelta

import pytest

from ragapp.adapters.password import Argon2Hasher
from ragapp.core.errors import (
    AlreadyMember,
    InvalidCredentials,
    InvalidEmail,
    LinkNotUsable,
    QuotaExceeded,
    SecondFactorRequired,
    SignInNotAllowed,
    WeakPassword,
)
from ragapp.core.scope import ROLE_PERMISSIONS, Permission, Role, is_at_least
from ragapp.models import User
from ragapp.services.identity.session_opening import Visit
from ragapp.services.tenancy.joining import Acceptance
from ragapp.services.tenancy.member_views import InvitationStatus
from tests.fakes.accounts import PLATFORM
from tests.people.organisation import PASSWORD, Organisation, accept, outcome, token_in

NEW = "ana@example.hr"


async def invite(organisation: Organisation, scope=None, *, email: str = NEW, role: Role = Role.EDITOR):
    return await organisation.wired.services.invitations.create(scope or organisation.owner, email=email, role=role)


async def add_account(organisation: Organisation, email: str, **more) -> User:
    user = User(id=email[:32], email=email, name="Ana", password_hash=await Argon2Hasher().hash(PASSWORD), **more)
    async with organisation.wired.store.begin_platform(PLATFORM) as tx:
        await tx.accounts.add_user(user)
    return user


async def test_a_new_person_joins_with_the_invited_address_and_role(organisation: Organisation):
    link = (await invite(organisation)).link
    credential = await accept(organisation.wired, token_in(link), name="Ana Anić", language="hr")
    me = credential.me
    assert (me.user.email, me.user.name, me.user.language, me.role) == (NEW, "Ana Anić", "hr", Role.EDITOR)
    scope = await organisation.wired.services.access.scope_of_session(credential.token)
    assert (scope.tenant_id, scope.role) == (organisation.tenant_id, Role.EDITOR)
    assert await organisation.member_count() == 2
    assert "member.joined" in await organisation.audited()


async def test_somebody_with_an_account_joins_with_their_own_password(organisation: Organisation):
    user = await add_account(organisation, NEW)
    token = token_in((await invite(organisation)).link)
    wrong = Acceptance(token, name="Mallory", password="another good pass phrase 9")
    with pytest.raises(InvalidCredentials):
        await organisation.wired.services.joining.accept(wrong, Visit())
    credential = await accept(organisation.wired, token, name="Mallory")
    assert (credential.me.user.id, credential.me.user.name) == (user.id, "Ana")


async def test_a_signed_in_person_confirms_without_a_password(organisation: Organisation):
    first = await accept(organisation.wired, token_in((await invite(organisation)).link))
    second = await Organisation.create(organisation.wired, organisation.clock, "bora")
    token = token_in((await invite(second)).link)
    joining = organisation.wired.services.joining
    assert (await joining.look(token, first.token)).is_signed_in
    assert not (await joining.look(token)).is_signed_in
    credential = await joining.accept(Acceptance(token, session_token=first.token), Visit())
    assert (credential.me.user.id, credential.me.tenant.slug) == (first.me.user.id, "bora")


async def test_another_persons_session_is_no_proof(organisation: Organisation):
    other = await accept(organisation.wired, token_in((await invite(organisation, email="iva@example.hr")).link))
    await add_account(organisation, NEW)
    token = token_in((await invite(organisation)).link)
    taking = Acceptance(token, password="another good pass phrase 9", session_token=other.token)
    with pytest.raises(InvalidCredentials):
        await organisation.wired.services.joining.accept(taking, Visit())


async def test_a_second_factor_is_not_left_out(organisation: Organisation):
    await add_account(organisation, NEW, totp_confirmed_at=organisation.clock.now())
    with pytest.raises(SecondFactorRequired):
        await accept(organisation.wired, token_in((await invite(organisation)).link))


async def test_no_password_is_taken_where_passwords_are_switched_off(organisation: Organisation):
    token = token_in((await invite(organisation)).link)
    async with organisation.wired.store.begin(organisation.owner) as tx:
        await tx.tenant.change(password_sign_in=False)
    with pytest.raises(SignInNotAllowed):
        await accept(organisation.wired, token)


async def test_a_weak_password_says_the_same_with_and_without_an_account(organisation: Organisation):
    await add_account(organisation, "known@example.hr")
    said = []
    for email in ("known@example.hr", "unknown@example.hr"):
        token = token_in((await invite(organisation, email=email)).link)
        with pytest.raises(WeakPassword) as caught:
            await organisation.wired.services.joining.accept(Acceptance(token, password="12345"), Visit())
        offer = await organisation.wired.services.joining.look(token)
        said.append((str(caught.value), offer.is_signed_in, offer.organisation, offer.role))
    assert said[0] == said[1]


async def test_inviting_says_the_same_with_and_without_an_account_elsewhere(organisation: Organisation):
    await add_account(organisation, "known@example.hr")
    known, unknown = [await invite(organisation, email=f"{name}@example.hr") for name in ("known", "unknown")]
    assert (known.invitation.status, known.is_mailed) == (unknown.invitation.status, unknown.is_mailed)
    assert len(known.link) == len(unknown.link)


async def _used(organisation, token, link):
    await accept(organisation.wired, token)


async def _expired(organisation, token, link):
    organisation.clock.advance(days=7)


async def _revoked(organisation, token, link):
    await organisation.wired.services.invitations.revoke(organisation.owner, link.invitation.id)


async def _replaced(organisation, token, link):
    await invite(organisation)


async def _resent(organisation, token, link):
    await organisation.wired.services.invitations.resend(organisation.owner, link.invitation.id)


async def _suspended(organisation, token, link):
    await organisation.wired.services.tenants.suspend(organisation.operator, organisation.tenant_id, reason="Unpaid")


@pytest.mark.parametrize("end", [_used, _expired, _revoked, _replaced, _resent, _suspended])
async def test_a_link_that_has_ended_says_the_same_as_one_that_never_was(organisation: Organisation, end):
    link = await invite(organisation)
    token = token_in(link.link)
    await end(organisation, token, link)
    joining = organisation.wired.services.joining
    for bad in (token, f"rgn_{'x' * 43}", "", " ", "rgn_", token.upper(), token[:-1], f"{token} ", "rgk_" + token[4:]):
        for call in (joining.look(bad), accept(organisation.wired, bad)):
            with pytest.raises(LinkNotUsable) as caught:
                await call
            assert str(caught.value) == LinkNotUsable.default_message
            assert not caught.value.details


@pytest.mark.parametrize("inviter", Role)
@pytest.mark.parametrize("granted", Role)
async def test_nobody_invites_above_their_own_role(organisation: Organisation, inviter: Role, granted: Role):
    scope = await organisation.add(inviter)
    may = Permission.MANAGE_MEMBERS in ROLE_PERMISSIONS[inviter] and is_at_least(inviter, granted)
    assert await outcome(invite(organisation, scope, role=granted)) == ("done" if may else "permission_denied")


@pytest.mark.parametrize("fall", ["demoted", "deactivated", "removed"])
async def test_an_invitation_falls_with_its_inviter(organisation: Organisation, fall: str):
    admin = await organisation.add(Role.ADMIN)
    token = token_in((await invite(organisation, admin, role=Role.ADMIN)).link)
    members = organisation.wired.services.members
    if fall == "demoted":
        await members.change_role(organisation.owner, admin.user_id, Role.EDITOR)
    elif fall == "deactivated":
        await members.deactivate(organisation.owner, admin.user_id)
    else:
        await members.remove(organisation.owner, admin.user_id)
    with pytest.raises(LinkNotUsable):
        await accept(organisation.wired, token)


async def test_a_link_of_one_tenant_opens_no_other(organisation: Organisation):
    other = await Organisation.create(organisation.wired, organisation.clock, "bora")
    credential = await accept(organisation.wired, token_in((await invite(other)).link))
    assert credential.me.tenant.slug == "bora"
    assert await organisation.member_count() == 1


async def test_room_is_counted_when_the_link_is_used(organisation: Organisation):
    token = token_in((await invite(organisation)).link)
    await organisation.limit(max_members=1)
    with pytest.raises(QuotaExceeded):
        await accept(organisation.wired, token)
    await organisation.limit(max_members=2)
    await accept(organisation.wired, token)


async def test_members_are_not_invited_again(organisation: Organisation):
    await accept(organisation.wired, token_in((await invite(organisation)).link))
    with pytest.raises(AlreadyMember):
        await invite(organisation, email=NEW.upper())


@pytest.mark.parametrize("attempt", range(3))
async def test_of_a_hundred_at_once_exactly_one_joins(organisation: Organisation, attempt: int, monkeypatch):
    # The hash is slow on purpose; what races is the rest. Half use the session of an existing account.
    await _hash_fast(organisation, monkeypatch)
    token = token_in((await invite(organisation)).link)
    outcomes = await asyncio.gather(*(outcome(accept(organisation.wired, token)) for _ in range(100)))
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "link_not_usable", "invalid_credentials"}
    assert await organisation.member_count() == 2


@pytest.mark.parametrize("attempt", range(3))
async def test_of_many_invited_people_only_as_many_join_as_fit(organisation: Organisation, attempt: int, monkeypatch):
    await _hash_fast(organisation, monkeypatch)
    links = [await invite(organisation, email=f"p{number}@example.hr") for number in range(10)]
    await organisation.limit(max_members=4)
    outcomes = await asyncio.gather(*(outcome(accept(organisation.wired, token_in(link.link))) for link in links))
    assert sorted(outcomes) == ["done"] * 3 + ["quota_exceeded"] * 7
    assert await organisation.member_count() == 4


async def _hash_fast(organisation: Organisation, monkeypatch) -> None:
    class Fast:
        async def hash(self, password: str) -> str:
            return f"fast:{password}"

        async def verify(self, encoded: str | None, password: str) -> bool:
            return encoded == f"fast:{password}"

    class Open:
        async def admit(self, guess) -> None: ...
        async def failed(self, guess) -> None: ...
        async def succeeded(self, guess) -> None: ...

    monkeypatch.setattr(organisation.wired.services.joining, "_hasher", Fast())
    monkeypatch.setattr(organisation.wired.services.joining, "_throttle", Open())


async def test_guesses_at_somebodys_password_are_limited(organisation: Organisation):
    await add_account(organisation, NEW)
    token = token_in((await invite(organisation)).link)
    attempts = [Acceptance(token, password=f"a wrong pass phrase {number}") for number in range(12)]
    joining = organisation.wired.services.joining
    said = [await outcome(joining.accept(each, Visit(address="203.0.113.9"))) for each in attempts]
    assert said[0] == "invalid_credentials"
    assert said[-1] == "rate_limited"


async def test_a_pasted_list_says_what_became_of_each_line(organisation: Organisation):
    await accept(organisation.wired, token_in((await invite(organisation)).link))
    lines = ["Iva Ivić <iva@example.hr>; marko@example.hr", "", "not an address", NEW, "iva@example.hr"]
    results = await organisation.wired.services.invitations.create_many(
        organisation.owner, lines=lines, role=Role.MEMBER
    )
    assert [(each.line, each.error_code, each.invited is not None) for each in results] == [
        ("iva@example.hr", "", True),
        ("marko@example.hr", "", True),
        ("not an address", InvalidEmail.code, False),
        (NEW, AlreadyMember.code, False),
    ]


async def test_the_list_tells_what_became_of_invitations(organisation: Organisation):
    services = organisation.wired.services
    await accept(organisation.wired, token_in((await invite(organisation)).link))
    revoked = await invite(organisation, email="r@example.hr")
    await services.invitations.revoke(organisation.owner, revoked.invitation.id)
    await invite(organisation, email="e@example.hr")
    organisation.clock.advance(days=7)
    await invite(organisation, email="o@example.hr")
    page = await services.invitations.list(organisation.owner)
    assert {each.email: each.status for each in page.items} == {
        NEW: InvitationStatus.ACCEPTED,
        "r@example.hr": InvitationStatus.REVOKED,
        "e@example.hr": InvitationStatus.EXPIRED,
        "o@example.hr": InvitationStatus.OPEN,
    }


async def test_sending_again_gives_the_full_time(organisation: Organisation):
    link = await invite(organisation)
    organisation.clock.advance(days=6)
    again = await organisation.wired.services.invitations.resend(organisation.owner, link.invitation.id)
    assert again.invitation.expires_at == organisation.clock.now() + timedelta(days=7)
    organisation.clock.advance(days=6)
    await accept(organisation.wired, token_in(again.link))
