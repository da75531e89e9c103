"""The operator's view of the language model: what the installation is set to, and what it sees right now."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.services.registry import current
from ragapp.ui.access import operator_only
from ragapp.ui.session import operator_scope
from ragapp.ui.states.changes import set_changed


class OperatorModelState(rx.State):
    """`state` is ready, missing, unreachable or off."""

    state: str = ""
    generator: str = ""
    address: str = ""
    model: str = ""
    pull_command: str = ""
    is_checking: bool = False
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    @operator_only
    async def load(self) -> None:
        """Ask the model server and show what it said."""
        scope = await operator_scope(self)
        self.error_code = ""
        try:
            await self._read(scope)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading, self.is_checking = False, False

    @rx.event
    @operator_only
    def check(self) -> list[EventSpec]:
        """Ask again, and show that it is being asked."""
        self.is_checking = True
        return [OperatorModelState.load()]

    async def _look(self, scope: TenantScope) -> None:  # noqa: ARG002 - whether they are an operator is read again
        await self._read(await operator_scope(self))

    async def _read(self, scope: PlatformScope) -> None:
        view = await current().model_connection.check(scope)
        set_changed(
            self,
            state=view.state.value,
            generator=view.settings.generator,
            address=view.settings.address,
            model=view.settings.model,
            pull_command=view.settings.pull_command,
        )
