"""Which parameters of a statement must hold the tenant: each tenant's table in it must be tied to one, by equality."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import BindParameter, BooleanClauseList, ClauseElement
from sqlalchemy.sql.operators import and_ as and_operator
from sqlalchemy.sql.operators import eq as equals
from sqlalchemy.sql.schema import Column, Table
from sqlalchemy.sql.selectable import Alias, FromClause, Join, Select, SelectBase

from ragapp.models import SHARED_TABLES, TENANT_TABLES

_GUARDED = frozenset({*TENANT_TABLES, *SHARED_TABLES})
_NAMES = re.compile(rf"\b({'|'.join(sorted(_GUARDED))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must hold to run a statement: `parameters` are the tenant's id; `problem` is why it never may run."""

    tables: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    problem: str = ""


def tables_named_in(sql: str) -> frozenset[str]:
    """Return the tenants' tables that SQL text names."""
    return frozenset(match.lower() for match in _NAMES.findall(sql))


def requirement_of(compiled: SQLCompiler, sql: str) -> Requirement:
    """Return what must hold to run a compiled statement."""
    tables = tables_named_in(sql)
    if not tables:
        return Requirement()
    statement = getattr(compiled.compile_state, "statement", None)
    statement = compiled.statement if statement is None else statement
    if not isinstance(statement, SelectBase | Insert | Update | Delete):
        return Requirement(tables, problem="text on a tenant's table")
    analysis = _Analysis(compiled)
    analysis.visit(statement, frozenset())
    return Requirement(tables, frozenset(analysis.parameters), analysis.problem)


class _Analysis:
    """Walks a statement and what is nested in it."""

    def __init__(self, compiled: SQLCompiler) -> None:
        self._binds: Mapping[str, Any] = compiled.binds
        self._names = {bind.key: name for name, bind in self._binds.items()}
        self.parameters: set[str] = set()
        self.problem = ""

    def visit(self, statement: Any, outside: frozenset[Any]) -> None:
        """Check one statement; `outside` are the tables of enclosing statements that are tied already."""
        if isinstance(statement, Insert):
            self._visit_insert(statement)
        elif isinstance(statement, Update | Delete):
            self._visit_sources([statement.table], [statement.whereclause], statement, outside)
        elif isinstance(statement, Select):
            sources = list(statement.get_final_froms())
            self._visit_sources(sources, [statement.whereclause], statement, outside)
        else:
            for part in _nested(statement):
                self.visit(part, outside)

    def _visit_insert(self, statement: Insert) -> None:
        if _is_guarded(statement.table):
            found = [name for name in self._binds if _is_tenant_value(name)]
            if not found or statement.select is not None:
                self.problem = f"an insert into {statement.table} without a tenant"
            self.parameters.update(found)
        for part in _nested(statement):
            self.visit(part, frozenset())

    def _visit_sources(
        self, sources: list[FromClause], conditions: list[Any], whole: Any, outside: frozenset[Any]
    ) -> None:
        tables: list[FromClause] = []
        for source in sources:
            _flatten(source, tables, conditions)
        tied = self._tied(conditions, outside)
        for table in tables:
            if _is_guarded(table) and table not in tied:
                self.problem = f"{_name_of(table)} is not bound to a tenant"
        for part in _nested(whole):
            self.visit(part, tied)

    def _tied(self, conditions: list[Any], outside: frozenset[Any]) -> frozenset[Any]:
        """Return the tables whose tenant is a parameter, directly or through an equal one."""
        tied, links = set(outside), []
        for condition in conditions:
            for left, right in _equalities(condition):
                if _is_tenant_column(left) and isinstance(right, BindParameter):
                    self.parameters.add(self._names[right.key])
                    tied.add(left.table)
                elif _is_tenant_column(left) and _is_tenant_column(right):
                    links.append((left.table, right.table))
        while any(len({a, b} & tied) == 1 for a, b in links):
            for a, b in links:
                if {a, b} & tied:
                    tied |= {a, b}
        return frozenset(tied)


def _flatten(source: Any, tables: list[FromClause], conditions: list[Any]) -> None:
    if isinstance(source, Join):
        _flatten(source.left, tables, conditions)
        _flatten(source.right, tables, conditions)
        conditions.append(source.onclause)
    else:
        tables.append(source)


def _equalities(condition: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(condition, BooleanClauseList) and condition.operator is and_operator:
        for clause in condition.clauses:
            yield from _equalities(clause)
    elif getattr(condition, "operator", None) is equals:
        yield condition.left, condition.right
        yield condition.right, condition.left
    elif isinstance(getattr(condition, "element", None), BooleanClauseList):
        yield from _equalities(condition.element)


def _nested(statement: ClauseElement) -> Iterator[Any]:
    """Yield the outermost selects within a statement, not the statement itself."""
    waiting: list[Any] = list(_children(statement))
    while waiting:
        element = waiting.pop()
        if isinstance(element, SelectBase):
            yield element
        else:
            waiting += _children(element)


def _children(element: Any) -> list[Any]:
    return [] if isinstance(element, Table | Column) else list(element.get_children())


def _is_guarded(table: Any) -> bool:
    return _name_of(table) in _GUARDED


def _name_of(table: Any) -> str:
    while isinstance(table, Alias):
        table = table.element
    return table.name if isinstance(table, Table) else ""


def _is_tenant_column(element: Any) -> bool:
    return isinstance(element, Column) and element.name == "tenant_id" and _is_guarded(element.table)


def _is_tenant_value(name: str) -> bool:
    return re.fullmatch(r"tenant_id(_m\d+)?", name) is not None
