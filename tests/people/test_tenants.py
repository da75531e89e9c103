"""What the platform operator does to tenants, and how fast it reaches everybody."""

import asyncio

import pytest

from ragapp.core.errors import (
    InvalidInput,
    InvalidTransition,
    NameTaken,
    NotAuthenticated,
    NoTextFound,
    NotFound,
    PermissionDenied,
    ReauthenticationRequired,
    TenantSuspended,
)
from ragapp.core.ids import TenantId
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.plans import Plan
from ragapp.core.scope import Permission, Role
from ragapp.services.tenancy.tenant_views import TenantStatus
from tests.fakes.accounts import PLATFORM
from tests.fakes.library import pieces
from tests.people.organisation import Organisation, accept, token_in

TEXT = b"The lighthouse keeper writes down the colour of the sea every evening. " * 20


async def test_a_new_tenant_starts_with_its_invited_owner(organisation: Organisation):
    services = organisation.wired.services
    created = await services.tenants.create(
        organisation.operator, name="Nova d.o.o.", owner_email="vesna@nova.example", language="hr"
    )
    assert (created.tenant.slug, created.tenant.plan, created.tenant.member_count) == ("nova-d-o-o", Plan.FREE, 0)
    credential = await accept(organisation.wired, token_in(created.link), name="Vesna")
    assert (credential.me.role, credential.me.tenant.slug) == (Role.OWNER, "nova-d-o-o")
    owner = await services.access.scope_of_session(credential.token)
    assert [base.name for base in await services.knowledge_bases.list(owner)] == ["Dokumenti"]
    assert (await services.tenant_settings.get(owner)).limits.max_documents == 200


async def test_a_short_name_is_used_once(organisation: Organisation):
    tenants = organisation.wired.services.tenants
    with pytest.raises(NameTaken):
        await tenants.create(organisation.operator, name="Acme", owner_email="x@acme.example")
    with pytest.raises(InvalidInput):
        await tenants.create(organisation.operator, name="Acme", owner_email="x@acme.example", slug="Not a slug")


async def test_operators_prove_again_who_they_are(organisation: Organisation):
    services, operator, tenant = organisation.wired.services, organisation.operator, organisation.tenant_id
    organisation.clock.advance(minutes=11)
    for call in (
        services.tenants.create(operator, name="New", owner_email="x@new.example"),
        services.tenants.update(operator, tenant, name="New"),
        services.tenants.suspend(operator, tenant, reason="Unpaid"),
        services.tenants.resume(operator, tenant),
        services.erasure.erase(operator, tenant, confirmed_slug="acme"),
    ):
        with pytest.raises(ReauthenticationRequired):
            await call


async def test_plan_and_limits_hold_at_once(organisation: Organisation):
    services = organisation.wired.services
    changed = await services.tenants.update(
        organisation.operator, organisation.tenant_id, plan=Plan.PRO, limits={"max_members": 7, "max_documents": None}
    )
    limits = changed.limits
    assert (limits.max_members, limits.max_documents, limits.queries_per_hour) == (7, None, 1000)
    assert (await services.tenant_settings.get(organisation.owner)).limits == changed.limits
    assert "tenant.changed" in await organisation.audited()


async def test_an_unknown_tenant_is_not_found(organisation: Organisation):
    services, operator = organisation.wired.services, organisation.operator
    nobody = TenantId("0" * 32)
    for call in (
        services.tenants.get(operator, nobody),
        services.tenants.update(operator, nobody, name="New"),
        services.tenants.suspend(operator, nobody, reason="Unpaid"),
        services.tenants.resume(operator, nobody),
        services.tenants.usage(operator, nobody),
        services.erasure.erase(operator, nobody, confirmed_slug="acme"),
    ):
        with pytest.raises(NotFound):
            await call


async def test_the_operator_sees_tenants_by_name_and_state(organisation: Organisation):
    tenants = organisation.wired.services.tenants
    other = await Organisation.create(organisation.wired, organisation.clock, "bora")
    await tenants.suspend(organisation.operator, other.tenant_id, reason="Unpaid")
    found = await tenants.list(organisation.operator, query="BOR")
    assert [(each.slug, each.status, each.suspension_reason) for each in found.items] == [
        ("bora", TenantStatus.SUSPENDED, "Unpaid")
    ]
    active = await tenants.list(organisation.operator, status=TenantStatus.ACTIVE)
    assert [each.slug for each in active.items] == ["acme"]


async def _keys(organisation: Organisation) -> str:
    return (await organisation.wired.services.api_keys.create(organisation.owner, name="script")).token


