"""Let documents lie in folders and bear tags."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("folder", sa.String(300), nullable=False, server_default=sa.text("''")))
    op.create_index("ix_documents_folder", "documents", ["tenant_id", "knowledge_base_id", "folder"])
    op.create_table(
        "document_tags",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["documents.tenant_id", "documents.id"],
            name="fk_document_tags_tenant_id_document_id_documents",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_document_tags_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "document_id", "name", name="pk_document_tags"),
    )
    op.create_index("ix_document_tags_name", "document_tags", ["tenant_id", "name"])
    if op.get_bind().dialect.name == "postgresql":
        force_row_level_security()


def downgrade() -> None:
    op.drop_table("document_tags")
    op.drop_index("ix_documents_folder", "documents")
    op.drop_column("documents", "folder")


def force_row_level_security() -> None:
    """Rows of a tenant are seen and written only in a transaction bound to that tenant; unbound means none."""
    own = "tenant_id = NULLIF(current_setting('app.tenant_id', true), '')"
    op.execute("ALTER TABLE document_tags ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE document_tags FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON document_tags USING ({own}) WITH CHECK ({own})")
