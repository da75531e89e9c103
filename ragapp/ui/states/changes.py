"""Setting only what differs, and reading a list again as far as it is shown."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import reflex as rx

from ragapp.services.views import Page

T = TypeVar("T")

MOST_SHOWN = 5000
"""Rows of a list that grows by "Show more"; whoever needs more searches."""


def set_changed(state: rx.State, /, **values: object) -> None:
    """Set what differs: an assigned variable crosses the socket even where nothing about it changed."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)


async def read_shown(read: Callable[[str | None], Awaitable[Page[T]]], shown_count: int) -> tuple[list[T], str]:
    """Read a list again from its start, page by page, until as much is read as is shown now.

    Args:
        read: Reads the page behind a cursor, None for the first one.
        shown_count: How many items the page shows.

    Returns:
        The items, and the cursor of what follows, "" at the end.
    """
    page = await read(None)
    items = list(page.items)
    while page.next_cursor and len(items) < min(shown_count, MOST_SHOWN):
        page = await read(page.next_cursor)
        items += page.items
    return items, page.next_cursor or ""


def pages_of(row_count: int, page_size: int) -> int:
    """Return how many pages so many rows fill, at least one."""
    return max(1, -(-row_count // page_size))
