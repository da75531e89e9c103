"""Let passages know the columns of the table they are rows of."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunks", sa.Column("table_number", sa.Integer(), nullable=True))
    op.add_column("chunks", sa.Column("column_names", sa.JSON(), nullable=True))
    op.add_column("chunks", sa.Column("rows_start", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("chunks", "rows_start")
    op.drop_column("chunks", "column_names")
    op.drop_column("chunks", "table_number")
