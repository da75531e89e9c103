"""The second wall on SQLite: a statement on a tenant's table runs only when bound to the transaction's tenant.

PostgreSQL has row level security; here every statement is looked at before it reaches the driver. What was compiled
once is analysed once (SQLAlchemy keeps compiled statements), so an execution only compares a few parameters.
"""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.sql.compiler import SQLCompiler

from ragapp.core.errors import InvariantBroken
from ragapp.models import TENANT_TABLES
from ragapp.store.tenant_predicate import Requirement, requirement_of, tables_named_in

PLATFORM = "platform"
"""Bound instead of a tenant in a transaction over accounts and the task queue: no tenant's content at all."""

_OPTION = "ragapp_tenant"
_CONTENT = frozenset(TENANT_TABLES) - {"tasks"}


class UnboundStatement(InvariantBroken):
    """A statement would have reached rows of a tenant without naming the tenant it acts for: it did not run."""

    code = "unbound_statement"


def bind_tenant(connection: Connection | None, tenant: str) -> None:
    """Say whose rows the rest of the connection's transaction is about: a tenant's id, or `PLATFORM`."""
    if connection is not None:
        connection.execution_options(**{_OPTION: tenant})


def guard_statements(engine: Engine) -> None:
    """Check every statement of `engine` from now on."""
    known: WeakKeyDictionary[SQLCompiler, Requirement] = WeakKeyDictionary()

    @event.listens_for(engine, "before_cursor_execute")
    def check(connection: Connection, _cursor: Any, sql: str, _parameters: Any, context: Any, _many: bool) -> None:
        compiled = getattr(context, "compiled", None)
        if not isinstance(compiled, SQLCompiler):
            _ensure_plain(sql)
            return
        requirement = known.get(compiled)
        if requirement is None:
            requirement = known[compiled] = requirement_of(compiled, sql)
        if requirement.tables:
            _ensure_met(requirement, connection, context.compiled_parameters)


def _ensure_plain(sql: str) -> None:
    named = tables_named_in(sql)
    if named:
        raise UnboundStatement(f"Raw SQL names {sorted(named)}.")


def _ensure_met(requirement: Requirement, connection: Connection, rows: list[Mapping[str, Any]]) -> None:
    tenant = connection.get_execution_options().get(_OPTION)
    if tenant is None:
        raise UnboundStatement(f"Nobody is bound, but the statement uses {sorted(requirement.tables)}.")
    if tenant == PLATFORM:
        content = requirement.tables & _CONTENT
        if content:
            raise UnboundStatement(f"The platform does not touch {sorted(content)}.")
        return
    if requirement.problem:
        raise UnboundStatement(requirement.problem)
    for row in rows:
        if any(row.get(name) != tenant for name in requirement.parameters):
            raise UnboundStatement("A statement is bound to another tenant than its transaction.")
