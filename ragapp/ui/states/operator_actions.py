"""What the operator does to one tenant: create, change, suspend, resume, erase."""

from collections.abc import Awaitable, Mapping

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import InvalidInput, RagAppError
from ragapp.core.ids import TenantId
from ragapp.core.plans import Plan
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import operator_only
from ragapp.ui.i18n import translate
from ragapp.ui.session import operator_scope
from ragapp.ui.states.language import language_of
from ragapp.ui.states.operator_rows import LimitRow, limit_rows, limits_of
from ragapp.ui.states.operator_tenants import OperatorTenantsState

CREATE, CHANGE, SUSPEND, RESUME, ERASE = "create", "change", "suspend", "resume", "erase"
_QUESTIONS = (CREATE, CHANGE, SUSPEND, RESUME, ERASE)


class OperatorActionsState(rx.State):
    """Which question is asked, about which tenant; the link of a new one is shown until it is put away."""

    asking: str = ""
    tenant_id: str = ""
    name: str = ""
    slug: str = ""
    plan: str = ""
    limits: list[LimitRow] = []
    link: str = ""
    is_mailed: bool = False
    is_busy: bool = False

    @rx.event
    @operator_only
    async def ask(self, question: str, tenant_id: str) -> list[EventSpec]:
        """Open one question."""
        if question not in _QUESTIONS:
            return []
        if question != CREATE:
            scope, language = await operator_scope(self), await language_of(self)
            try:
                view = await current().tenants.get(scope, TenantId(tenant_id))
            except RagAppError as error:
                return [feedback.show(error, language), OperatorTenantsState.load()]
            self.name, self.slug, self.plan, self.limits = view.name, view.slug, view.plan.value, limit_rows(view)
        self.asking, self.tenant_id, self.link, self.is_busy = question, tenant_id, "", False
        return []

    @rx.event
    @operator_only
    def set_asking(self, is_open: bool) -> None:
        """Put the question away."""
        if not is_open:
            self.asking, self.link = "", ""

    @rx.event
    @operator_only
    async def create(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Create a tenant; the link for its owner stays in the dialog."""
        scope, language = await operator_scope(self), await language_of(self)
        try:
            created = await current().tenants.create(
                scope,
                name=str(form.get("name", "")),
                owner_email=str(form.get("owner_email", "")),
                slug=str(form.get("slug", "")).strip(),
                plan=_plan(str(form.get("plan", ""))),
                language=str(form.get("language", "")),
            )
        except RagAppError as error:
            return [feedback.show(error, language)]
        self.link, self.is_mailed, self.name = created.link, created.is_mailed, created.tenant.name
        return [OperatorTenantsState.load()]

    @rx.event
    @operator_only
    async def change(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Change name, plan and limits."""
        scope, language = await operator_scope(self), await language_of(self)
        try:
            limits = limits_of({name: str(value) for name, value in form.items()})
            plan = _plan(str(form.get("plan", "")))
        except InvalidInput as error:
            return [feedback.show(error, language)]
        name = str(form.get("name", ""))
        call = current().tenants.update(scope, TenantId(self.tenant_id), name=name, plan=plan, limits=limits)
        return await self._do(call, translate(language, "Saved"))

    @rx.event
    @operator_only
    async def suspend(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Keep everybody of the tenant out, at once, if its short name was typed."""
        scope, language = await operator_scope(self), await language_of(self)
        if not self._is_typed(form):
            return [feedback.show(InvalidInput(), language)]
        reason = str(form.get("reason", ""))
        done = translate(language, "{name} is suspended", name=self.name)
        return await self._do(current().tenants.suspend(scope, TenantId(self.tenant_id), reason=reason), done)

    @rx.event
    @operator_only
    async def resume(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Let the tenant work again, if its short name was typed."""
        scope, language = await operator_scope(self), await language_of(self)
        if not self._is_typed(form):
            return [feedback.show(InvalidInput(), language)]
        done = translate(language, "{name} is active again", name=self.name)
        return await self._do(current().tenants.resume(scope, TenantId(self.tenant_id)), done)

    @rx.event
    @operator_only
    async def erase(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Erase the tenant once its short name was typed."""
        scope, language = await operator_scope(self), await language_of(self)
        typed = str(form.get("typed", ""))
        done = translate(language, "{name} is being erased", name=self.name)
        return await self._do(current().erasure.erase(scope, TenantId(self.tenant_id), confirmed_slug=typed), done)

    def _is_typed(self, form: Mapping[str, str]) -> bool:
        return str(form.get("typed", "")) == self.slug

    async def _do(self, call: Awaitable[object], done: str) -> list[EventSpec]:
        try:
            await call
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        self.asking = ""
        return [feedback.success(done), OperatorTenantsState.load()]


def _plan(value: str) -> Plan:
    if value not in set(Plan):
        raise InvalidInput(details={"field": "plan"})
    return Plan(value)
