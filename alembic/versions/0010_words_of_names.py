"""Find documents, chats, members and organisations by words without case and diacritics."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from alembic import op
from ragapp.core.search_words import indexed_words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WORDS = {"chats": ("title",), "messages": ("text",), "users": ("name", "email"), "tenants": ("name", "slug")}
_BATCH = 1000


def upgrade() -> None:
    for table, names in _WORDS.items():
        for name in names:
            op.add_column(table, sa.Column(f"{name}_words", sa.Text(), nullable=False, server_default=sa.text("''")))
    word = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
    op.create_table(
        "document_words",
        sa.Column("tenant_id", sa.String(32), nullable=False),
        sa.Column("word", word, nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("field", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["documents.tenant_id", "documents.id"],
            name="fk_document_words_tenant_id_document_id_documents",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_document_words_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("tenant_id", "word", "document_id", "field", name="pk_document_words"),
        sqlite_with_rowid=False,
    )
    fill_words()
    op.create_index("ix_document_words_document", "document_words", ["tenant_id", "document_id", "word"])
    op.create_index("ix_chats_words", "chats", ["tenant_id", "title_words", "id"])
    columns = ["tenant_id", "text_words", "chat_id", "role", "author_id"]
    op.create_index("ix_messages_words", "messages", columns, postgresql_where=sa.text("false"))
    if op.get_bind().dialect.name == "postgresql":
        force_row_level_security()


def downgrade() -> None:
    op.drop_index("ix_messages_words", "messages")
    op.drop_index("ix_chats_words", "chats")
    op.drop_table("document_words")
    for table, names in _WORDS.items():
        for name in names:
            op.drop_column(table, f"{name}_words")


def fill_words() -> None:
    """Split what is there already into words."""
    for table, names in _WORDS.items():
        values = ", ".join(f"{name}_words = :{name}" for name in names)
        change = sa.text(f"UPDATE {table} SET {values} WHERE id = :id")  # noqa: S608 - names above
        for rows in _batches(table, ("id", *names)):
            words = [{name: indexed_words(row[name]) for name in names} | {"id": row["id"]} for row in rows]
            op.get_bind().execute(change, words)
    add = sa.text("INSERT INTO document_words VALUES (:tenant_id, :word, :document_id, :field)")
    for rows in _batches("documents", ("tenant_id", "id", "title", "filename")):
        words = [
            {"tenant_id": row["tenant_id"], "word": word, "document_id": row["id"], "field": field}
            for row in rows
            for field in ("title", "filename")
            for word in dict.fromkeys(word[:64] for word in indexed_words(row[field]).split())
        ]
        if words:
            op.get_bind().execute(add, words)


def _batches(table: str, columns: tuple[str, ...]) -> Iterator[Sequence[sa.RowMapping]]:
    every = sa.text(f"SELECT id FROM {table} ORDER BY id")  # noqa: S608 - names above
    ids = op.get_bind().execute(every).scalars().all()
    wanted = sa.bindparam("ids", expanding=True)
    chosen = sa.text(f"SELECT {', '.join(columns)} FROM {table} WHERE id IN :ids")  # noqa: S608 - names above
    for start in range(0, len(ids), _BATCH):
        yield op.get_bind().execute(chosen.bindparams(wanted), {"ids": ids[start : start + _BATCH]}).mappings().all()


def force_row_level_security() -> None:
    """Rows of a tenant are seen and written only in a transaction bound to that tenant; unbound means none."""
    own = "tenant_id = NULLIF(current_setting('app.tenant_id', true), '')"
    op.execute("ALTER TABLE document_words ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE document_words FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON document_words USING ({own}) WITH CHECK ({own})")
