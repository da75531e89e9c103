"""The audit log: read by those who may, exported with a trace, and no edit behind its back goes unnoticed."""

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest
import reflex as rx
from sqlalchemy import create_engine, text

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, PermissionDenied, ReauthenticationRequired
from ragapp.core.ids import ApiKeyId, InvitationId
from ragapp.core.scope import Role
from ragapp.models import ApiKey
from ragapp.services.oversight.audit_log import ExportFormat
from ragapp.services.oversight.oversight_views import AuditFilter
from ragapp.services.tenancy.invitations import new_invitation
from ragapp.services.upkeep.findings import Finding
from ragapp.ui.components.audit_words import action_names, audit_sentences
from ragapp.ui.states.audit_rows import AuditRow
from tests.fakes.accounts import add_member
from tests.oversight.doors import as_owner

EDITS = 1000


@pytest.fixture
def proven(household, clock):
    return replace(household.owner, authenticated_at=clock.now())


async def fill(store, scope, count):
    async with store.begin(scope) as tx:
        for number in range(count):
            await tx.audit.record(AuditAction.API_KEY_CREATED, AuditTarget("api_key", f"k{number}"), {"n": number})


async def test_pages_go_back_to_the_first_event(store, household, oversight):
    await fill(store, household.owner, 7)
    first = await oversight.audit_log.list(household.owner, limit=4)
    rest = await oversight.audit_log.list(household.owner, limit=4, cursor=first.next_cursor)
    assert [event.sequence for event in (*first.items, *rest.items)] == [7, 6, 5, 4, 3, 2, 1]
    assert rest.next_cursor is None
    assert first.items[0].actor_name == "Owner of acme"


async def test_filters_by_act_person_and_time(store, clock, household, oversight):
    admin = await add_member(store, household, Role.ADMIN)
    await fill(store, household.owner, 1)
    clock.advance(hours=1)
    async with store.begin(admin) as tx:
        await tx.audit.record(AuditAction.DOCUMENT_DELETED, AuditTarget("document", "d1"))
    log = oversight.audit_log
    by_person = await log.list(household.owner, AuditFilter(actor_id=admin.user_id))
    by_act = await log.list(household.owner, AuditFilter(actions=("document.deleted",)))
    by_time = await log.list(household.owner, AuditFilter(since=clock.now() - timedelta(minutes=1)))
    earlier = await log.list(household.owner, AuditFilter(until=clock.now()))
    assert {page.items[0].target_id for page in (by_person, by_act, by_time)} == {"d1"}
    assert [event.target_id for event in earlier.items] == ["k0"]
    with pytest.raises(InvalidInput):
        await log.list(household.owner, AuditFilter(actions=("no.such",)))


async def test_keys_and_invitations_are_named_even_when_they_are_over(store, household, oversight):
    scope = household.owner
    key = ApiKey(tenant_id=scope.tenant_id, id="k1", user_id=scope.user_id, name="Import", prefix="rgk_1", key_hash="h")
    invitation = new_invitation(scope.tenant_id, scope.user_id, "iva@lipa.hr", Role.EDITOR, "token", key.created_at)
    async with store.begin(scope) as tx:
        await tx.api_keys.add(key)
        await tx.api_keys.revoke(ApiKeyId(key.id))
        await tx.invitations.add(invitation)
        await tx.invitations.revoke(InvitationId(invitation.id))
        await tx.audit.record(AuditAction.API_KEY_REVOKED, AuditTarget("api_key", key.id))
        await tx.audit.record(AuditAction.INVITATION_REVOKED, AuditTarget("invitation", invitation.id))
        await tx.audit.record(AuditAction.API_KEY_CREATED, AuditTarget("api_key", "gone"))
    events = (await oversight.audit_log.list(scope)).items
    assert [event.target_name for event in events] == ["", "iva@lipa.hr", "Import"]


def test_every_act_of_an_organisation_has_a_sentence_and_can_be_filtered():
    filtered = {action for _, names in action_names() for action in names}
    told = set(audit_sentences(rx.Var("row", _var_type=AuditRow).to(AuditRow)))
    assert told == set(AuditAction)
    assert filtered == set(AuditAction) - {AuditAction.TENANT_ERASED}


async def test_only_administrators_read_it_and_exporting_needs_a_fresh_proof(store, household, oversight, proven):
    editor = await add_member(store, household, Role.EDITOR)
    with pytest.raises(PermissionDenied):
        await oversight.audit_log.list(editor)
    with pytest.raises(ReauthenticationRequired):
        await anext(oversight.audit_log.export(replace(proven, authenticated_at=None)))


