from pathlib import Path

import pytest

from ragapp.store.store import Store
from tests.fakes.accounts import Household, add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.library import Library, outside


@pytest.fixture
async def household(store: Store) -> Household:
    return await add_tenant(store)


@pytest.fixture
def library(store: Store, clock: FixedClock, tmp_path: Path) -> Library:
    return Library(store, clock, outside(tmp_path / "files"))
