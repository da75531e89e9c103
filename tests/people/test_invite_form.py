"""The form under an invitation's page, and managing people through REST, against the composed application."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import ASGITransport, AsyncClient

from ragapp.api.app import build_api
from ragapp.core.scope import Permission, Role
from ragapp.services.registry import install, uninstall
from tests.people.organisation import PASSWORD, Organisation, token_in

OWN_PAGE = {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def client(organisation: Organisation) -> AsyncIterator[AsyncClient]:
    install(organisation.wired.services)
    async with AsyncClient(transport=ASGITransport(build_api()), base_url="http://localhost:3000") as client:
        yield client
    uninstall()


async def link_for(organisation: Organisation, email: str = "ana@example.hr") -> str:
    created = await organisation.wired.services.invitations.create(organisation.owner, email=email, role=Role.EDITOR)
    return token_in(created.link)


async def test_the_form_opens_a_session_in_the_organisation(organisation: Organisation, client: AsyncClient):
    form = {"token": await link_for(organisation), "name": "Ana", "password": PASSWORD, "language": "hr"}
    answer = await client.post("/auth/invite", data=form, headers=OWN_PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    me = (await client.get("/api/v1/me")).json()
    assert (me["user"]["email"], me["role"], me["tenant"]["slug"]) == ("ana@example.hr", "editor", "acme")


async def test_a_refusal_goes_back_to_the_page_without_the_password(organisation: Organisation, client: AsyncClient):
    token = await link_for(organisation)
    answer = await client.post("/auth/invite", data={"token": token, "password": "12345"}, headers=OWN_PAGE)
    back = urlsplit(answer.headers["location"])
    assert (back.path, parse_qs(back.query)) == ("/invite", {"error": ["weak_password"], "token": [token]})
    assert "set-cookie" not in answer.headers


async def test_another_site_cannot_send_the_form(organisation: Organisation, client: AsyncClient):
    form = {"token": await link_for(organisation), "name": "Ana", "password": PASSWORD}
    answer = await client.post("/auth/invite", data=form, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert await organisation.member_count() == 1


async def test_people_are_managed_through_rest(organisation: Organisation, client: AsyncClient):
    key = (await organisation.wired.services.api_keys.create(organisation.owner, name="script")).token
    client.headers["Authorization"] = f"Bearer {key}"
    invited = await client.post("/api/v1/invitations", json={"email": "iva@example.hr", "role": "editor"})
    assert invited.status_code == 201
    bulk = await client.post("/api/v1/invitations/bulk", json={"emails": ["a@example.hr", "nobody"]})
    assert [bool(each["invited"]) for each in bulk.json()["items"]] == [True, False]
    member = await organisation.add(Role.MEMBER)
    changed = await client.patch(f"/api/v1/members/{member.user_id}", json={"role": "editor", "status": "inactive"})
    assert (changed.json()["role"], changed.json()["status"]) == ("editor", "inactive")
    assert (await client.delete(f"/api/v1/members/{member.user_id}")).status_code == 204
    assert [each["role"] for each in (await client.get("/api/v1/members")).json()["items"]] == ["owner"]
    for extra in ({"tenant_id": "x"}, {"is_operator": True}, {"password_hash": "x"}, {"email": "x@y.hr"}):
        answer = await client.patch(f"/api/v1/members/{organisation.owner.user_id}", json=extra)
        assert answer.status_code == 422


async def test_a_key_gives_no_more_than_it_holds(organisation: Organisation, client: AsyncClient):
    services = organisation.wired.services
    narrow = await services.api_keys.create(
        organisation.owner, name="narrow", scopes=[Permission.USE_API_KEYS, Permission.SEARCH]
    )
    client.headers["Authorization"] = f"Bearer {narrow.token}"
    refused = await client.post("/api/v1/api-keys", json={"name": "wide", "scopes": ["members.manage"]})
    assert refused.status_code == 403
    made = await client.post("/api/v1/api-keys", json={"name": "same"})
    assert sorted(made.json()["key"]["scopes"]) == ["api_keys.use", "search"]
    assert (await client.get("/api/v1/members")).status_code == 403


async def test_settings_are_changed_and_limits_only_lowered(organisation: Organisation, client: AsyncClient):
    key = (await organisation.wired.services.api_keys.create(organisation.owner, name="script")).token
    client.headers["Authorization"] = f"Bearer {key}"
    await organisation.limit(max_members=5)
    body = {"name": "Acme d.o.o.", "chat_retention_days": 30, "caps": {"max_members": 3}}
    changed = (await client.patch("/api/v1/tenant", json=body)).json()
    assert (changed["name"], changed["chat_retention_days"]) == ("Acme d.o.o.", 30)
    assert (changed["granted"]["max_members"], changed["limits"]["max_members"]) == (5, 3)
    assert (await client.patch("/api/v1/tenant", json={"caps": {"max_members": 6}})).status_code == 422
    back = {"caps": {"max_members": None}, "chat_retention_days": 0}
    lifted = (await client.patch("/api/v1/tenant", json=back)).json()
    assert (lifted["limits"]["max_members"], lifted["chat_retention_days"]) == (5, None)


async def test_outdated_chats_go_in_the_night_and_are_counted_before(organisation: Organisation):
    wired, owner = organisation.wired, organisation.owner
    old = await wired.services.chats.create(owner, title="Old")
    organisation.clock.advance(days=31)
    new = await wired.services.chats.create(owner, title="New")
    assert await wired.services.tenant_settings.count_outdated_chats(owner, 30) == 1
    assert await wired.application.retention.run(owner) == 0
    async with wired.store.begin(owner) as tx:
        await tx.tenant.change(chat_retention_days=30)
    assert await wired.application.retention.run(owner) == 1
    assert [chat.id for chat in (await wired.services.chats.list(owner)).items] == [new.id]
    assert old.id != new.id
