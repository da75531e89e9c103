"""Erasing a tenant leaves nothing of it, however often it is interrupted."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from ragapp.core.errors import NotAuthenticated
from ragapp.core.scope import Role
from ragapp.store.erasure import ContentErasure, TenantErasure
from tests.fakes.accounts import PLATFORM, add_member
from tests.fakes.clock import FixedClock
from tests.fakes.wired import Wired
from tests.people.organisation import Organisation
from tests.tenancy.twins import Ledger, Twin, add_twin

pytestmark = pytest.mark.sweep


@pytest.fixture
async def twins(wired: Wired, clock: FixedClock) -> tuple[Twin, Twin]:
    return await add_twin(wired, clock, "alba"), await add_twin(wired, clock, "bora")


@pytest.fixture
async def operated(wired: Wired, clock: FixedClock, twins: tuple[Twin, Twin]) -> Organisation:
    return await Organisation.create(wired, clock)


async def erase(operated: Organisation, twin: Twin) -> None:
    await operated.wired.services.erasure.erase(
        operated.operator, twin.household.tenant_id, confirmed_slug=twin.canary
    )
    await operated.wired.settle()


def traces(picture, twin: Twin) -> list[str]:
    """Return the places that still name a tenant or hold its text; the platform's certificate names its id and slug."""
    words = (twin.household.tenant_id, f"of {twin.canary}", f"@{twin.canary}.example")
    left = []
    for place, held in picture.items():
        rows = [row for row in held if "'platform'" not in str(row)]
        left += [f"{place}: {row}" for row in rows if any(word in str(row) for word in words)]
    return left


async def test_nothing_is_left_of_an_erased_tenant(operated, twins, database_url):
    gone, kept = twins
    ledger = Ledger(operated.wired, database_url)
    before = ledger.picture()
    assert len(traces(before, gone)) > 20
    await erase(operated, gone)
    after = ledger.picture()
    ledger.close()
    assert not traces(after, gone)
    assert len(traces(after, kept)) >= len(traces(before, kept))


async def test_the_certificate_says_what_is_gone(operated, twins):
    gone, _ = twins
    await erase(operated, gone)
    (certificate,) = await operated.wired.services.erasure.list_certificates(operated.operator)
    assert (certificate.tenant_id, certificate.slug) == (gone.household.tenant_id, "alba")
    assert certificate.row_count > 30
    assert certificate.file_count >= 2
    assert certificate.collection_count >= 1
    assert certificate.account_count == len(gone.scopes) + 1  # and the bystander
    async with operated.wired.store.read_platform(PLATFORM) as tx:
        chain = await tx.audit().list_chain(after=0, limit=100)
        hashes = ["0" * 64, *[event.hash for event in chain]]
        assert all(tx.audit().is_sealed(event, before) for event, before in zip(chain, hashes, strict=False))


async def test_nobody_comes_in_any_more(operated, twins):
    gone, kept = twins
    access = operated.wired.services.access
    await access.scope_of_bearer(gone.tokens["owner_key"])
    await operated.wired.services.erasure.erase(
        operated.operator, gone.household.tenant_id, confirmed_slug=gone.canary
    )
    for name in ("owner_key", "colleague_key"):
        with pytest.raises(NotAuthenticated):
            await access.scope_of_bearer(gone.tokens[name])
    with pytest.raises(NotAuthenticated):
        await access.scope_of_session(gone.tokens["owner_session"])
    await access.scope_of_bearer(kept.tokens["owner_key"])


@pytest.mark.parametrize(
    "step", [0, *(pytest.param(step, marks=pytest.mark.slow) for step in range(1, 7)), 7]
)
async def test_an_interrupted_erasure_is_finished_later(operated, twins, database_url, monkeypatch, step):
    gone, _ = twins
    _fail_at(operated.wired, monkeypatch, step)
    await operated.wired.services.erasure.erase(
        operated.operator, gone.household.tenant_id, confirmed_slug=gone.canary
    )
    for _ in range(6):
        await operated.wired.settle()
        operated.clock.advance(minutes=2)
    ledger = Ledger(operated.wired, database_url)
    after = ledger.picture()
    ledger.close()
    assert not traces(after, gone)
    (certificate,) = await operated.wired.services.erasure.list_certificates(operated.operator)
    assert certificate.row_count > 30


def _fail_at(wired: Wired, monkeypatch, step: int) -> None:
    """Let the n-th outside effect of the erasure fail once: a dropped index, removed files, each transaction."""
    count = 0

    def failing(real):
        async def call(*args, **kwargs):
            nonlocal count
            count += 1
            if count == step + 1:
                raise RuntimeError("killed")
            return await real(*args, **kwargs)

        return call

    monkeypatch.setattr(wired.index, "drop", failing(wired.index.drop))
    monkeypatch.setattr(wired.blobs, "remove_all", failing(wired.blobs.remove_all))
    monkeypatch.setattr(ContentErasure, "delete_some", failing(ContentErasure.delete_some))
    monkeypatch.setattr(TenantErasure, "delete_tenant", failing(TenantErasure.delete_tenant))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's files belong to its own vacuum
async def test_no_byte_of_it_is_left_in_the_files_of_sqlite(operated, twins, database_url, tmp_path):
    gone, _ = twins
    database = Path(make_url(database_url).database or "")
    needles = [b"of alba writes down", b"keeper of alba", b"owner@alba.example", b"Owner of alba"]
    assert all(_holds(database, needle) for needle in needles)
    await erase(operated, gone)
    assert [needle for needle in needles if _holds(database, needle)] == []
    assert [path for path in (tmp_path / "data").rglob("*") if gone.household.tenant_id in str(path)] == []
    assert _holds(database, b"keeper of bora")


def _holds(database: Path, needle: bytes) -> bool:
    files = [path for path in database.parent.glob(f"{database.name}*") if path.is_file()]
    return any(needle in path.read_bytes() for path in files)


async def test_people_who_belong_elsewhere_too_are_kept(operated, twins):
    gone, kept = twins
    shared = await add_member(operated.wired.store, kept.household, Role.MEMBER)
    async with operated.wired.store.begin_platform(PLATFORM) as tx:
        from ragapp.models import Membership

        await tx.accounts.add_membership(
            Membership(tenant_id=gone.household.tenant_id, user_id=shared.user_id, role=Role.ADMIN)
        )
    await erase(operated, gone)
    async with operated.wired.store.read(kept.owner) as tx:
        assert (await tx.memberships.get(shared.user_id)).membership.role == Role.MEMBER
