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


def child_of(parent: str, column: str) -> ForeignKeyConstraint:
    """Return the composite key that keeps a child inside its parent's tenant and removes it with the parent."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{parent}.tenant_id", f"{parent}.id"], ondelete="CASCADE")


class TenantRow(SQLModel):
    """A row that belongs to one tenant; `(tenant_id, id)` is its key, so no child can point at a foreign parent."""

    tenant_id: str = Field(primary_key=True, max_length=32, foreign_key="tenants.id")
