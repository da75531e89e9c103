"""Setting only what differs, and reading a list again as far as it is shown."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import reflex as rx

from ragapp.services.views import Page

T = TypeVar("T")


def set_changed(state: rx.State, **values: object) -> None:
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
    while page.next_cursor and len(items) < shown_count:
        page = await read(page.next_cursor)
        items += page.items
    return items, page.next_cursor or ""
