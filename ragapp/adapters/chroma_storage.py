"""Chroma's side of things: how a collection is named and labelled, how a database is opened, which files it leaves."""

import contextlib
import hashlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from ragapp.core.ids import KnowledgeBaseId, TenantId
from ragapp.rag.types import CollectionRef

if TYPE_CHECKING:
    from chromadb.api.client import Client

TENANT_TAG = "tenant_id"


def collection_name(ref: CollectionRef) -> str:
    """Return the one name of a collection: a digest, so no part of a ref can collide with or reach into another."""
    parts = json.dumps([ref.tenant_id, ref.knowledge_base_id, ref.fingerprint, ref.generation])
    return "kb-" + hashlib.sha256(parts.encode()).hexdigest()


def metadata_of(ref: CollectionRef) -> dict[str, str | int]:
    """Return what a collection carries so that its ref can be told from it."""
    return {
        TENANT_TAG: ref.tenant_id,
        "knowledge_base_id": ref.knowledge_base_id,
        "fingerprint": ref.fingerprint,
        "generation": ref.generation,
    }


def ref_of(metadata: dict[str, Any] | None) -> CollectionRef | None:
    """Return the ref a collection was made for; None for one that is not ours."""
    try:
        return CollectionRef(
            tenant_id=TenantId((metadata or {})[TENANT_TAG]),
            knowledge_base_id=KnowledgeBaseId((metadata or {})["knowledge_base_id"]),
            fingerprint=str((metadata or {})["fingerprint"]),
            generation=int((metadata or {})["generation"]),
        )
    except KeyError:
        return None


def open_folder(folder: Path) -> "Client":
    """Open the embedded database in `folder`, making it if need be; no telemetry."""
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    return cast("Client", chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False)))


def open_server(host: str, port: int, *, tls: bool) -> "Client":
    """Connect to a Chroma server; no telemetry."""
    import chromadb
    from chromadb.config import Settings

    quiet = Settings(anonymized_telemetry=False)
    return cast("Client", chromadb.HttpClient(host=host, port=port, ssl=tls, settings=quiet))


def remove_left_over_files(folder: Path) -> None:
    """Remove segment folders no collection owns: `delete_collection` leaves them (chroma-core/chroma#1309)."""
    with contextlib.closing(sqlite3.connect(folder / "chroma.sqlite3")) as database:
        owned = {row[0] for row in database.execute("SELECT id FROM segments")}
    for entry in folder.iterdir():
        if entry.is_dir() and _is_uuid(entry.name) and entry.name not in owned:
            shutil.rmtree(entry, ignore_errors=True)


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
