"""Add people, rights, limits, flags, audit and usage; row level security on every table of a tenant.

Browser sessions are made anew with what listing and revoking them needs: everybody signs in once more.
"""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CONTENT_TABLES = ("knowledge_base_members", "missing_reports")
SHARED_TABLES = (
    "memberships",
    "sessions",
    "api_keys",
    "invitations",
    "identity_providers",
    "external_logins",
    "tenant_totals",
    "tenant_usage",
    "feature_flags",
    "audit_events",
)
NEW_TABLES = (
    "identity_providers",
    "external_logins",
    "identities",
    "invitations",
    "known_devices",
    "recovery_codes",
    "password_resets",
    "outbox_mails",
    "knowledge_base_members",
    "missing_reports",
    "tenant_totals",
    "tenant_usage",
    "feature_flags",
    "platform_flags",
    "audit_events",
    "service_health",
)

TENANT = "NULLIF(current_setting('app.tenant_id', true), '')"
PLATFORM = "current_setting('app.platform', true) = 'on'"

BLOCK_CHANGES_SQLITE = (
    """
    CREATE TRIGGER audit_events_unchanged BEFORE UPDATE ON audit_events
    BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END
    """,
    """
    CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events
    WHEN NOT EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant_id AND status = 'erasing')
    BEGIN SELECT RAISE(ABORT, 'audit events go only with an erased tenant'); END
    """,
)
BLOCK_CHANGES_POSTGRES = (
    """
    CREATE FUNCTION keep_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant_id AND status = 'erasing') THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'audit events are never changed and go only with an erased tenant';
    END $$
    """,
    """
    CREATE TRIGGER audit_events_kept BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION keep_audit_events()
    """,
)


def upgrade() -> None:
    extend_tenancy()
    create_sessions()
    create_sign_in()
    create_providers()
    create_sharing()
    create_oversight()
    postgres = op.get_bind().dialect.name == "postgresql"
    count_what_is_there(postgres=postgres)
    for statement in BLOCK_CHANGES_POSTGRES if postgres else BLOCK_CHANGES_SQLITE:
        op.execute(statement)
    if postgres:
        force_row_level_security()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        release_row_level_security()
        op.execute("DROP TRIGGER audit_events_kept ON audit_events")
        op.execute("DROP FUNCTION keep_audit_events")
    for table in NEW_TABLES[1:2] + NEW_TABLES[:1] + NEW_TABLES[2:]:
        op.drop_table(table)
    op.drop_index("uq_sessions_id", "sessions")
    for table, columns in (
        ("sessions", ("id", "address", "has_second_factor", "provider_id", "authenticated_at")),
        ("api_keys", ("scopes", "last_used_at")),
        ("messages", ("author_id",)),
        ("knowledge_bases", ("access", "access_role")),
        ("users", ("theme", "password_changed_at", "totp_secret", "totp_confirmed_at", "totp_counter")),
        ("tenants", ("caps", "language", "chat_retention_days", "chat_sharing", "admins_may_read_chats")),
        ("tenants", ("password_sign_in", "second_factor_required", "suspended_at", "suspension_reason")),
    ):
        for column in columns:
            op.drop_column(table, column)


