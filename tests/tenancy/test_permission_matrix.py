"""Every service method against every right: with exactly what it asks for it works, without any of it it refuses.

`PERMISSIONS_BY_METHOD` is written by hand, not taken from the code: a method that is missing, asks for more, or asks
for less, fails. Which role holds which right stands in the first test, by hand as well.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NewType

import pytest

from ragapp.core.errors import RagAppError
from ragapp.core.flags import Flag
from ragapp.core.scope import ROLE_PERMISSIONS, Permission, Role, TenantScope, is_at_least
from ragapp.core.usage import Metric
from ragapp.services.tenancy.rule_views import Operation
from tests.fakes.library import pieces
from tests.tenancy.policy import PERMISSIONS_BY_METHOD
from tests.tenancy.slots import _own_value, _parameters, service_methods
from tests.tenancy.test_service_matrix import outcome_of
from tests.tenancy.twins import Twin, changes

pytestmark = pytest.mark.sweep

MEMBER = {"chat", "search", "documents.read", "chats.share", "api_keys.use"}
EDITOR = MEMBER | {"documents.write"}
ADMIN = EDITOR | {
    "knowledge_bases.manage",
    "members.manage",
    "api_keys.manage",
    "flags.manage",
    "limits.manage",
    "usage.read",
    "audit.read",
    "chats.read_others",
}
NOBODYS = "0" * 32
OWNER = ADMIN | {"tenant.manage", "sign_in.manage"}


NOT_BY_RIGHTS = {"access.operator_scope"}
"""Asks whether somebody runs the platform, which no right in a tenant says."""


def test_roles_hold_exactly_these_rights():
    held = {role.value: {permission.value for permission in rights} for role, rights in ROLE_PERMISSIONS.items()}
    assert held == {"owner": OWNER, "admin": ADMIN, "editor": EDITOR, "member": MEMBER}
    assert {permission.value for permission in Permission} == OWNER


def test_roles_are_ordered_by_strength():
    strongest_first = [Role.OWNER, Role.ADMIN, Role.EDITOR, Role.MEMBER]
    for place, role in enumerate(strongest_first):
        assert [is_at_least(role, other) for other in strongest_first] == [place <= at for at in range(4)]


def test_every_service_method_states_its_rights():
    methods = {f"{service}.{method}" for service, method in service_methods()}
    assert methods - NOT_BY_RIGHTS == set(PERMISSIONS_BY_METHOD)


async def _nothing():
    for nothing in ():
        yield nothing


MORE_EXAMPLES = {
    "current": "not the right password",
    "new": "another good password 42",
    "token": "rgr_none",
    "email": "somebody@else.example",
    "language": "hr",
    "theme": "dark",
    "texts": ("one",),
    "lines": ("somebody@else.example",),
    "role": Role.MEMBER,
    "issuer": "https://127.0.0.1/new",
    "code": "000000",
    "slug": "nowhere",
    "days": 30,
    "key": "0" * 32,
    "permission": Permission.CHAT,
    "flag": Flag.DEBUG_MODE,
    "password": "not the right password",
    "since": date(2026, 1, 1),
    "until": date(2026, 12, 31),
    "tags": (),
    "choices": {Flag.DEBUG_MODE: True},
    "operation": Operation.ASK,
    "metric": Metric.QUESTIONS,
    "events": _nothing(),
}
"""Values of required parameters that only this test needs; a new one needs an entry here or in `slots.EXAMPLES`."""


def value_of(name: str, hint: object, caller: Twin) -> object:
    try:
        return _own_value(name, hint, caller)
    except KeyError:
        return NOBODYS if isinstance(hint, NewType) else MORE_EXAMPLES[name]


async def call(wired, scope: TenantScope, name: str, caller: Twin, more: Mapping[str, object] | None = None):
    service, _, method = name.partition(".")
    values = {name: value_of(name, hint, caller) for name, hint in _parameters(service, method).items()}
    given = {name: value for name, value in values.items() if value is not None} | dict(more or {})
    try:
        result = getattr(getattr(wired.services, service), method)(scope, **given)
    except RagAppError as error:
        return type(error).__name__, error.code, error.user_message, str(dict(error.details))
    return await outcome_of(result)


def refusal_of(permission: Permission) -> str:
    return str({"permission": permission.value})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_any_part_of_its_rights_a_method_refuses_and_changes_nothing(wired, twins, ledger):
    _, mine = twins
    before, wrong = ledger.picture(), []
    for name, asked in PERMISSIONS_BY_METHOD.items():
        for missing in asked:
            scope = replace(mine.owner, permissions=frozenset(Permission) - {missing})
            outcome = await call(wired, scope, name, mine)
            if outcome[0] != "PermissionDenied" or outcome[3] != refusal_of(missing):
                wrong.append(f"{name} without {missing}: {outcome}")
            if changes(before, ledger.picture()):
                wrong.append(f"{name} without {missing} changed {changes(before, ledger.picture())}")
                before = ledger.picture()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_with_exactly_its_rights_a_method_does_not_ask_for_more(wired, twins):
    _, mine = twins
    wrong = []
    for name, asked in sorted(PERMISSIONS_BY_METHOD.items(), key=lambda pair: "delete" in pair[0]):
        scope = replace(mine.owner, permissions=frozenset(asked))
        outcome = await call(wired, scope, name, mine)
        if outcome[0] == "PermissionDenied":
            wrong.append(f"{name} with {sorted(asked)}: {outcome}")
    assert not wrong, "\n".join(wrong)


SENSITIVE = {
    "memberships", "invitations", "api_keys", "sessions", "recovery_codes", "identities", "identity_providers",
    "feature_flags", "tenants", "knowledge_base_members", "chat_permissions", "password_resets",
    "documents", "document_versions", "document_tags", "knowledge_bases", "sources",
}  # fmt: skip
"""Who is in, who may do what, how they prove who they are, and what there is to read: changes here are written down."""
FIRST_STEPS: frozenset[str] = frozenset({"sessions.confirm", "second_factor.begin", "documents.retry"})
"""Nothing has changed yet for anybody: a proof that was repeated, a secret still to be confirmed, a file read again."""
LOSES = ("chats", "documents", "knowledge_bases", "sources", "document_tags")
"""Where what is not there any more is written down too, whoever could read it."""


def changes_what_counts(before, after) -> bool:
    changed = set(changes(before, after))
    return bool(changed & SENSITIVE) or any(len(after[place]) < len(before[place]) for place in LOSES)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_changes_people_rights_and_content_is_in_the_audit_log(wired, clock, twins, ledger):
    _, mine = twins
    scope, before, wrong, recorded = replace(mine.owner, authenticated_at=clock.now()), ledger.picture(), [], set()
    for name in sorted(PERMISSIONS_BY_METHOD, key=lambda name: ("delete" in name, name.startswith("members."), name)):
        await call(wired, scope, name, mine, more_for(name))
        after = ledger.picture()
        changed, counts = set(changes(before, after)), changes_what_counts(before, after)
        before = after
        if counts and "audit_events" not in changed and name not in FIRST_STEPS:
            wrong.append(f"{name} changed {sorted(changed)}")
        if counts and "audit_events" in changed:
            recorded.add(name)
    assert not wrong, "\n".join(wrong)
    assert {name.partition(".")[0] for name in recorded} >= {"api_keys", "flags", "invitations", "members", "providers"}
    assert recorded >= CONTENT


def more_for(name: str) -> dict[str, object]:
    """Return what a method need not be given, but changes nothing without."""
    more: dict[str, dict[str, object]] = {
        "filing.file": {"folder": "Contracts"},
        "filing.file_many": {"add_tags": ("signed",)},
        "knowledge_bases.update": {"name": "Third"},
        "sources.update": {"every_s": 7200},
        "versions.replace": {"chunks": pieces(b"What nobody has written before.")},
    }
    return more.get(name, {})


CONTENT = {
    "chats.delete", "documents.delete", "documents.rename", "documents.upload",
    "filing.file", "filing.file_many", "imports.add", "knowledge_bases.create", "knowledge_bases.set_access",
    "knowledge_bases.update", "moving.move", "sharing.share", "sharing.unshare", "sources.create", "sources.delete",
    "sources.update", "versions.replace",
}  # fmt: skip
"""Acts on content that the test above reaches, so that it cannot pass by reaching none of them."""
