from dataclasses import replace

import pyotp
import pytest

from ragapp.core.errors import (
    InvalidCredentials,
    InvalidSecondFactor,
    InvalidTransition,
    LinkNotUsable,
    NameTaken,
    NotAuthenticated,
    NotFound,
    RateLimited,
    ReauthenticationRequired,
    SignInNotAllowed,
    WeakPassword,
)
from ragapp.core.ids import SessionId
from ragapp.core.scope import Role, TenantScope
from ragapp.models import Membership
from ragapp.services.identity.sign_in import PasswordAttempt
from ragapp.store.store import Store
from tests.fakes.accounts import PLATFORM
from tests.fakes.clock import FixedClock
from tests.fakes.identity import EMAIL, PASSWORD, VISIT, People

NEW_PASSWORD = "rijeka-teče-pod-mostom"


@pytest.fixture
def people(store: Store, clock: FixedClock) -> People:
    return People(store, clock)


async def second_home(people: People, owner: TenantScope) -> str:
    """Make another organisation and the owner a member of it; return its short name."""
    created = await people.console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast")
    async with people.store.begin_platform(PLATFORM) as tx:
        await tx.accounts.add_membership(
            Membership(tenant_id=created.tenant_id, user_id=owner.user_id, role=Role.MEMBER)
        )
    return created.tenant_slug


async def test_people_see_where_they_are_signed_in_and_end_it(people: People) -> None:
    owner = await people.owner()
    other = await people.enter()
    listed = await people.sessions.list_own(owner)
    assert [view.is_current for view in listed].count(True) == 1
    assert {view.device for view in listed} == {"", "Firefox, Linux"}
    theirs = next(view for view in listed if not view.is_current)
    await people.sessions.revoke(owner, theirs.id)
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_session(other.token)
    with pytest.raises(NotFound):
        await people.sessions.revoke(owner, theirs.id)


async def test_nobody_ends_anothers_session(people: People) -> None:
    owner = await people.owner()
    created = await people.console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast")
    ivos = await people.enter(PasswordAttempt("ivo@hrast.hr", PASSWORD))
    scope = await people.access.scope_of_session(ivos.token)
    assert scope.tenant_id == created.tenant_id
    with pytest.raises(NotFound):
        await people.sessions.revoke(owner, SessionId(scope.credential_id))
    assert await people.access.scope_of_session(ivos.token)


async def test_all_other_sessions_end_together(people: People) -> None:
    owner = await people.owner()
    others = [await people.enter(), await people.sign_in.issue_token(PasswordAttempt(EMAIL, PASSWORD), VISIT)]
    assert await people.sessions.revoke_others(owner) == 2
    assert await people.access.refresh(owner)
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_session(others[0].token)
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_bearer(others[1].token)


async def test_risky_acts_ask_again_who_is_there(people: People) -> None:
    owner = await people.owner()
    people.clock.advance(minutes=10, seconds=1)
    with pytest.raises(ReauthenticationRequired):
        await people.second_factor.begin(owner)
    with pytest.raises(InvalidCredentials):
        await people.sessions.confirm(owner, password="not the password")
    await people.sessions.confirm(owner, password=PASSWORD)
    assert await people.second_factor.begin(await people.access.refresh(owner))


async def test_a_stolen_session_cannot_guess_the_password(people: People) -> None:
    owner = await people.owner()
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await people.sessions.confirm(owner, password="guess")
    with pytest.raises(RateLimited):
        await people.sessions.confirm(owner, password=PASSWORD)
    with pytest.raises(RateLimited):
        await people.accounts.change_password(owner, PASSWORD, NEW_PASSWORD, VISIT)


