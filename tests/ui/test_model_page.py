"""The page that says how to connect a language model: for operators, with what is true right now."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ragapp.core.errors import GeneratorUnavailable, ModelMissing
from ragapp.core.scope import Origin, PlatformScope, Role
from ragapp.rag.types import GeneratorStatus
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.chat.model_connection import ModelConnectionService, ModelSettings
from ragapp.ui.states.operator_model import OperatorModelState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import HYDRATE, open_tabs

SETTINGS = ModelSettings("auto", "http://ana:secret@gpu.example:11434?token=secret", "qwen", "ollama pull qwen")


class Model:
    """A model server whose state a test decides."""

    name = "ollama"

    def __init__(self) -> None:
        self.problem = ""

    async def status(self) -> GeneratorStatus:
        return GeneratorStatus(self.name, "qwen", available=not self.problem, problem=self.problem)


@pytest.fixture
def model() -> Model:
    return Model()


def service(model: Model | None) -> ModelConnectionService:
    exact: Any = Model()
    return ModelConnectionService(GeneratorChoice(model, exact), SETTINGS)  # type: ignore[arg-type]


@pytest.fixture
async def tab(model: Model) -> AsyncIterator[Any]:
    with installed_services(model_connection=service(model)) as services:
        services.access.sessions = {"operator": scope_for(Role.OWNER), "member": scope_for(Role.ADMIN, user="u2")}
        services.access.operators = {"u1"}
        async with open_tabs() as tabs:
            yield tabs


async def seen(tabs: Any, session: str, event: Any = OperatorModelState.load) -> dict[str, Any]:
    tab = tabs(session, token=f"tab-{session}")
    await tab.send(HYDRATE)
    return (await tab.send(event)).values(OperatorModelState)


async def test_an_operator_sees_what_is_missing_and_the_command_that_mends_it(tab: Any, model: Model) -> None:
    model.problem = ModelMissing.code

    shown = await seen(tab, "operator")

    assert (shown["state"], shown["pull_command"], shown["generator"]) == ("missing", "ollama pull qwen", "auto")


async def test_checking_again_asks_again_at_once(tab: Any, model: Model) -> None:
    model.problem = GeneratorUnavailable.code
    assert (await seen(tab, "operator"))["state"] == "unreachable"
    model.problem = ""

    shown = await seen(tab, "operator", OperatorModelState.check)

    assert (shown["state"], shown["is_checking"]) == ("ready", False)


async def test_a_password_in_the_address_is_not_shown(tab: Any) -> None:
    shown = await seen(tab, "operator")

    assert shown["address"] == "http://gpu.example:11434"
    assert "secret" not in str(shown)


async def test_an_administrator_is_told_nothing(tab: Any) -> None:
    assert await seen(tab, "member") == {}


async def test_a_model_that_is_not_wanted_is_not_looked_for() -> None:
    view = await service(None).check(PlatformScope(Origin.CONSOLE))

    assert view.state == "off"
