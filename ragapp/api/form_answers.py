"""Answers to form posts: the browser is led on, with a code of what went wrong and what was typed."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse

from ragapp.core.errors import RagAppError, RateLimited


def lead_to(target: str) -> RedirectResponse:
    """Return the answer that loads another page."""
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def lead_back(page: str, error: RagAppError, typed: Mapping[str, str]) -> RedirectResponse:
    """Return to the page of the form with an error code; `typed` must hold nothing secret."""
    fields = {"error": error.code, **{name: value for name, value in typed.items() if value}}
    if not isinstance(error, RateLimited):
        return lead_to(f"{page}?{urlencode(fields)}")
    answer = lead_to(f"{page}?{urlencode({**fields, 'wait': str(error.retry_after_s)})}")
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer
