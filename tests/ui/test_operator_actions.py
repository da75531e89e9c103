"""What an operator does to a tenant happens once its short name was typed, whatever a browser sends."""

from collections.abc import AsyncIterator, Awaitable
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from ragapp.core.plans import Plan
from ragapp.core.scope import Role
from ragapp.ui.states.operator_actions import RESUME, SUSPEND, OperatorActionsState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import open_tabs


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    async def without_looking_again(_state: object, call: Awaitable[object], _done: str) -> list[object]:
        await call
        return []

    monkeypatch.setattr("ragapp.ui.states.operator_actions.limit_rows", lambda view: [])
    monkeypatch.setattr(OperatorActionsState, "_do", without_looking_again)
    view = SimpleNamespace(name="Lipa", slug="lipa", plan=Plan.FREE)
    tenants = SimpleNamespace(get=AsyncMock(return_value=view), suspend=AsyncMock(), resume=AsyncMock())
    with installed_services(tenants=tenants) as fakes:
        fakes.access.sessions = {"operator": scope_for(Role.OWNER)}
        fakes.access.operators = {"u1"}
        async with open_tabs() as opened:
            yield SimpleNamespace(tenants=tenants, tab=opened)


@pytest.mark.parametrize(("question", "handler"), [(SUSPEND, "suspend"), (RESUME, "resume")])
async def test_nothing_happens_until_the_short_name_was_typed(world: Any, question: str, handler: str) -> None:
    tab = world.tab("operator")
    event, call = getattr(OperatorActionsState, handler), getattr(world.tenants, handler)
    await tab.send(OperatorActionsState.ask, question=question, tenant_id="t1")
    for typed in ("", "Lipa", "lipa-2"):
        refused = await tab.send(event, form={"typed": typed, "reason": "Unpaid"})
        assert refused.values(OperatorActionsState).get("asking", question) == question
        assert "Provjerite što ste unijeli" in refused.scripts
    call.assert_not_awaited()
    await tab.send(event, form={"typed": "lipa", "reason": "Unpaid"})
    call.assert_awaited_once()
