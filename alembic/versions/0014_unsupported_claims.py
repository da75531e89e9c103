"""Keep what an answer says that its cited passages do not hold."""

import sqlalchemy as sa

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("unsupported", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("messages", "unsupported")