@pytest.mark.parametrize("kind", ExportFormat)
async def test_an_export_holds_every_event_and_leaves_one(store, household, oversight, proven, kind):
    await fill(store, household.owner, 450)
    exported = b"".join([piece async for piece in oversight.audit_log.export(proven, kind=kind)]).decode()
    lines = exported.splitlines()
    if kind is ExportFormat.JSON_LINES:
        assert [json.loads(line)["sequence"] for line in lines] == list(range(451, 0, -1))
    else:
        assert [line.split(",")[0] for line in lines[1:]] == [str(number) for number in range(451, 0, -1)]
    newest = (await oversight.audit_log.list(household.owner, limit=1)).items[0]
    assert (newest.action, dict(newest.details)) == ("audit.exported", {"format": kind.value})


@pytest.mark.sweep
async def test_every_edit_behind_its_back_is_found(store, database_url, household, oversight):
    await fill(store, household.owner, 40)
    assert (await oversight.audit_log.verify(household.owner)).broken_at is None
    chosen = random.Random(7)
    engine = create_engine(as_owner(database_url))
    with engine.connect() as connection:
        _drop_triggers(connection)
        missed = []
        for number in range(EDITS):
            sequence, (column, value) = chosen.randint(1, 40), chosen.choice(_edits(chosen))
            before = connection.execute(
                text(f"SELECT {column} FROM audit_events WHERE sequence = :s"), {"s": sequence}
            ).scalar_one()
            set_to = text(f"UPDATE audit_events SET {column} = :v WHERE sequence = :s")
            connection.execute(set_to, {"v": value, "s": sequence})
            connection.commit()
            if (await oversight.audit_log.verify(household.owner)).broken_at != sequence:
                missed.append((number, column, value))
            before = json.dumps(before) if isinstance(before, dict) else before
            connection.execute(set_to, {"v": before, "s": sequence if column != "sequence" else value})
            connection.commit()
    engine.dispose()
    assert not missed
    assert (await oversight.audit_log.verify(household.owner)).broken_at is None


async def test_a_missing_event_is_named_and_a_cut_off_end_differs_from_the_checkpoint(
    store, database_url, household, oversight, library
):
    await fill(store, household.owner, 10)
    kept = (await oversight.audit_log.verify(household.owner)).checkpoint.as_text()
    assert (await oversight.audit_log.verify(household.owner, checkpoint=kept)).matches
    engine = create_engine(as_owner(database_url))
    with engine.connect() as connection:
        _drop_triggers(connection)
        connection.execute(text("DELETE FROM audit_events WHERE sequence > 8"))
        connection.commit()
        cut = await oversight.audit_log.verify(household.owner, checkpoint=kept)
        assert (cut.broken_at, cut.matches) == (None, False)
        connection.execute(text("DELETE FROM audit_events WHERE sequence = 4"))
        connection.commit()
    engine.dispose()
    assert (await oversight.audit_log.verify(household.owner)).broken_at == 4
    assert (await library.verify(household.owner)).findings[Finding.AUDIT_CHAIN_BROKEN] == ("4",)


async def test_a_checkpoint_cannot_be_made_up(household, oversight, store):
    await fill(store, household.owner, 2)
    kept = (await oversight.audit_log.verify(household.owner)).checkpoint
    for forged in (replace(kept, sequence=1).as_text(), "nonsense", replace(kept, hash="0" * 64).as_text()):
        with pytest.raises(InvalidInput):
            await oversight.audit_log.verify(household.owner, checkpoint=forged)


def _edits(chosen):
    return [
        ("action", f"x{chosen.random()}"),
        ("actor_id", f"{chosen.getrandbits(64):x}"),
        ("origin", f"o{chosen.getrandbits(16)}"),
        ("target_kind", f"t{chosen.getrandbits(16)}"),
        ("target_id", f"i{chosen.getrandbits(64):x}"),
        ("details", json.dumps({"n": chosen.getrandbits(32)})),
        ("hash", f"{chosen.getrandbits(256):064x}"),
        ("at", f"2025-01-{chosen.randint(1, 28):02d} 03:04:05.{chosen.randint(0, 999999):06d}"),
    ]


def _drop_triggers(connection):
    if connection.dialect.name == "sqlite":
        for name in ("audit_events_unchanged", "audit_events_kept"):
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("ALTER TABLE audit_events DISABLE TRIGGER ALL"))
    connection.commit()
