"""Every scope a key can have, against every write: what the policy names it may do, and nothing else.

The writes are those the application answers; the expectations stand in `policy`, by hand: a new write without one
fails. What names a person is tried with the key's own owner too, whom a key that may only search once removed.
"""

import asyncio
from dataclasses import replace

import pytest

from ragapp.api.app import build_api
from ragapp.core.ids import UserId
from ragapp.core.scope import Origin, Permission, Role
from tests.fakes.accounts import PLATFORM, add_member
from tests.tenancy.policy import (
    ALSO_ASKED,
    FOR_OPERATORS,
    FOR_PEOPLE,
    FORMS,
    ON_ONESELF,
    PERMISSION_BY_REQUEST,
    PERMISSIONS_BY_METHOD,
)
from tests.tenancy.rest_slots import Operation, operations, operator_paths, routes
from tests.tenancy.test_permission_matrix import call
from tests.tenancy.test_rest_matrix import OPEN
from tests.tenancy.test_role_matrix import ANSWER_WITHIN_S, DENIED, api, client, code_of
from tests.tenancy.twins import add_key, changes

pytestmark = pytest.mark.sweep

__all__ = ["api", "client"]

WRITES = ("POST", "PUT", "PATCH", "DELETE")
SCOPES: tuple[tuple[Permission, ...] | None, ...] = (*((each,) for each in Permission), tuple(Permission), None)
"""Each right alone, all of them named, and what a key without scopes carries: all of its owner's."""
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def label_of(scopes: tuple[Permission, ...] | None) -> str:
    return "everything" if scopes is None else scopes[0].value if len(scopes) == 1 else "all named"


def writes(api) -> list[Operation]:
    """Return the writes of signed-in callers, what deletes last."""
    for_operators = operator_paths(api)
    mine = [each for each in operations(api) if each.path not in for_operators and each.path not in OPEN]
    return sorted((each for each in mine if each.method in WRITES), key=lambda each: each.method == "DELETE")


def may(scopes: tuple[Permission, ...] | None, operation: Operation) -> bool:
    asked = (operation.method, operation.path)
    if asked in FOR_PEOPLE:
        return False
    first = PERMISSION_BY_REQUEST[asked]
    rights = ALSO_ASKED.get(asked, frozenset()) | (frozenset() if first is None else {first})
    return scopes is None or rights <= set(scopes)


def test_every_write_says_who_may():
    api = build_api()
    answered = {(method, path) for method, path, _ in routes(api) if method in WRITES and "{rest" not in path}
    assert answered == {each for each in PERMISSION_BY_REQUEST if each[0] in WRITES} | FOR_OPERATORS | FORMS
    named = {
        (slot.method, slot.path) for each in writes(api) for slot in each.slots() if slot.kind is UserId
    }
    assert named == set(ON_ONESELF)


async def bearer(wired, clock, scope, scopes) -> dict[str, str]:
    return {"Authorization": f"Bearer {await add_key(wired, clock, scope, scopes)}"}


async def test_a_key_does_not_write_what_its_scope_does_not_say(api, client, wired, clock, twins, ledger):
    mine, _ = twins
    keys = {scopes: await bearer(wired, clock, mine.owner, scopes) for scopes in SCOPES}
    before, wrong, refused = ledger.picture(), [], 0
    for scopes, headers in keys.items():
        for operation in writes(api):
            if may(scopes, operation):
                continue
            answer, refused = await code_of(client, operation, mine, headers), refused + 1
            if answer != DENIED:
                wrong.append(f"{operation.method} {operation.path} with {label_of(scopes)}: {answer}")
    assert not wrong, "\n".join(wrong)
    assert refused > 15 * len(Permission)
    assert not changes(before, ledger.picture())


@SQLITE
async def test_a_key_writes_what_its_scope_says(api, client, wired, clock, twins):
    mine, _ = twins
    wrong = []
    for scopes in SCOPES:
        headers = await bearer(wired, clock, mine.owner, scopes)
        for operation in writes(api):
            if may(scopes, operation):
                answer = await code_of(client, operation, mine, headers)
                if answer == DENIED or answer[0] >= 500:
                    wrong.append(f"{operation.method} {operation.path} with {label_of(scopes)}: {answer}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
async def test_a_key_of_no_scope_does_to_its_owner_what_takes_a_person(api, client, wired, clock, twins, ledger, role):
    mine, _ = twins
    if role is Role.OWNER:
        await add_member(wired.store, mine.household, Role.OWNER)  # or being the last one would keep them in
    caller = mine.scopes[role]
    keys = {scopes: await bearer(wired, clock, caller, scopes) for scopes in SCOPES}
    before, wrong, refused = ledger.picture(), [], 0
    slots = [(each, slot) for each in writes(api) for slot in each.slots() if slot.kind is UserId]
    for scopes, headers in keys.items():
        for operation, slot in slots:
            expected = ON_ONESELF[slot.method, slot.path]
            if expected == "as with others":
                continue
            for query in ({}, {"erase_chats": "true"}):
                request = slot.request(operation, caller.user_id, mine)
                request = type(request)(
                    request.method,
                    request.path,
                    {**request.parts, "query": {**request.parts["query"], **query}},
                    request.has_file,
                )
                client.headers.update(headers)
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    answer = await request.send(client)
                refused += 1
                is_refused = answer.status_code in ((403,) if expected == "person" else (403, 404, 422))
                if not is_refused:
                    wrong.append(f"{slot.label} {query} with {label_of(scopes)}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert refused > 4 * len(SCOPES)
    assert not changes(before, ledger.picture())


@SQLITE
async def test_what_a_person_does_to_themselves_is_theirs_to_do(api, client, wired, clock, twins):
    """Without this the refusals above could come from requests that are wrong in some other way."""
    mine, _ = twins
    session = {"Cookie": f"ragapp_session={mine.token(Role.MEMBER, 'session')}", "Origin": "http://localhost:3000"}
    async with wired.store.begin_platform(PLATFORM) as tx:
        found = await tx.sessions.list_of(mine.scopes[Role.MEMBER].user_id)
        await tx.sessions.authenticate_again(found[0].id, clock.now())
    path = f"/api/v1/members/{mine.scopes[Role.MEMBER].user_id}"
    answer = await client.delete(path, params={"erase_chats": "true"}, headers=session)
    assert answer.status_code == 204


NOT_ABOUT_ONESELF = {"runs.interrupt_unfinished", "idempotency.once"}
"""What the process does at a start, and remembering the answer of an act that asks for its own right."""


@SQLITE
async def test_what_asks_for_no_right_changes_nothing_for_a_key(wired, clock, twins, ledger):
    """Whatever needs no right is about oneself, and takes a person: however a key may come to call it."""
    mine, _ = twins
    key = replace(mine.owner, origin=Origin.API_KEY, permissions=frozenset(), authenticated_at=clock.now())
    before, wrong = ledger.picture(), []
    for name, rights in PERMISSIONS_BY_METHOD.items():
        if not rights and name not in NOT_ABOUT_ONESELF:
            await call(wired, key, name, mine)
            changed = changes(before, ledger.picture())
            if changed:
                wrong.append(f"{name} changed {changed}")
                before = ledger.picture()
    assert not wrong, "\n".join(wrong)