async def test_whoever_has_no_password_confirms_with_a_code(people: People) -> None:
    owner = await people.owner()
    setup = await people.second_factor.begin(owner)
    app = pyotp.TOTP(setup.secret.replace(" ", ""))
    await people.second_factor.confirm(owner, app.at(people.clock.now()))
    await people.change(owner.user_id, password_hash=None)
    people.clock.advance(minutes=1)
    with pytest.raises(InvalidCredentials):
        await people.sessions.confirm(owner, code="000000")
    await people.sessions.confirm(owner, code=app.at(people.clock.now()))


async def test_a_session_goes_over_to_another_organisation(people: People) -> None:
    credential = await people.first_owner()
    owner = await people.access.scope_of_session(credential.token)
    slug = await second_home(people, owner)
    assert [(choice.slug, choice.is_current) for choice in await people.sessions.list_tenants(owner)] == [
        ("lipa-logistika-d-o-o", True),
        (slug, False),
    ]
    followed = await people.sessions.switch(owner, slug, VISIT)
    scope = await people.access.scope_of_session(followed.token)
    assert (scope.user_id, scope.role) == (owner.user_id, Role.MEMBER)
    assert scope.tenant_id != owner.tenant_id
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_session(credential.token)
    with pytest.raises(NotFound):
        await people.sessions.switch(scope, "no-such-tenant", VISIT)


async def test_an_organisation_with_its_own_sign_in_is_not_entered_from_elsewhere(people: People) -> None:
    owner = await people.owner()
    slug = await second_home(people, owner)
    other = (await people.sessions.list_tenants(owner))[1]
    await people.change_tenant(other.id, password_sign_in=False)
    assert len(await people.sessions.list_tenants(owner)) == 1
    with pytest.raises(SignInNotAllowed):
        await people.sessions.switch(owner, slug, VISIT)


async def test_a_new_password_renews_this_session_and_ends_the_others(people: People) -> None:
    credential = await people.first_owner()
    owner = await people.access.scope_of_session(credential.token)
    other = await people.enter()
    with pytest.raises(InvalidCredentials):
        await people.accounts.change_password(owner, "wrong", NEW_PASSWORD, VISIT)
    with pytest.raises(WeakPassword):
        await people.accounts.change_password(owner, PASSWORD, "ana@lipa.hr", VISIT)
    renewed = await people.accounts.change_password(owner, PASSWORD, NEW_PASSWORD, VISIT)
    for ended in (credential, other):
        with pytest.raises(NotAuthenticated):
            await people.access.scope_of_session(ended.token)
    assert await people.access.scope_of_session(renewed.token)
    with pytest.raises(InvalidCredentials):
        await people.enter()
    assert await people.enter(PasswordAttempt(EMAIL, NEW_PASSWORD))


async def test_an_address_changes_when_its_mailbox_says_so(people: People) -> None:
    owner = await people.owner()
    await people.accounts.request_email_change(owner, " Ana.Novak@Lipa.hr")
    assert (await people.accounts.me(owner)).user.email == EMAIL
    await people.mail.deliver_due()
    token = people.mailer.link_for("ana.novak@lipa.hr").partition("email_token=")[2]
    token = token.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    other = replace(owner, user_id="somebody else")
    for scope, tried in ((other, token), (owner, token[:-4]), (owner, "")):
        with pytest.raises(LinkNotUsable):
            await people.accounts.confirm_email(scope, tried)
    assert (await people.accounts.confirm_email(owner, token)).email == "ana.novak@lipa.hr"
    await people.mail.deliver_due()
    assert people.mailer.sent[-1].recipient == EMAIL


async def test_anothers_address_cannot_be_taken(people: People) -> None:
    owner = await people.owner()
    await people.console.create_owner(email="ivo@hrast.hr", password=PASSWORD, tenant="Hrast")
    await people.accounts.request_email_change(owner, "ivo@hrast.hr")
    await people.mail.deliver_due()
    token = people.mailer.link_for("ivo@hrast.hr").partition("email_token=")[2]
    token = token.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    with pytest.raises(NameTaken):
        await people.accounts.confirm_email(owner, token)


