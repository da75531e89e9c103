"""Keep what a reader should know about how a file was read."""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = ("documents", "document_versions")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("notes", sa.JSON(), nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "notes")
