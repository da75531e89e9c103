"""What is in a document: the original bytes, the extracted text, pictures of its pages."""

import unicodedata
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Query, Response
from fastapi.responses import FileResponse

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import DocumentId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.documents import DocumentText
from ragapp.core.errors import InvalidInput
from ragapp.services.library.text_views import DocumentTextView
from ragapp.services.registry import current

router = caller_router("documents")

# A downloaded file must never run as a page of this site, whatever it really is.
_DOWNLOAD_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}
_PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}

PageNumber = Annotated[int, Path(ge=1, le=100_000)]
Version = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="An earlier version, as answers cite it; default: the current.")
]
Highlight = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$", description="Characters `start-end` of the text to mark.")
]


@router.get("/documents/{document_id}/content", response_class=FileResponse, responses=_BYTES)
async def get_content(document_id: DocumentId, scope: CallerScope, version: Version = None) -> Response:
    """Return the original file as an attachment."""
    file = await current().documents.file(scope, document_id, version=version)
    headers = {**_DOWNLOAD_HEADERS, "Content-Disposition": attachment(file.filename)}
    return FileResponse(file.path, headers=headers, media_type=file.content_type)


@router.get("/documents/{document_id}/text", response_model=DocumentText)
async def get_text(document_id: DocumentId, scope: CallerScope, version: Version = None) -> DocumentTextView:
    """Return the extracted text that all character offsets refer to."""
    return await current().documents.text(scope, document_id, version=version)


@router.get("/documents/{document_id}/pages/{page}.png", response_class=Response, responses=_PNG)
async def get_page_picture(
    document_id: DocumentId,
    page: PageNumber,
    scope: CallerScope,
    highlight: Highlight = None,
    version: Version = None,
) -> Response:
    """Return a picture of a page, counted from 1, with a passage marked."""
    start, end = _span(highlight)
    picture = await current().documents.page_image(scope, document_id, page, start=start, end=end, version=version)
    return Response(picture, media_type="image/png", headers=_DOWNLOAD_HEADERS)


def attachment(filename: str) -> str:
    """Return a `Content-Disposition` (RFC 6266) that stays one safe line for any file name.

    Old clients read the ASCII `filename`, all others `filename*`; control and direction characters are dropped, so the
    name a person sees is the name the file gets.
    """
    shown = "".join(char for char in filename if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    shown = shown.replace("/", "_").replace("\\", "_").strip(" .") or "document"
    plain = "".join(char if char.isascii() and char not in '"%;' else "_" for char in shown)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"


def _span(highlight: str | None) -> tuple[int, int]:
    if highlight is None:
        return 0, 0
    start, end = map(int, highlight.split("-"))
    if start > end:
        raise InvalidInput("highlight: the start must not be after the end.")
    return start, end
