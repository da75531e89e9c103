"""Keep test questions, runs over them and their results; say why an answer was rated bad, and about which documents."""

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("quality_questions", "quality_runs", "quality_results")
_NOTHING = sa.text("''")
_FOREIGN_KEYS = {
    "quality_questions": "fk_quality_questions_knowledge_base",
    "quality_runs": "fk_quality_runs_tenant_id_knowledge_base_id_knowledge_bases",
    "quality_results": "fk_quality_results_tenant_id_run_id_quality_runs",
}


def upgrade() -> None:
    op.add_column("feedback", sa.Column("reason", sa.String(16), nullable=False, server_default=_NOTHING))
    op.add_column("feedback", sa.Column("knowledge_base_id", sa.String(32), nullable=False, server_default=_NOTHING))
    fill_knowledge_bases()
    op.create_index("ix_feedback_recent", "feedback", ["tenant_id", "rating", "created_at", "message_id"])
    create_questions()
    create_runs()
    create_results()
    if op.get_bind().dialect.name == "postgresql":
        force_row_level_security()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_feedback_recent", "feedback")
    op.drop_column("feedback", "knowledge_base_id")
    op.drop_column("feedback", "reason")


def fill_knowledge_bases() -> None:
    """Note with each judgement which knowledge base the answer's first source is in, where that is still known."""
    feedback = sa.table("feedback", *map(sa.column, ("tenant_id", "message_id", "knowledge_base_id")))
    messages = sa.table("messages", sa.column("tenant_id"), sa.column("id"), sa.column("sources", sa.JSON()))
    documents = sa.table("documents", *map(sa.column, ("tenant_id", "id", "knowledge_base_id")))
    judged = sa.select(messages.c.tenant_id, messages.c.id, messages.c.sources).where(
        sa.tuple_(messages.c.tenant_id, messages.c.id).in_(sa.select(feedback.c.tenant_id, feedback.c.message_id))
    )
    connection = op.get_bind()
    for tenant_id, message_id, sources in connection.execute(judged).all():
        if not sources:
            continue
        base = (
            sa.select(documents.c.knowledge_base_id)
            .where(documents.c.tenant_id == tenant_id, documents.c.id == sources[0]["passage"]["document_id"])
            .scalar_subquery()
        )
        connection.execute(
            sa.update(feedback)
            .where(feedback.c.tenant_id == tenant_id, feedback.c.message_id == message_id)
            .values(knowledge_base_id=sa.func.coalesce(base, ""))
        )


def create_questions() -> None:
    op.create_table(
        "quality_questions",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("knowledge_base_id", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.String(64), nullable=False),
        sa.Column("expects", sa.String(16), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("quality_questions", ["id"], "knowledge_base_id", "knowledge_bases"),
    )
    op.create_index(
        "uq_quality_questions_text",
        "quality_questions",
        ["tenant_id", "knowledge_base_id", "text_digest"],
        unique=True,
    )
    op.create_index("ix_quality_questions_recent", "quality_questions", ["tenant_id", "created_at"])
    op.create_index("ix_quality_questions_message", "quality_questions", ["tenant_id", "message_id"])


def create_runs() -> None:
    op.create_table(
        "quality_runs",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("knowledge_base_id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("configuration", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("started_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *_keys("quality_runs", ["id"], "knowledge_base_id", "knowledge_bases"),
    )
    op.create_index("ix_quality_runs_recent", "quality_runs", ["tenant_id", "knowledge_base_id", "created_at"])


def create_results() -> None:
    op.create_table(
        "quality_results",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("question_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expects", sa.String(16), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("document_title", sa.String(500), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("search_ms", sa.Float(), nullable=False),
        sa.Column("answer_ms", sa.Float(), nullable=False),
        *_keys("quality_results", ["run_id", "question_id"], "run_id", "quality_runs"),
    )


def _keys(table: str, own: list[str], column: str, parent: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["tenant_id", column],
            [f"{parent}.tenant_id", f"{parent}.id"],
            name=_FOREIGN_KEYS[table],
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=f"fk_{table}_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", *own, name=f"pk_{table}"),
    )


def force_row_level_security() -> None:
    """Rows of a tenant are seen and written only in a transaction bound to that tenant; unbound means none."""
    own = "tenant_id = NULLIF(current_setting('app.tenant_id', true), '')"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({own}) WITH CHECK ({own})")
