"""What all tables share: names for constraints, time, tenant keys."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Text, text
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def utc_now() -> datetime:
    """Return the current time, aware, UTC; for column defaults only."""
    return datetime.now(UTC)


def words_field() -> Any:
    """Return a field for the words of a column that is searched, see `models.searched`."""
    return Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))


def child_of(parent: str, column: str, *, name: str | None = None) -> ForeignKeyConstraint:
    """Return the composite key that keeps a child inside its parent's tenant and removes it with the parent.

    Args:
        parent: The parent's table.
        column: The child's column that holds the parent's id.
        name: The key's name where the usual one is longer than the 63 characters PostgreSQL allows.
    """
    columns = [f"{parent}.tenant_id", f"{parent}.id"]
    return ForeignKeyConstraint(["tenant_id", column], columns, ondelete="CASCADE", name=name)


class TenantRow(SQLModel):
    """A row that belongs to one tenant; `(tenant_id, id)` is its key, so no child can point at a foreign parent."""

    tenant_id: str = Field(primary_key=True, max_length=32, foreign_key="tenants.id")
