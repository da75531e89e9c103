"""Whether the language model that the settings name can be used, for whoever runs the installation."""

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from ragapp.core.errors import ModelMissing
from ragapp.core.scope import PlatformScope
from ragapp.services.chat.generators import GeneratorChoice


class ModelState(StrEnum):
    """What keeps the model from being used, if anything does."""

    READY = "ready"
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the installation is set to: who writes answers, where the model server listens, which model it has."""

    generator: str
    address: str
    model: str
    pull_command: str


@dataclass(frozen=True, slots=True)
class ModelConnectionView:
    """The settings as an operator may see them, and what came of trying them a moment ago."""

    settings: ModelSettings
    state: ModelState


class ModelConnectionService:
    """Asks the model server; tells nobody but operators where it is."""

    def __init__(self, generators: GeneratorChoice, settings: ModelSettings) -> None:
        self._generators = generators
        self._settings = replace(settings, address=_without_credentials(settings.address))

    async def check(self, scope: PlatformScope) -> ModelConnectionView:  # noqa: ARG002 - having one is the permission
        """Ask now, whatever was known a moment ago."""
        return ModelConnectionView(self._settings, await self._state())

    async def _state(self) -> ModelState:
        if not self._generators.wants_model:
            return ModelState.OFF
        status = await self._generators.check_again()
        if not status.problem:
            return ModelState.READY
        return ModelState.MISSING if status.problem == ModelMissing.code else ModelState.UNREACHABLE


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
