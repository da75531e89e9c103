"""The REST API in process over the real application: files, SQLite, Chroma, parser and, if set up, model."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import create_engine, func, select

from ragapp import bootstrap
from ragapp.adapters import minilm_setup
from ragapp.adapters.e5 import setup as e5_setup
from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from ragapp.bootstrap import open_application
from ragapp.config import GeneratorKind, Settings
from ragapp.services.registry import install, uninstall
from tests.fakes.databases import tables_of
from tests.fakes.embedder import HashEmbedder

MODELS = Path(__file__).resolve().parents[2] / ".models"
EMAIL, PASSWORD = "ana@lipa.hr", "šume i livade 42"
MAX_UPLOAD_BYTES = 200_000


@dataclass(frozen=True)
class RealApi:
    """A client that carries the owner's API key, and what is on disk behind it."""

    client: AsyncClient
    settings: Settings

    async def upload(self, content: bytes, filename: str, content_type: str = "", **fields: str) -> Response:
        part = (filename, content, content_type) if content_type else (filename, content)
        return await self.client.post("/api/v1/documents", files={"file": part}, data=fields)

    async def finished(self, task_id: str) -> dict[str, Any]:
        """Follow a task to its end."""
        response = await self.client.get(f"/api/v1/tasks/{task_id}/events", timeout=120)
        return events_of(response)[-1][1]

    def stored(self) -> dict[str, Any]:
        """Return the row count of every table and every file that holds an upload's bytes."""
        engine = create_engine(self.settings.effective_database_url)
        with engine.connect() as connection:
            counts = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar()
                for table in tables_of(engine).sorted_tables
            }
        engine.dispose()
        files = [path for path in (self.settings.data_dir / "blobs").rglob("*") if path.is_file()]
        return {**counts, "files": sorted(map(str, files))}


@asynccontextmanager
async def real_api(folder: Path, *, api_key: str | None = None) -> AsyncIterator[RealApi]:
    """Open the application over an empty folder and sign its owner in, or over a filled one with its owner's key."""
    settings = Settings(
        data_dir=folder,
        models_dir=MODELS,
        database_url="",
        generator=GeneratorKind.EXTRACTIVE,
        max_upload_bytes=MAX_UPLOAD_BYTES,
    )
    has_model = any((MODELS / folder).is_dir() for folder in (e5_setup.FOLDER, minilm_setup.FOLDER))
    build = bootstrap.build_embedder if has_model else lambda *_: (HashEmbedder(), "hash")
    with patch.object(bootstrap, "build_embedder", build):
        async with open_application(settings) as application:
            install(application.services)
            if api_key is None:
                create = application.services.console.create_owner
                owner = await create(email=EMAIL, password=PASSWORD, tenant="Lipa", with_api_key=True)
                api_key = owner.api_key
            transport = ASGITransport(add_security_headers(build_api()))
            headers = {"Authorization": f"Bearer {api_key}"}
            async with AsyncClient(transport=transport, base_url="http://localhost:3000", headers=headers) as client:
                yield RealApi(client, settings)
            uninstall()


def events_of(response: Response) -> list[tuple[str, Any]]:
    """Return (name, data) of every server-sent event."""
    blocks = [block.splitlines() for block in response.text.split("\n\n") if block]
    parts = [dict(line.split(": ", 1) for line in lines) for lines in blocks]
    return [(part["event"], json.loads(part["data"])) for part in parts if "event" in part]
