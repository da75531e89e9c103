"""Every request of every role: refused for want of the right that the policy names, and for nothing else.

`PERMISSION_BY_REQUEST` is written by hand, not taken from the code: a route that asks for less, for more, or is not
listed, fails. Which role holds which right is in `test_permission_matrix`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from ragapp.core.scope import ROLE_PERMISSIONS, Role
from ragapp.services.registry import install, uninstall
from tests.fakes.services import COOKIE
from tests.tenancy.policy import ABOVE, FOR_PEOPLE, PERMISSION_BY_REQUEST
from tests.tenancy.rest_slots import Operation, operations, operator_paths
from tests.tenancy.test_rest_matrix import OPEN
from tests.tenancy.twins import Twin, changes

pytestmark = pytest.mark.sweep

BASE = "http://localhost:3000"
ROLES = (Role.MEMBER, Role.EDITOR, Role.ADMIN, Role.OWNER)
ANSWER_WITHIN_S = 5.0
DENIED = (403, "permission_denied")


@pytest.fixture
def api():
    return build_api()


@pytest.fixture
async def client(api, wired, twins) -> AsyncIterator[AsyncClient]:
    install(wired.services)
    transport = ASGITransport(add_security_headers(api))
    async with AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
    uninstall()


def requests(api) -> list[Operation]:
    for_operators = operator_paths(api)
    return [each for each in operations(api) if each.path not in for_operators and each.path not in OPEN]


def is_denied(operation: Operation, role: Role) -> bool:
    permission = PERMISSION_BY_REQUEST[operation.method, operation.path]
    return permission is not None and permission not in ROLE_PERMISSIONS[role]


def credentials(twin: Twin, role: Role, kind: str) -> dict[str, str]:
    token = twin.token(role, kind)
    return {"Authorization": f"Bearer {token}"} if kind == "key" else {"Cookie": f"{COOKIE}={token}", "Origin": BASE}


async def code_of(client: AsyncClient, operation: Operation, caller: Twin, headers: dict[str, str]) -> tuple[int, str]:
    client.headers.update(headers)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            response = await operation.request(caller).send(client)
    finally:
        for name in headers:
            del client.headers[name]
    return response.status_code, _code(response)


def _code(response: Response) -> str:
    if response.status_code < 400:
        return ""
    body: dict[str, Any] = response.json()
    return str(body.get("error", body)["code"])  # OpenAI's clients read errors one level down


def in_order(api) -> Iterator[tuple[Role, Operation]]:
    """Yield every pair; the weakest role first, and within a role what deletes last."""
    for role in ROLES:
        for operation in sorted(requests(api), key=lambda each: each.method == "DELETE"):
            yield role, operation


def test_every_request_states_its_right(api):
    assert {(each.method, each.path) for each in requests(api)} == set(PERMISSION_BY_REQUEST)


@pytest.mark.parametrize("kind", ["key", "session"])
async def test_without_its_right_a_request_is_refused_and_changes_nothing(api, client, twins, ledger, kind):
    mine, _ = twins
    before, wrong, refused = ledger.picture(), [], dict.fromkeys(ROLES, 0)
    for role, operation in in_order(api):
        if is_denied(operation, role):
            answer = await code_of(client, operation, mine, credentials(mine, role, kind))
            refused[role] += 1
            if answer != DENIED:
                wrong.append(f"{operation.method} {operation.path} as {role}: {answer}")
    assert not wrong, "\n".join(wrong)
    assert refused[Role.MEMBER] > refused[Role.EDITOR] > refused[Role.ADMIN] > refused[Role.OWNER] == 0
    assert set(changes(before, ledger.picture())) <= {"api_keys"}, "a key's first use is written down"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["key", "session"])
async def test_with_its_right_a_request_is_not_refused_for_want_of_one(api, client, twins, kind):
    mine, _ = twins
    wrong = []
    for role, operation in in_order(api):
        if is_denied(operation, role):
            continue
        answer = await code_of(client, operation, mine, credentials(mine, role, kind))
        asked = (operation.method, operation.path)
        expects_refusal = (kind == "key" and asked in FOR_PEOPLE) or role in ABOVE.get(asked, ())
        if (answer == DENIED) != expects_refusal or answer[0] >= 500:
            wrong.append(f"{operation.method} {operation.path} as {role}: {answer}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_change_of_nothing_is_done_or_refused_but_breaks_nothing(api, client, twins, ledger):
    mine, _ = twins
    headers = credentials(mine, Role.OWNER, "key")
    before, answers = ledger.picture(), {}
    for each in requests(api):
        if each.method == "PATCH":
            path = each.path.format(**each.request(mine).parts["path"])
            answers[each.path] = (await client.patch(path, json={}, headers=headers)).status_code
    assert len(answers) > 8
    assert {path: status for path, status in answers.items() if status not in (200, 403, 422)} == {}
    assert not changes(before, ledger.picture())
