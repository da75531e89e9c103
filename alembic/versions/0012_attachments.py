"""Let files that lay inside a document know it."""

import sqlalchemy as sa

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("attached_to", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "attached_to")