async def test_suspension_keeps_out_every_credential_and_resuming_lets_it_in(organisation: Organisation):
    services = organisation.wired.services
    key = await _keys(organisation)
    session = (
        await accept(
            organisation.wired,
            token_in((await services.invitations.create(organisation.owner, email="a@b.hr", role=Role.MEMBER)).link),
        )
    ).token
    await services.access.scope_of_bearer(key)
    await services.access.scope_of_session(session)
    await services.tenants.suspend(organisation.operator, organisation.tenant_id, reason="Unpaid")
    for call in (services.access.scope_of_bearer(key), services.access.scope_of_session(session)):
        with pytest.raises(TenantSuspended):
            await call
    await services.tenants.resume(organisation.operator, organisation.tenant_id)
    await services.access.scope_of_bearer(key)
    await services.access.scope_of_session(session)


async def test_tasks_of_a_suspended_tenant_wait_and_lose_no_attempt(organisation: Organisation):
    wired = organisation.wired
    uploaded = await wired.services.documents.upload(organisation.owner, pieces(TEXT), filename="notes.txt")
    await wired.services.tenants.suspend(organisation.operator, organisation.tenant_id, reason="Unpaid")
    await wired.settle()
    async with wired.store.read(organisation.owner) as tx:
        task = await tx.tasks.get(uploaded.task_id)
    assert (task.status, task.attempts) == (TaskStatus.QUEUED, 0)
    await wired.services.tenants.resume(organisation.operator, organisation.tenant_id)
    await wired.settle()
    async with wired.store.read(organisation.owner) as tx:
        task = await tx.tasks.get(uploaded.task_id)
    assert (task.status, task.attempts) == (TaskStatus.COMPLETED, 1)


async def test_a_running_task_is_withdrawn_at_once_and_runs_again_later(organisation: Organisation, monkeypatch):
    wired, entered, gate = organisation.wired, asyncio.Event(), asyncio.Event()
    parse = wired.parser.parse

    async def slow(*args, **kwargs):
        entered.set()
        await gate.wait()
        return await parse(*args, **kwargs)

    monkeypatch.setattr(wired.parser, "parse", slow)
    uploaded = await wired.services.documents.upload(organisation.owner, pieces(TEXT), filename="notes.txt")
    working = asyncio.create_task(wired.settle())
    await entered.wait()
    await wired.services.tenants.suspend(organisation.operator, organisation.tenant_id, reason="Unpaid")
    async with asyncio.timeout(1):
        await working  # far below the heartbeat of five seconds, and the gate is still shut
    async with wired.store.read(organisation.owner) as tx:
        task = await tx.tasks.get(uploaded.task_id)
    assert (task.status, task.attempts) == (TaskStatus.QUEUED, 0)
    gate.set()
    await wired.services.tenants.resume(organisation.operator, organisation.tenant_id)
    await wired.settle()
    view = await wired.services.documents.get(organisation.owner, uploaded.document.id)
    assert view.status == "ready"


async def test_an_answer_being_written_stops_and_who_follows_it_is_told(organisation: Organisation):
    wired = organisation.wired
    key = await _keys(organisation)
    scope = await wired.services.access.scope_of_bearer(key)
    started = await wired.services.runs.ask(scope, chat_id=None, text="Please wait for the evening.")
    shown = asyncio.Event()

    async def follow():
        events = wired.services.runs.follow(scope, started.run_id)
        async for _ in wired.services.vigil.over(scope, events, Permission.CHAT):
            shown.set()

    following = asyncio.create_task(follow())
    async with asyncio.timeout(5):
        await shown.wait()
    await wired.services.tenants.suspend(organisation.operator, organisation.tenant_id, reason="Unpaid")
    async with wired.store.read(organisation.owner) as tx:
        message = await tx.messages.find_by_run(started.run_id)
    assert message is not None
    assert message.status in ("stopped", "interrupted")
    with pytest.raises((TenantSuspended, StopAsyncIteration)):
        async with asyncio.timeout(1):
            await following
            raise StopAsyncIteration


@pytest.mark.parametrize("end", ["suspended", "removed", "key revoked"])
async def test_a_silent_stream_ends_within_a_second(organisation: Organisation, end: str):
    wired, services = organisation.wired, organisation.wired.services
    other = await organisation.add(Role.MEMBER)
    key = await services.api_keys.create(other, name="script")
    scope = await services.access.scope_of_bearer(key.token)

    async def silent():
        await asyncio.Event().wait()
        yield "never"

    async def read():
        async for _ in services.vigil.over(scope, silent(), Permission.CHAT):
            pass

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    if end == "suspended":
        await services.tenants.suspend(organisation.operator, organisation.tenant_id, reason="Unpaid")
    elif end == "removed":
        await services.members.remove(organisation.owner, other.user_id)
    else:
        await services.api_keys.revoke(organisation.owner, key.key.id)
    with pytest.raises(NotAuthenticated):
        async with asyncio.timeout(1):
            await reading
    assert wired


