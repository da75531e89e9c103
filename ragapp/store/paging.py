"""Keyset paging: a cursor names the last row seen, so rows added meanwhile never shift a page."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, tuple_

from ragapp.core.errors import InvalidInput

T = TypeVar("T")


def encode_cursor(moment: datetime, row_id: str) -> str:
    """Return an opaque cursor for the row with that time and id."""
    raw = json.dumps([moment.isoformat(), row_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """Return the time and id in a cursor.

    Raises:
        InvalidInput: not a cursor of ours.
    """
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        parsed = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidInput("The cursor is not valid. Start again from the first page.") from error
    if parsed.tzinfo is None or not isinstance(row_id, str):
        raise InvalidInput("The cursor is not valid. Start again from the first page.")
    return parsed, row_id


def older_than(cursor: str, moment: Any, row_id: Any) -> ColumnElement[bool]:
    """Return the condition for rows behind `cursor` when ordered by `moment`, `row_id`, both descending."""
    last_moment, last_id = decode_cursor(cursor)
    return tuple_(moment, row_id) < tuple_(last_moment, last_id)


def cut_page(rows: Sequence[T], limit: int, key: Callable[[T], tuple[datetime, str]]) -> tuple[list[T], str | None]:
    """Cut `limit + 1` fetched rows to one page and the cursor of the next (None on the last page)."""
    page = list(rows[:limit])
    return page, encode_cursor(*key(page[-1])) if len(rows) > limit else None
