"""Let what somebody waits for go before what comes in bulk."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_tasks_actor", "tasks", ["tenant_id", "actor_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_tasks_actor", "tasks")
    op.drop_column("tasks", "priority")