async def test_a_stream_ends_when_its_right_is_taken(organisation: Organisation):
    services = organisation.wired.services
    admin = await organisation.add(Role.ADMIN)
    key = await services.api_keys.create(admin, name="script")
    scope = await services.access.scope_of_bearer(key.token)

    async def silent():
        await asyncio.Event().wait()
        yield "never"

    async def read():
        async for _ in services.vigil.over(scope, silent(), Permission.READ_AUDIT):
            pass

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    await services.members.change_role(organisation.owner, admin.user_id, Role.MEMBER)
    with pytest.raises(PermissionDenied):
        async with asyncio.timeout(1):
            await reading


async def test_only_operators_become_operators(organisation: Organisation):
    services = organisation.wired.services
    key = await _keys(organisation)
    with pytest.raises(PermissionDenied):
        await services.access.operator_scope(await services.access.scope_of_bearer(key))


async def test_what_is_being_erased_is_neither_suspended_nor_resumed(organisation: Organisation):
    services = organisation.wired.services
    with pytest.raises(InvalidInput):
        await services.erasure.erase(organisation.operator, organisation.tenant_id, confirmed_slug="acm")
    await services.erasure.erase(organisation.operator, organisation.tenant_id, confirmed_slug="acme")
    for call in (
        services.tenants.suspend(organisation.operator, organisation.tenant_id, reason="Unpaid"),
        services.tenants.resume(organisation.operator, organisation.tenant_id),
    ):
        with pytest.raises(InvalidTransition):
            await call


async def test_the_queue_shows_kinds_and_states_of_all_tenants_and_no_subjects(organisation: Organisation):
    services = organisation.wired.services
    await services.documents.upload(organisation.owner, pieces(TEXT), filename="secret-name.txt")
    queue = await services.platform.queue(organisation.operator)
    assert dict(queue.counts) == {"queued": 1}
    assert [(task.tenant_slug, task.kind) for task in queue.tasks] == [("acme", "ingest")]
    assert "secret-name" not in repr(queue)
    overview = await services.platform.overview(organisation.operator)
    assert (overview.tenant_counts, overview.user_count) == ({"active": 1}, 2)
    assert {"ragapp", "Python", "Reflex"} < overview.versions.keys()
    assert overview.versions.keys() & {"SQLite", "PostgreSQL"}
    assert all(overview.versions.values())
    async with organisation.wired.store.read_platform(PLATFORM) as tx:
        assert (await tx.tenants.counts()).sessions == 0


async def test_a_failed_task_leaves_the_queue_with_its_document_or_when_it_is_tried_again(organisation: Organisation):
    """Nobody can act upon it any more, so it must not be counted as failed for ever."""
    services, wired = organisation.wired.services, organisation.wired
    wired.parser.failure = NoTextFound()
    failing = [
        (await services.documents.upload(organisation.owner, pieces(text), filename=f"{text}.txt")).document.id
        for text in (b"one", b"two")
    ]
    await wired.settle()
    assert (await services.platform.queue(organisation.operator)).counts["failed"] == 2
    wired.parser.failure = None
    await services.documents.retry(organisation.owner, failing[0])
    await services.documents.delete(organisation.owner, failing[1])
    await wired.settle()
    queue = await services.platform.queue(organisation.operator)
    assert queue.counts.get("failed", 0) == 0
    assert [task for task in queue.tasks if task.status == "failed"] == []


async def test_failed_tasks_of_documents_deleted_long_ago_are_closed_at_the_next_start(organisation: Organisation):
    services, wired = organisation.wired.services, organisation.wired
    wired.parser.failure = NoTextFound()
    kept, gone = [
        (await services.documents.upload(organisation.owner, pieces(text), filename=f"{text}.txt")).document.id
        for text in (b"one", b"two")
    ]
    await wired.settle()
    async with wired.store.begin(organisation.owner) as tx:
        await tx.documents.purge(gone)
    await wired.application.verification.recover(organisation.owner)
    queue = await services.platform.queue(organisation.operator)
    assert queue.counts["failed"] == 1
    async with wired.store.read(organisation.owner) as tx:
        assert (await tx.tasks.find_latest_of_document(kept)).status == "failed"