def extend_tenancy() -> None:
    for column in (
        sa.Column("caps", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("language", sa.String(8), nullable=False, server_default="en"),
        sa.Column("chat_retention_days", sa.Integer(), nullable=True),
        sa.Column("chat_sharing", sa.String(16), nullable=False, server_default="tenant"),
        sa.Column("admins_may_read_chats", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("password_sign_in", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("second_factor_required", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspension_reason", sa.String(500), nullable=True),
    ):
        op.add_column("tenants", column)
    for column in (
        sa.Column("theme", sa.String(8), nullable=False, server_default="system"),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_secret", sa.String(255), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_counter", sa.Integer(), nullable=True),
    ):
        op.add_column("users", column)
    op.add_column("api_keys", sa.Column("scopes", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("api_keys", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("author_id", sa.String(32), nullable=True))
    op.add_column("knowledge_bases", sa.Column("access", sa.String(16), nullable=False, server_default="everyone"))
    op.add_column("knowledge_bases", sa.Column("access_role", sa.String(16), nullable=False, server_default="member"))
    op.create_table(
        "tenant_totals",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("document_count", sa.Integer(), nullable=False),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=False),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_tenant_totals_tenant_id_tenants", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenant_totals"),
    )


def create_sessions() -> None:
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.Column("provider_id", sa.String(32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["memberships.tenant_id", "memberships.user_id"],
            name="fk_sessions_tenant_id_user_id_memberships",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("uq_sessions_id", "sessions", ["id"], unique=True)


def create_sign_in() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_recovery_codes_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_codes"),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])
    op.create_table(
        "known_devices",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_known_devices_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_known_devices"),
    )
    op.create_index("ix_known_devices_user_id", "known_devices", ["user_id"])
    op.create_table(
        "password_resets",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_password_resets_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_password_resets"),
    )
    op.create_index("ix_password_resets_user_id", "password_resets", ["user_id"])
    op.create_table(
        "outbox_mails",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_mails"),
    )
    op.create_index("ix_outbox_mails_due", "outbox_mails", ["status", "run_after"])


def create_providers() -> None:
    op.create_table(
        "invitations",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("invited_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(32), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name="fk_invitations_invited_by_users"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_invitations_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    is_open = sa.text("accepted_at IS NULL AND revoked_at IS NULL")
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["tenant_id", "email"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "identity_providers",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("client_secret", sa.Text(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("auto_join", sa.Boolean(), nullable=False),
        sa.Column("default_role", sa.String(16), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_identity_providers_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_identity_providers"),
    )
    op.create_table(
        "external_logins",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("provider_id", sa.String(32), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("next_path", sa.String(2000), nullable=False),
        sa.Column("link_user_id", sa.String(32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["identity_providers.tenant_id", "identity_providers.id"],
            name="fk_external_logins_tenant_id_provider_id_identity_providers",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_external_logins_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "state_hash", name="pk_external_logins"),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_identities_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identities"),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])


def create_sharing() -> None:
    op.create_table(
        "knowledge_base_members",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("knowledge_base_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "knowledge_base_id"],
            ["knowledge_bases.tenant_id", "knowledge_bases.id"],
            name="fk_knowledge_base_members_knowledge_base",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_knowledge_base_members_tenant_id_tenants"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_knowledge_base_members_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "knowledge_base_id", "user_id", name="pk_knowledge_base_members"),
    )
    op.create_table(
        "missing_reports",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_missing_reports_tenant_id_tenants"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_missing_reports_user_id_users"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_missing_reports"),
    )


def create_oversight() -> None:
    op.create_table(
        "audit_events",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target_kind", sa.String(32), nullable=False),
        sa.Column("target_id", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "sequence", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_recent", "audit_events", ["tenant_id", "at"])
    op.create_index("ix_audit_events_target", "audit_events", ["tenant_id", "target_kind", "target_id"])
    op.create_table(
        "tenant_usage",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_tenant_usage_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "day", "metric", "user_id", name="pk_tenant_usage"),
    )
    for name, *more in (
        ("feature_flags", sa.Column("tenant_id", sa.String(32), sa.ForeignKey("tenants.id"), nullable=False)),
        ("platform_flags", sa.Column("is_enforced", sa.Boolean(), nullable=False)),
    ):
        keys = ("tenant_id", "name") if name == "feature_flags" else ("name",)
        op.create_table(
            name,
            *more,
            sa.Column("name", sa.String(64), nullable=False),
            sa.Column("is_on", sa.Boolean(), nullable=False),
            sa.Column("updated_by", sa.String(32), nullable=False),
            sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"),
        )
    op.create_table(
        "service_health",
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("message", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("service", "checked_at", name="pk_service_health"),
    )


def count_what_is_there(*, postgres: bool) -> None:
    """Start the totals at what tenants hold already; forced row level security would show the owner nothing."""
    if postgres:
        op.execute("ALTER TABLE documents NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
        INSERT INTO tenant_totals (tenant_id, document_count, storage_bytes, member_count)
        SELECT id,
            (SELECT count(*) FROM documents WHERE tenant_id = tenants.id AND deleted_at IS NULL),
            (SELECT coalesce(sum(size_bytes), 0) FROM documents WHERE tenant_id = tenants.id AND deleted_at IS NULL),
            (SELECT count(*) FROM memberships WHERE tenant_id = tenants.id AND status = 'active')
        FROM tenants
        """
    )
    if postgres:
        op.execute("ALTER TABLE documents FORCE ROW LEVEL SECURITY")


def force_row_level_security() -> None:
    """Bind content to its tenant; what the platform reads too is bound to the tenant or the platform."""
    own = f"tenant_id = {TENANT}"
    for table in CONTENT_TABLES:
        _protect(table, own)
    for table in SHARED_TABLES:
        _protect(table, f"{own} OR {PLATFORM}")
    _protect("tenants", f"id = {TENANT} OR {PLATFORM}")


def release_row_level_security() -> None:
    for table in ("tenants", "memberships", "sessions", "api_keys"):
        op.execute(f"DROP POLICY tenant ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _protect(table: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({condition}) WITH CHECK ({condition})")
