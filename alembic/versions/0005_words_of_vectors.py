"""Let passages with the same words share one embedding; vectors from before are known by their chunk only."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunk_vectors", sa.Column("words_digest", sa.LargeBinary(), nullable=True))
    op.create_index("ix_chunk_vectors_words", "chunk_vectors", ["tenant_id", "words_digest"])


def downgrade() -> None:
    op.drop_index("ix_chunk_vectors_words", "chunk_vectors")
    op.drop_column("chunk_vectors", "words_digest")
