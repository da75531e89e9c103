"""An organisation in a composed application, and people who have just proved who they are."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.clock import FixedClock
from tests.fakes.wired import Wired, wired_application
from tests.people.organisation import Organisation


@pytest.fixture
async def wired(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Wired]:
    async with wired_application(database_url, clock, tmp_path / "data") as wired:
        yield wired


@pytest.fixture
async def organisation(wired: Wired, clock: FixedClock) -> Organisation:
    return await Organisation.create(wired, clock)
