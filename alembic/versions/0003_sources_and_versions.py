"""Add versions of documents, where documents come from and what is looked at again; today's files become versions."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("document_versions", "document_origins", "sources")


def upgrade() -> None:
    create_versions()
    create_origins()
    create_sources()
    postgres = op.get_bind().dialect.name == "postgresql"
    make_files_versions(postgres=postgres)
    if postgres:
        force_row_level_security()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def create_versions() -> None:
    op.create_table(
        "document_versions",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("blob_key", sa.String(200), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readable_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_document_versions_created_by_users"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["documents.tenant_id", "documents.id"],
            name="fk_document_versions_tenant_id_document_id_documents",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_document_versions_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "document_id", "version", name="pk_document_versions"),
    )
    op.create_index("ix_document_versions_bytes", "document_versions", ["tenant_id", "blob_key"])


def create_origins() -> None:
    op.create_table(
        "document_origins",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("source_id", sa.String(32), nullable=True),
        sa.Column("location", sa.String(2000), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("etag", sa.String(300), nullable=False),
        sa.Column("last_modified", sa.String(300), nullable=False),
        sa.Column("takes_title", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["documents.tenant_id", "documents.id"],
            name="fk_document_origins_tenant_id_document_id_documents",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_document_origins_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "document_id", name="pk_document_origins"),
    )
    op.create_index("ix_document_origins_source", "document_origins", ["tenant_id", "source_id"])


def create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("knowledge_base_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("location", sa.String(2000), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("max_pages", sa.Integer(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.String(64), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_sources_created_by_users"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "knowledge_base_id"],
            ["knowledge_bases.tenant_id", "knowledge_bases.id"],
            name="fk_sources_tenant_id_knowledge_base_id_knowledge_bases",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_sources_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sources"),
    )
    op.create_index(
        "uq_sources_location", "sources", ["tenant_id", "knowledge_base_id", "kind", "location"], unique=True
    )
    op.create_index("ix_sources_due", "sources", ["tenant_id", "is_paused", "next_at"])


def make_files_versions(*, postgres: bool) -> None:
    """Record the file of every document as its version; forced row level security would show the owner nothing."""
    if postgres:
        op.execute("ALTER TABLE documents NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
        INSERT INTO document_versions (tenant_id, document_id, version, filename, content_type, size_bytes, sha256,
            blob_key, page_count, language, created_by, created_at, readable_at)
        SELECT tenant_id, id, CASE WHEN version > 0 THEN version ELSE 1 END, filename, content_type, size_bytes, sha256,
            blob_key, page_count, language, created_by, created_at, CASE WHEN version > 0 THEN processed_at END
        FROM documents
        """
    )
    if postgres:
        op.execute("ALTER TABLE documents FORCE ROW LEVEL SECURITY")


def force_row_level_security() -> None:
    """Rows of a tenant are seen and written only in a transaction bound to that tenant; unbound means none."""
    own = "tenant_id = NULLIF(current_setting('app.tenant_id', true), '')"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({own}) WITH CHECK ({own})")
