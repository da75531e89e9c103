"""Plain HTML form posts: bounded, and only from our own pages."""

from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, HTTPException, Request

from ragapp.services.registry import current

MAX_FORM_BYTES = 16 * 1024
_MAX_FIELDS = 32


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form posted by one of our own pages.

    Raises:
        HTTPException: 403 from another site, 413 over `MAX_FORM_BYTES`, 422 for another kind of body.
    """
    if not is_same_origin(request):
        raise HTTPException(403, "Cross-site form posts are refused.")
    body = await _read_bounded(request)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError as error:
        raise HTTPException(422, "This is not a form.") from error


Form = Annotated[dict[str, str], Depends(read_form)]


def is_same_origin(request: Request) -> bool:
    """Return whether one of our own pages sent this request.

    Browsers say so in Sec-Fetch-Site, but only on https and localhost; on plain http the Origin header has to name us.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", "")).netloc
    ours = {request.headers.get("host", ""), urlsplit(current().settings_view.public_url).netloc}
    return bool(origin) and origin in ours


async def _read_bounded(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413, "The form is too large.")
    return bytes(body)
