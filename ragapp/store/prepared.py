"""Statements that are put together once: for one row, building a statement costs more than running it.

They go past the object-relational mapper: rows that the session holds already keep what they had when they were read.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, String, Table, Update, bindparam, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

TENANT: BindParameter[str] = bindparam("of_tenant", type_=String())


async def change_rows(
    session: AsyncSession, model: type[SQLModel], tenant_id: str, where: Mapping[str, Any], values: Mapping[str, Any]
) -> int:
    """Set columns of a tenant's rows; return how many rows that were.

    Args:
        session: Where to.
        model: Whose table.
        tenant_id: Whose rows.
        where: What their columns must hold: a value, any value of a list, or nothing at all for None.
        values: What the columns are set to.
    """
    statement = _update_of(model, tuple((name, _kind_of(value)) for name, value in where.items()), tuple(values))
    parameters = {f"is_{name}": value for name, value in where.items() if value is not None}
    parameters |= {f"to_{name}": value for name, value in values.items()}
    return (await session.exec(statement, params={"of_tenant": tenant_id, **parameters})).rowcount


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


@cache
def _update_of(model: type[SQLModel], where: tuple[tuple[str, type], ...], names: tuple[str, ...]) -> Update:
    table = table_of(model)
    conditions = [_condition(table.c[name], kind) for name, kind in where]
    values = {name: bindparam(f"to_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.tenant_id == TENANT, *conditions).values(values)


def _condition(column: ColumnElement[Any], kind: type) -> ColumnElement[bool]:
    name = f"is_{column.key}"
    if kind is type(None):
        return column.is_(None)
    if kind is list:
        return column.in_(bindparam(name, type_=column.type, expanding=True))
    return column == bindparam(name, type_=column.type)


def _kind_of(value: Any) -> type:
    return type(value) if value is None or isinstance(value, list) else object
