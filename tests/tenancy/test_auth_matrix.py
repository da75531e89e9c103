"""Every address under /auth, for everybody: names and tokens of another tenant say what those of nobody say."""

from collections.abc import AsyncIterator, Mapping

import pytest
from httpx import ASGITransport, AsyncClient, Response

from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from ragapp.core.ids import ProviderId, new_id
from ragapp.core.scope import Role
from ragapp.services.identity.tokens import TokenKind, mint
from ragapp.services.registry import install, uninstall
from tests.fakes.services import COOKIE
from tests.tenancy.rest_slots import routes
from tests.tenancy.twins import Twin, changes

pytestmark = pytest.mark.sweep

BASE = "http://localhost:3000"
FORMS: Mapping[str, Mapping[str, str]] = {
    "/auth/invite": {"token": "{token}", "name": "Ana", "password": "rivers and hills 7"},
    "/auth/reset": {"token": "{token}", "password": "rivers and hills 7"},
    "/auth/switch": {"tenant": "{tenant}"},
    "/auth/oidc/{provider_id}/link": {},
}
"""What is sent with each form that names something; `{…}` are the places."""
LINKS = {"/auth/oidc/callback": {"state": "{token}", "code": "{token}"}}
NAMES_NOTHING = {
    "/auth/password", "/auth/code", "/auth/setup", "/auth/logout", "/auth/forgot", "/auth/confirm",
    "/auth/change-password",
}  # fmt: skip
"""Forms about the sender and what they type. That known and unknown addresses are told the same is tested elsewhere."""
FOR_ANYBODY = "/auth/oidc/{provider_id}/start"
"""A service's id is an invitation to sign in there: whoever asks, for whichever tenant, is led to it."""
FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {},
)


@pytest.fixture
async def client(wired, twins) -> AsyncIterator[AsyncClient]:
    install(wired.services)
    transport = ASGITransport(add_security_headers(build_api()))
    async with AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
    uninstall()


def named_by(twin: Twin, provider_id: str = "") -> dict[str, str]:
    """What a tenant's own things are called, and nothing that would open them."""
    return {"tenant": twin.canary, "provider_id": provider_id or twin.own(ProviderId), "token": twin.own(ProviderId)}


def nobodys() -> dict[str, str]:
    return {"tenant": "nowhere", "provider_id": new_id(), "token": mint(TokenKind.INVITATION)}


async def send(client: AsyncClient, path: str, names: Mapping[str, str], session: str) -> Response:
    fields = {name: value.format(**names) for name, value in {**FORMS, **LINKS}[path].items()}
    headers = {"Cookie": f"{COOKIE}={session}"} if session else {}
    if path in LINKS:
        return await client.get(path.format(**names), params=fields, headers=headers)
    headers |= {"Origin": BASE, "Content-Type": "application/x-www-form-urlencoded"}
    return await client.post(path.format(**names), data=fields, headers=headers)


def seen(response: Response, names: Mapping[str, str]) -> tuple[int, str]:
    said = f"{response.text} {sorted(response.headers.items())}"
    for value in names.values():
        said = said.replace(value, "NAME")
    return response.status_code, said


def sessions(twin: Twin) -> dict[str, str]:
    return {"nobody": "", **{role.value: twin.token(role, "session") for role in Role}}


def test_every_address_has_a_case():
    found = {(method, path) for method, path, _ in routes(build_api()) if path.startswith("/auth")}
    forms, links = {*FORMS, *NAMES_NOTHING}, {*LINKS, FOR_ANYBODY}
    assert found == {*(("POST", path) for path in forms), *(("GET", path) for path in links)}


async def test_another_tenants_names_say_what_names_of_nobody_say(client, twins, ledger):
    theirs, mine = twins
    before, wrong = ledger.picture(), []
    for path in (*FORMS, *LINKS):
        for who, session in sessions(mine).items():
            unknown = nobodys()
            expected = seen(await send(client, path, unknown, session), unknown)
            for foreign in (named_by(theirs), named_by(theirs, theirs.deleted[ProviderId][0])):
                answer = seen(await send(client, path, foreign, session), foreign)
                if answer != expected:
                    wrong.append(f"{path} as {who}: {answer} instead of {expected}")
    assert not wrong, "\n".join(wrong)
    assert not changes(before, ledger.picture())


async def test_ones_own_names_are_known(client, twins):
    """Without this the test above could pass because its forms are wrong in some other way."""
    theirs, mine = twins
    session = mine.token(Role.OWNER, "session")
    for path in ("/auth/oidc/{provider_id}/link", "/auth/switch"):
        foreign = await send(client, path, named_by(theirs), session)
        own = await send(client, path, named_by(mine), session)
        assert seen(own, named_by(mine)) != seen(foreign, named_by(theirs))


async def test_a_foreign_page_can_send_none_of_the_forms(client, twins, ledger):
    """Another site's page, with the browser's cookie: nothing happens, whoever is signed in."""
    _, mine = twins
    before = ledger.picture()
    for path in (*FORMS, *NAMES_NOTHING):
        for session in sessions(mine).values():
            for headers in FOREIGN:
                sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
                cookie = {"Cookie": f"{COOKIE}={session}"} if session else {}
                names = named_by(mine)
                answer = await client.post(path.format(**names), content=b"token=x", headers={**sent, **cookie})
                assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), (path, headers)
    assert not changes(before, ledger.picture())