async def test_a_second_factor_ends_other_sessions_and_can_be_switched_off(people: People) -> None:
    owner = await people.owner()
    other = await people.enter()
    setup = await people.second_factor.begin(owner)
    assert setup.picture.startswith("data:image/svg+xml")
    assert "otpauth://totp/ragapp" in setup.address
    app = pyotp.TOTP(setup.secret.replace(" ", ""))
    with pytest.raises(InvalidSecondFactor):
        await people.second_factor.confirm(owner, "000000")
    first = await people.second_factor.confirm(owner, app.at(people.clock.now()))
    with pytest.raises(NotAuthenticated):
        await people.access.scope_of_session(other.token)
    with pytest.raises(InvalidTransition):
        await people.second_factor.begin(owner)
    assert set(first).isdisjoint(await people.second_factor.renew_codes(owner))
    await people.second_factor.disable(owner)
    assert await people.enter()
    with pytest.raises(InvalidTransition):
        await people.second_factor.renew_codes(owner)


async def audited(people: People, owner: TenantScope) -> list[tuple[str, str]]:
    """Return act and proof of the organisation's events, oldest first."""
    async with people.store.read(owner) as tx:
        events = await tx.audit.list_chain(after=0, limit=200)
    return [(event.action, event.details.get("proof", "")) for event in events]


async def test_switching_organisations_leaves_no_further_guesses(people: People) -> None:
    owner = await people.owner()
    slug = await second_home(people, owner)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await people.sessions.confirm(owner, password="guess")
    for place in (owner, await people.access.scope_of_session((await people.enter()).token)):
        moved = await people.access.scope_of_session((await people.sessions.switch(place, slug, VISIT)).token)
        with pytest.raises(RateLimited):
            await people.sessions.confirm(moved, password=PASSWORD)
        with pytest.raises(RateLimited):
            await people.accounts.change_password(moved, PASSWORD, NEW_PASSWORD, VISIT)
    people.clock.advance(minutes=16)
    await people.sessions.confirm(moved, password=PASSWORD)


async def test_refused_confirmations_are_written_down(people: People) -> None:
    owner = await people.owner()
    with pytest.raises(InvalidCredentials):
        await people.sessions.confirm(owner, password="guess")
    with pytest.raises(InvalidCredentials):
        await people.accounts.change_password(owner, "guess", NEW_PASSWORD, VISIT)
    await people.second_factor.begin(owner)
    with pytest.raises(InvalidSecondFactor):
        await people.second_factor.confirm(owner, "000000")
    refused = [proof for act, proof in await audited(people, owner) if act == "session.confirmation_refused"]
    assert refused == ["password", "password", "code"]


async def test_wrong_confirmations_count_as_wrong_guesses_at_the_account(people: People) -> None:
    owner = await people.owner()
    for _ in range(18):
        for _ in range(5):
            with pytest.raises(InvalidCredentials):
                await people.sessions.confirm(owner, password="guess")
        await people.identity.sessions._confirmations._throttle.confirmed(owner.user_id)
    with pytest.raises(RateLimited):
        await people.enter()
    with pytest.raises(RateLimited):
        await people.sessions.confirm(owner, password=PASSWORD)


async def test_right_confirmations_are_not_used_up(people: People) -> None:
    owner = await people.owner()
    for _ in range(8):
        await people.sessions.confirm(owner, password=PASSWORD)


async def test_codes_of_a_second_factor_are_counted_by_person(people: People) -> None:
    owner = await people.owner()
    slug = await second_home(people, owner)
    await people.second_factor.begin(owner)
    for _ in range(5):
        with pytest.raises(InvalidSecondFactor):
            await people.second_factor.confirm(owner, "000000")
    moved = await people.access.scope_of_session((await people.sessions.switch(owner, slug, VISIT)).token)
    with pytest.raises(RateLimited):
        await people.second_factor.confirm(moved, "000000")
