from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.clock import FixedClock
from tests.fakes.wired import Wired, wired_application
from tests.tenancy.twins import Ledger, Twin, add_twin


@pytest.fixture
async def wired(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Wired]:
    async with wired_application(database_url, clock, tmp_path / "data") as wired:
        yield wired


@pytest.fixture
async def twins(wired: Wired, clock: FixedClock) -> tuple[Twin, Twin]:
    """Two tenants alike: (whose ids are used, who uses them)."""
    return await add_twin(wired, clock, "alba"), await add_twin(wired, clock, "bora")


@pytest.fixture
def ledger(twins: tuple[Twin, Twin], wired: Wired, database_url: str) -> Iterator[Ledger]:
    ledger = Ledger(wired, database_url)
    yield ledger
    ledger.close()
