"""What the audit log is about is told by name: what is gone since too, on the page and in the export."""

import json
from dataclasses import replace

import pytest

from ragapp.core.errors import InvalidCredentials
from ragapp.core.ids import ChatId, DocumentId
from ragapp.core.scope import Role
from ragapp.core.sharing import ChatSharing
from ragapp.models import AuditEvent
from ragapp.services.identity.sign_in import PasswordAttempt
from ragapp.services.oversight.audit_log import ExportFormat
from ragapp.services.oversight.oversight_views import AuditFilter
from ragapp.services.tenancy.tenant_settings import SettingsChange
from ragapp.ui.states.audit_rows import audit_row
from tests.fakes.accounts import add_member, add_tenant
from tests.fakes.identity import EMAIL, PASSWORD, VISIT, People
from tests.fakes.library import pieces
from tests.fakes.wired import wired_application


@pytest.fixture
async def wired(database_url, clock, tmp_path):
    async with wired_application(database_url, clock, tmp_path / "data") as wired:
        yield wired


@pytest.fixture
async def owner(wired, clock):
    return replace((await add_tenant(wired.store)).owner, authenticated_at=clock.now())


async def told(wired, owner, action):
    """Return the events of one act, oldest first, as the page shows them."""
    page = await wired.services.audit_log.list(owner, AuditFilter(actions=(action,)))
    return [audit_row(view) for view in reversed(page.items)]


async def upload(wired, owner, text, title):
    made = await wired.services.documents.upload(owner, pieces(text), filename="a.txt", title=title)
    await wired.settle()
    return DocumentId(made.document.id)


async def test_documents_are_named_from_the_first_to_the_last_act(wired, owner):
    services = wired.services
    document_id = await upload(wired, owner, b"Who works where. " * 40, "Remote Work Policy")
    base = await services.knowledge_bases.create(owner, name="Contracts")
    await services.documents.rename(owner, document_id, "Home Office Policy")
    await services.versions.replace(owner, document_id, pieces(b"Who works at home. " * 40), filename="b.txt")
    await wired.settle()
    await services.moving.move(owner, document_id, base.id)
    await services.filing.file(owner, document_id, folder="HR")
    await services.documents.delete(owner, document_id)
    await wired.settle()
    acts = ("added", "renamed", "replaced", "moved", "filed", "deleted")
    rows = {act: await told(wired, owner, f"document.{act}") for act in acts}
    assert {act: [row.target for row in found] for act, found in rows.items()} == {
        "added": ["Remote Work Policy"], **{act: ["Home Office Policy"] for act in acts[1:]}
    }  # fmt: skip
    assert {row.target_id for found in rows.values() for row in found} == {document_id}
    assert rows["renamed"][0].details["from"] == "Remote Work Policy"
    assert rows["replaced"][0].details["version"] == "2"
    assert (rows["moved"][0].details["from"], rows["moved"][0].details["to"]) == ("Documents", "Contracts")


async def test_an_address_is_one_act_and_its_later_look_none(wired, owner):
    wired.fetcher.put("https://example.com/rules?token=secret", "The rules of the house. " * 40)
    await wired.services.imports.add(owner, url="https://example.com/rules?token=secret")
    await wired.settle()
    [row] = await told(wired, owner, "document.added")
    assert (row.target, row.details["via"]) == ("example.com/rules", "url")
    assert not await told(wired, owner, "document.replaced")


async def test_knowledge_bases_and_folders_are_named_when_they_are_gone(wired, owner):
    bases = wired.services.knowledge_bases
    base = await bases.create(owner, name="Contracts")
    await bases.update(owner, base.id, name="Agreements")
    await bases.delete(owner, base.id)
    named = [(await told(wired, owner, f"knowledge_base.{act}"))[0] for act in ("created", "changed", "deleted")]
    assert [row.target for row in named] == ["Contracts", "Agreements", "Agreements"]
    assert named[1].details["from"] == "Contracts"


async def test_a_shared_chat_is_named_with_whom_it_was_shared_and_a_private_one_is_not(wired, owner):
    services = wired.services
    household = await add_tenant(wired.store, "second")
    mine = replace(household.owner, authenticated_at=owner.authenticated_at)
    colleague = await add_member(wired.store, household, Role.MEMBER)
    await services.tenant_settings.update(mine, SettingsChange(chat_sharing=ChatSharing.TENANT))
    shared = ChatId((await services.chats.create(mine, title="Plans for spring")).id)
    private = ChatId((await services.chats.create(mine, title="Nobody knows")).id)
    await services.sharing.share(mine, shared, user_ids=(colleague.user_id,))
    await services.sharing.share_with_tenant(mine, shared)
    await services.sharing.unshare(mine, shared, user_ids=(colleague.user_id,))
    for chat_id in (shared, private):
        await services.chats.delete(mine, chat_id)
    given, taken = await told(wired, mine, "chat.shared"), await told(wired, mine, "chat.unshared")
    assert [(row.target, row.recipient, row.reach) for row in (*given, *taken)] == [
        ("Plans for spring", "The member", "person"),
        ("Plans for spring", "", "everybody"),
        ("Plans for spring", "The member", "person"),
    ]
    assert [row.target for row in await told(wired, mine, "chat.deleted")] == ["Plans for spring", ""]
    lines = [piece async for piece in services.audit_log.export(mine, kind=ExportFormat.JSON_LINES)]
    exported = b"".join(lines).decode()
    assert "Nobody knows" not in exported
    shares = [each for each in map(json.loads, exported.splitlines()) if each["action"] == "chat.shared"]
    assert [(each["target"], each["recipient"]) for each in reversed(shares)] == [
        ("Plans for spring", "The member"), ("Plans for spring", "")
    ]  # fmt: skip


async def test_names_are_sealed_with_their_events(wired, owner):
    await upload(wired, owner, b"Who works where. " * 40, "Remote Work Policy")
    async with wired.store.read(owner) as tx:
        [event] = await tx.audit.list_events(limit=1)
        assert tx.audit.is_sealed(event, "0" * 64)
        renamed = AuditEvent(**event.model_dump() | {"details": {**event.details, "name": "Another policy"}})
        assert not tx.audit.is_sealed(renamed, "0" * 64)


async def test_a_mistyped_password_is_told_by_whose_account_it_was(store, clock, oversight):
    people = People(store, clock)
    owner = await people.owner()
    with pytest.raises(InvalidCredentials):
        await people.sign_in.with_password(PasswordAttempt(EMAIL, PASSWORD[:-1]), VISIT)
    page = await oversight.audit_log.list(owner, AuditFilter(actions=("session.refused",)))
    [row] = [audit_row(view) for view in page.items]
    assert (row.actor, row.actor_id, row.target_kind, row.target) == ("", "", "user", "Ana")
