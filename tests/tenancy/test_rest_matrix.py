"""Every request, with an id that is not the caller's in every place an id fits: the very answer of an id nobody has."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient, Response

from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from ragapp.core.ids import new_id
from ragapp.services.registry import install, uninstall
from tests.api.asgi import Exchange, http_scope
from tests.tenancy.rest_slots import operations, operator_paths, routes
from tests.tenancy.twins import changes

pytestmark = pytest.mark.sweep

OPEN = {"/metrics", "/api/v1/auth/token", "/api/v1/health", "/api/v1/health/live", "/api/v1/health/ready"}
"""What needs no credential, besides the forms and the reference."""
CHAT = "/v1/chat/completions"
ALL_REFUSED = ("/api/v1/oversight/", "/api/v1/me/sessions/")
"""What refuses a key all ids alike: what tenants have to allow first (`test_chats_of_others` is about the rest), and
what is for people who signed in (`test_sessions`)."""
NO_ID = {"{rest:path}", "{model:path}", "{key}"}
"""Parts of addresses that name nothing of a tenant."""
SIGN_IN = "/auth/oidc/"
"""Leads anybody to a sign-in service; linking an account to one is `external_sign_in.start_link` of the services."""
ONLY_UNANSWERED = ("POST", "/api/v1/missing-reports")
"""Takes questions without an answer; the one at hand has one, which it can only say of what it has found."""


@pytest.fixture
def api():
    return build_api()


@pytest.fixture
async def client(api, wired, twins) -> AsyncIterator[AsyncClient]:
    install(wired.services)
    transport = ASGITransport(add_security_headers(api))
    async with AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client
    uninstall()


def signed_in(client: AsyncClient, token: str) -> AsyncClient:
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def seen(response: Response) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    return response.status_code, response.content, tuple(sorted(response.headers.items()))


def all_slots(api):
    for_operators = operator_paths(api)
    return [
        (operation, slot)
        for operation in operations(api)
        if operation.path not in for_operators
        for slot in operation.slots()
    ]


def test_the_matrix_covers_every_operation_with_an_id(api):
    covered = {(slot.method, slot.path) for _, slot in all_slots(api)}
    for_operators = operator_paths(api)
    all_routes = {(method, path) for method, path, _ in routes(api) if path not in for_operators}
    with_braces = {(method, path) for method, path in all_routes if "{" in path and not NO_ID & set(path.split("/"))}
    assert {(method, path) for method, path in with_braces if not path.startswith(SIGN_IN)} <= covered
    in_bodies = {"/api/v1/search", "/api/v1/query", "/api/v1/query/stream", "/api/v1/documents/upload", CHAT}
    assert in_bodies <= {path for _, path in covered}


async def test_another_tenants_ids_get_the_very_answer_of_ids_nobody_has(api, client, twins, ledger):
    theirs, mine = twins
    signed_in(client, mine.tokens["owner_key"])
    before, wrong = ledger.picture(), []
    for operation, slot in all_slots(api):
        expected = seen(await slot.request(operation, new_id(), mine).send(client))
        if expected[0] != (403 if slot.path.startswith(ALL_REFUSED) else 404):
            wrong.append(f"{slot.label}, an id nobody has: {expected[:2]}")
        for tried in (*theirs.ids[slot.kind], *theirs.deleted[slot.kind], *mine.deleted[slot.kind]):
            answer = seen(await slot.request(operation, tried, mine).send(client))
            if answer != expected:
                wrong.append(f"{slot.label}: {answer} instead of {expected}")
        changed = changes(before, ledger.picture())
        if changed:
            wrong.append(f"{slot.label} changed {changed}")
            before = ledger.picture()
    assert not wrong, "\n".join(wrong)


async def test_a_colleagues_private_chats_get_the_very_answer_of_ids_nobody_has(api, client, twins, ledger):
    mine, _ = twins
    signed_in(client, mine.tokens["colleague_key"])
    before, wrong = ledger.picture(), []
    for operation, slot in all_slots(api):
        if slot.kind.__name__ in ("ChatId", "MessageId"):
            expected = seen(await slot.request(operation, new_id(), mine).send(client))
            for tried in mine.ids[slot.kind]:
                answer = seen(await slot.request(operation, tried, mine).send(client))
                if answer[0] != (403 if slot.path.startswith(ALL_REFUSED) else 404) or answer != expected:
                    wrong.append(f"{slot.label}: {answer} instead of {expected}")
    assert not wrong, "\n".join(wrong)
    assert not changes(before, ledger.picture())


async def test_the_same_requests_reach_what_is_ones_own(api, client, twins):
    """Without this the matrix could pass because its requests are wrong in some other way."""
    _, mine = twins
    signed_in(client, mine.tokens["owner_key"])
    missed = []
    parts_first = sorted(all_slots(api), key=lambda pair: (pair[0].method == "DELETE", -len(pair[0].path)))
    for operation, slot in parts_first:
        response = await slot.request(operation, mine.own(slot.kind), mine).send(client)
        if response.status_code in (400, 404, 422) and (operation.method, operation.path) != ONLY_UNANSWERED:
            missed.append(f"{slot.label}: {response.text}")
    assert not missed, "\n".join(missed)


async def test_another_tenants_place_in_a_list_shows_ones_own_list_only(client, twins):
    theirs, mine = twins
    for path in ("/api/v1/documents", "/api/v1/chats"):
        signed_in(client, theirs.tokens["owner_key"])
        cursor = (await client.get(path, params={"limit": 1})).json()["next_cursor"]
        assert cursor
        signed_in(client, mine.tokens["owner_key"])
        shown = (await client.get(path, params={"cursor": cursor})).json()["items"]
        own = {item["id"] for item in (await client.get(path)).json()["items"]}
        assert {item["id"] for item in shown} <= own


_CREDENTIALS = {
    "none": (),
    "wrong key": ((b"authorization", b"Bearer rgk_wrong"),),
    "ended session": ((b"cookie", b"ragapp_session=rgs_x"), (b"origin", b"https://docs.example.hr")),
}


@pytest.mark.parametrize("headers", _CREDENTIALS.values(), ids=_CREDENTIALS)
async def test_nothing_is_read_from_callers_without_a_credential(api, client, headers):
    app = add_security_headers(api)
    refused = 0
    for method, path, _ in routes(api):
        if path in OPEN or path.startswith(("/auth", "/api/v1/docs", "/api/v1/openapi")) or "{rest" in path:
            continue
        exchange = Exchange(app, http_scope(method, path.replace("{page}", "1"), headers))
        exchange.give_body(b"tripwire", more=True)
        await exchange.finish()
        assert exchange.status == 401, (method, path, exchange.body)
        assert exchange.incoming.qsize() == 1, f"{method} {path} read the body first"
        refused += 1
    assert refused > 25


async def test_nothing_of_the_operator_answers_anybody_else(api, client, twins, ledger):
    """Owners, administrators and keys of limited rights alike: refused before the body is read, for every tenant."""
    theirs, mine = twins
    for token in ("owner_key", "colleague_key"):  # the first use of a key is written down
        await client.get("/api/v1/me", headers={"Authorization": f"Bearer {mine.tokens[token]}"})
    before, refused = ledger.picture(), 0
    for method, path, _ in routes(api):
        if path in operator_paths(api):
            for tenant_id in (mine.household.tenant_id, theirs.household.tenant_id, new_id()):
                for token in ("owner_key", "colleague_key"):
                    headers = {"Authorization": f"Bearer {mine.tokens[token]}"}
                    answer = await client.request(method, path.format(tenant_id=tenant_id), headers=headers)
                    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), (method, path)
                    refused += 1
    assert refused > 40
    assert not changes(before, ledger.picture())
