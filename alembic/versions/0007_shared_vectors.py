"""Let rows of a big table share the vector of the first row of their group."""

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunks", sa.Column("vector_of", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("chunks", "vector_of")
