from pathlib import Path

import pytest

from ragapp.adapters.rate_limiter import LocalRateLimiter
from ragapp.adapters.secret_box import AesSecretBox
from ragapp.bootstrap_oversight import Oversight, build_oversight
from ragapp.config import Settings
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


@pytest.fixture
def oversight(store: Store, clock: FixedClock) -> Oversight:
    """One process's flags, limits, usage and audit log."""
    return another_process(store, clock)


def another_process(store: Store, clock: FixedClock) -> Oversight:
    secrets = AesSecretBox("a secret of at least 32 characters")
    return build_oversight(Settings(database_url="sqlite://"), store, secrets, clock, LocalRateLimiter(clock))
