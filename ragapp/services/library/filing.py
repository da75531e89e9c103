"""Folders and tags: how people put documents in order. What is searched and who may read it is the knowledge base's."""

from collections.abc import Sequence

from ragapp.core.audit import NO_TARGET, AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, NotFound
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.services.library.document_views import load_views
from ragapp.services.library.filenames import clean_title
from ragapp.services.library.filing_views import FolderView, TagView
from ragapp.services.views import DocumentView
from ragapp.store.store import Store

MAX_FOLDER_CHARACTERS = 300
MAX_TAG_CHARACTERS = 50
MAX_TAGS = 20
_MAX_AT_ONCE = 200


class FilingService:
    """The order of the tenant's documents. A folder is a path and is there while something lies in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list_folders(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId | None = None
    ) -> tuple[FolderView, ...]:
        """Return the folders of all knowledge bases or of one, by path.

        Raises:
            NotFound: no such knowledge base.
        """
        async with self._store.read(scope) as tx:
            if knowledge_base_id is not None:
                await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.READ_DOCUMENTS)
            found = await tx.filing.list_folders(knowledge_base_id)
        return tuple(FolderView(base, folder, count) for base, folder, count in found)

    async def list_tags(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId | None = None
    ) -> tuple[TagView, ...]:
        """Return the tags in use in all knowledge bases or in one, by name.

        Raises:
            NotFound: no such knowledge base.
        """
        async with self._store.read(scope) as tx:
            if knowledge_base_id is not None:
                await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.READ_DOCUMENTS)
            return tuple(TagView(name, count) for name, count in await tx.filing.list_tags(knowledge_base_id))

    async def file(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        *,
        folder: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> DocumentView:
        """Put a document into a folder ("" for none) and give it these tags in place of its own; None leaves them.

        Raises:
            NotFound: no such document. PermissionDenied: no right to change it.
            InvalidInput: no possible folder or tag, or too many tags.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.documents.get(document_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            if folder is not None:
                await tx.documents.change(document_id, folder=clean_folder(folder))
            if tags is not None:
                names = _ensure_few(clean_tags(tags))
                await tx.filing.remove_tags([document_id])
                await tx.filing.add_tags([document_id], names)
            if folder is not None or tags is not None:
                target = AuditTarget("document", document_id, row.title)
                await tx.audit.record(AuditAction.DOCUMENT_FILED, target, {"count": 1})
        async with self._store.read(scope) as tx:
            return (await load_views(tx, [await tx.documents.get(document_id)]))[0]

    async def file_many(
        self,
        scope: TenantScope,
        document_ids: Sequence[DocumentId],
        *,
        folder: str | None = None,
        add_tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
    ) -> None:
        """Put documents into a folder, and add or take tags: of all of them, or of none.

        Raises:
            NotFound: one of the documents is not there. PermissionDenied: no right to change documents.
            InvalidInput: more than 200, no possible folder or tag, or one would bear too many tags.
        """
        if len(document_ids) > _MAX_AT_ONCE:
            raise InvalidInput(f"File at most {_MAX_AT_ONCE} documents at once.", details={"field": "document_ids"})
        ids = list(dict.fromkeys(document_ids))
        async with self._store.begin(scope) as tx:
            rows = await tx.documents.list_by_ids(ids)
            if len(rows) != len(ids):
                raise NotFound
            require(scope, Permission.WRITE_DOCUMENTS)
            if folder is not None:
                path = clean_folder(folder)
                for document_id in ids:
                    await tx.documents.change(document_id, folder=path)
            await tx.filing.remove_tags(ids, clean_tags(remove_tags))
            await tx.filing.add_tags(ids, clean_tags(add_tags))
            for names in (await tx.filing.tags_of(ids)).values():
                _ensure_few(names)
            if rows and (folder is not None or add_tags or remove_tags):
                target = AuditTarget("document", rows[0].id, rows[0].title) if len(rows) == 1 else NO_TARGET
                await tx.audit.record(AuditAction.DOCUMENT_FILED, target, {"count": len(rows)})

    async def rename_folder(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, *, folder: str, to: str
    ) -> int:
        """Give a folder of a knowledge base another path, with all in it; return how many documents that concerns.

        Where the new path is a folder already, the two become one.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to change documents.
            InvalidInput: no possible path, or one that is within the folder itself.
        """
        path, new = clean_folder(folder), clean_folder(to)
        async with self._store.begin(scope) as tx:
            await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            longest = await tx.filing.longest_path_in(knowledge_base_id, path)
            is_inside = new.startswith(f"{path}/")
            if not (path and new) or is_inside or longest - len(path) + len(new) > MAX_FOLDER_CHARACTERS:
                raise _impossible_folder()
            count = await tx.filing.rename_folder(knowledge_base_id, path, new)
            if count and path != new:
                target = AuditTarget("folder", knowledge_base_id, new)
                await tx.audit.record(AuditAction.FOLDER_RENAMED, target, {"from": path, "count": count})
            return count


def clean_folder(path: str) -> str:
    """Return a path without empty parts, each part on one line; "" is no folder.

    Raises:
        InvalidInput: it is too long, or a part of it is "." or "..".
    """
    parts = [part for part in (clean_title(piece) for piece in path.split("/")) if part]
    cleaned = "/".join(parts)
    if len(cleaned) > MAX_FOLDER_CHARACTERS or {".", ".."} & set(parts):
        raise _impossible_folder()
    return cleaned


def folder_of(path: str, *, within: str = "") -> str:
    """Return the folder that a file with this path has, in a folder; none where such a folder is not possible."""
    try:
        return clean_folder(f"{within}/{path.rpartition('/')[0]}")
    except InvalidInput:
        return within


def clean_tags(tags: Sequence[str]) -> list[str]:
    """Return tags in small letters, each once, in order.

    Raises:
        InvalidInput: one is empty or too long.
    """
    cleaned = [clean_title(tag).lower() for tag in tags]
    if not all(0 < len(tag) <= MAX_TAG_CHARACTERS for tag in cleaned):
        raise InvalidInput(f"A tag has 1 to {MAX_TAG_CHARACTERS} characters.", details={"field": "tags"})
    return sorted(set(cleaned))


def _ensure_few(tags: list[str]) -> list[str]:
    if len(tags) > MAX_TAGS:
        raise InvalidInput(f"Give a document at most {MAX_TAGS} tags.", details={"field": "tags"})
    return tags


def _impossible_folder() -> InvalidInput:
    return InvalidInput(
        f"A folder is names with / between them, {MAX_FOLDER_CHARACTERS} characters at most.",
        details={"field": "folder"},
    )
