"""Plain HTML form posts: bounded, and only from our own pages."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

from ragapp.api.origins import is_same_origin

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


async def _read_bounded(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413, "The form is too large.")
    return bytes(body)
