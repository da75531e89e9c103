"""Test questions of a knowledge base as a CSV file: read whole or not at all, and written."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from ragapp.core.audit import AuditAction
from ragapp.core.errors import InvalidInput, QuestionTooLong, TooManyQuestions
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.quality import Expects, QuestionOrigin
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Document, KnowledgeBase, QualityQuestion
from ragapp.services.quality.expectations import text_digest
from ragapp.services.quality.quality_views import Expectation, ImportView, RowProblem
from ragapp.services.quality.question_csv import Row, duplicates, problem, read_rows, write_rows
from ragapp.services.quality.question_rows import (
    MAX_QUESTIONS,
    QuestionBuilder,
    add_questions,
    are_short,
    base_target,
    expect_answer,
    question_views,
)
from ragapp.store.store import Store

_MAX_CSV_CHARACTERS = 1_000_000
_MOST_PROBLEMS = 100


class QuestionFileService:
    """Imports and exports test questions."""

    def __init__(self, store: Store, builder: QuestionBuilder) -> None:
        self._store = store
        self._builder = builder

    async def import_csv(self, scope: TenantScope, *, knowledge_base_id: KnowledgeBaseId, csv: str) -> ImportView:
        """Add every question of a CSV file, or none and say what is wrong row by row.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to manage knowledge bases.
            TooManyQuestions: there is no room for so many. InvalidInput: no CSV with a column "question".
        """
        if len(csv) > _MAX_CSV_CHARACTERS:
            raise InvalidInput("The file is too large.", details={"field": "csv", "max": _MAX_CSV_CHARACTERS})
        async with self._store.begin(scope) as tx:
            base = await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            rows, problems = read_rows(csv)
            known = await tx.quality_questions.list_of(knowledge_base_id)
            if len(rows) > MAX_QUESTIONS:
                raise TooManyQuestions(details={"max": MAX_QUESTIONS, "added": len(rows)})
            documents = await tx.documents.list_named(knowledge_base_id, {row.document for row in rows if row.document})
            added, more = self._read(scope, base, rows, documents, {row.text_digest for row in known})
            problems = sorted([*problems, *more], key=lambda wrong: wrong.row)
            if problems:
                return ImportView(0, tuple(problems[:_MOST_PROBLEMS]))
            await add_questions(tx, base, added)
            await tx.audit.record(
                AuditAction.QUALITY_QUESTIONS_IMPORTED, base_target(base), {"count": len(added)}
            )
        return ImportView(len(added))

    async def export_csv(self, scope: TenantScope, *, knowledge_base_id: KnowledgeBaseId) -> AsyncGenerator[bytes]:
        """Yield the questions of a knowledge base as the CSV that `import_csv` reads.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.read(scope) as tx:
            await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            views = await question_views(tx, await tx.quality_questions.list_of(knowledge_base_id))
            titles = {view.document_title for view in views if view.document_title}
            documents = await tx.documents.list_named(knowledge_base_id, titles)
        names = _names_for_export(documents)
        for line in write_rows([(view, names.get(view.expected.document_id or "", "")) for view in views]):
            yield line

    def _read(
        self,
        scope: TenantScope,
        base: KnowledgeBase,
        rows: Sequence[Row],
        documents: Sequence[Document],
        known: set[str],
    ) -> tuple[list[QualityQuestion], list[RowProblem]]:
        """Return the questions of rows, and what is wrong with rows in the light of what is there."""
        added, problems = list[QualityQuestion](), list[RowProblem]()
        digests = [(row.number, text_digest(row.question)) for row in rows]
        again = set(duplicates(digests))
        for row, (number, digest) in zip(rows, digests, strict=True):
            found = _documents_named(documents, row.document) if row.document else []
            wrong = _wrong_with(row, found)
            wrong += [("question_twice", row.question)] if number in again else []
            wrong += [("question_taken", row.question)] if digest in known else []
            wrong += [("answer_too_long", row.words[0])] if not are_short(row.words) else []
            try:
                question = self._builder.build(scope, base, row.question, QuestionOrigin.IMPORTED)
            except QuestionTooLong:
                wrong.append(("question_too_long", row.question))
            except InvalidInput:
                continue  # there is none: that was said before
            problems += [problem(number, code, value) for code, value in wrong]
            if not wrong and row.is_readable:
                expected = Expectation(DocumentId(found[0].id) if found else None, row.page, row.words)
                expect_answer(question, _expects_of(row), expected)
                added.append(question)
        return added, problems


def _wrong_with(row: Row, found: Sequence[Document]) -> list[tuple[str, str]]:
    if row.document and not found:
        return [("document_unknown", row.document)]
    if len(found) > 1:
        return [("document_ambiguous", row.document)]
    if found and row.page is not None and row.page > (found[0].page_count or 0):
        return [("page_beyond_end", str(row.page))]
    return []


def _expects_of(row: Row) -> Expects:
    if row.is_absent:
        return Expects.NOTHING
    return Expects.ANSWER if row.document or row.words else Expects.OPEN


def _documents_named(documents: Sequence[Document], name: str) -> list[Document]:
    """Return the documents that are called so: by id, by title, by file name; the first of these that finds any."""
    by_id = [row for row in documents if row.id == name]
    by_title = [row for row in documents if row.title == name]
    return by_id or by_title or [row for row in documents if row.filename == name]


def _names_for_export(documents: Sequence[Document]) -> Mapping[str, str]:
    """Return id -> title where that names one document only, otherwise the id."""
    return {row.id: row.title if len(_documents_named(documents, row.title)) == 1 else row.id for row in documents}
