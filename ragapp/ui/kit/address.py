"""A list's search, filters and page, kept in the address of its page.

The query string is the only place they live in: a link shares them, Back undoes them, and whoever comes to the page
without them sees the whole list. A state that shows a list inherits from `ListAddress`, names its `_route` and its
`_params`, calls `_read_address` first when it loads, and answers every choice with `_go` or `_search_for`.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

PAGE = "page"
_LONGEST = 300
_MOST_UNANSWERED = 20


@dataclass(frozen=True)
class Param:
    """One value in the address: `name` of the state's variable, `key` in the query string, and what it may be.

    `read` returns the value if it may be one, otherwise "": none. One that is not `is_filter` chooses what is shown
    without leaving anything out.
    """

    name: str
    key: str
    read: Callable[[str], str]
    is_filter: bool = True


def any_words(text: str) -> str:
    """Read what somebody typed."""
    return "".join(character for character in text if character >= " ")[:_LONGEST]


def an_id(text: str) -> str:
    """Read an identifier."""
    return text if 0 < len(text) <= 32 and text.isascii() and text.isalnum() else ""


def a_day(text: str) -> str:
    """Read a day in ISO 8601."""
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else ""
    except ValueError:
        return ""


def one_of(values: Container[str]) -> Callable[[str], str]:
    """Return what reads one of these values."""
    return lambda text: text if text in values else ""


class ListAddress(rx.State, mixin=True):
    """What every list in an address has. `search_box` changes when the box has to show something not typed into it."""

    page_number: int = 1
    is_filtered: bool = False
    search_box: int = 0

    _route: ClassVar[str] = ""
    _params: ClassVar[tuple[Param, ...]] = ()
    _most_pages: ClassVar[int] = 2000

    _typed: tuple[str, ...] = ()
    _in_box: str = ""

    def _is_here(self) -> bool:
        """Return whether the tab is on the page of this list."""
        return self.router.url.path.rstrip("/") == self._route

    def _read_address(self) -> None:
        """Take over what the address says; a value that cannot be is none."""
        if not self._is_here():
            return
        given = self.router.url.query_parameters
        self._set_params({param.name: str(given.get(param.key, "")) for param in self._params})
        self._set_page(_page_number(str(given.get(PAGE, ""))))
        self._fill_search_box()

    def _allow(self, **known: Container[str]) -> None:
        """Take back what names something that is not there (any more)."""
        self._set_params({name: "" for name, values in known.items() if getattr(self, name) not in values})

    def _go(self, *, page: int = 1, replaces: bool = False, **values: str) -> list[EventSpec]:
        """Return what leads to the address with other values; loading the page there shows the list.

        Args:
            page: Which page of the list; another filter begins anew.
            replaces: Whether Back skips the present address.
            values: By variable. They are set at once, so that a choice does not jump back until the page has loaded.
        """
        if not self._is_here():  # typed or pressed on a page that was left meanwhile
            return []
        self._set_params(values)
        self._set_page(page)
        return [rx.redirect(self._address(), replace=replaces)]

    def _go_to_all(self) -> list[EventSpec]:
        """Return what leads to the whole list."""
        self._set_params({param.name: "" for param in self._params if param.is_filter})
        return self._go()

    def _search_for(self, query: str) -> list[EventSpec]:
        """Return what leads to what was typed, which stays in the box as it is."""
        self._in_box = any_words(query)
        self._typed = (*self._typed, self._in_box)[-_MOST_UNANSWERED:]
        return self._go(replaces=True, query=query)

    def _address(self) -> str:
        values = {param.key: getattr(self, param.name) for param in self._params}
        if self.page_number > 1:
            values[PAGE] = str(self.page_number)
        query = urlencode({key: value for key, value in values.items() if value})
        return f"{self._route}?{query}" if query else self._route

    def _set_params(self, values: dict[str, str]) -> None:
        for param in self._params:
            read = param.read(values[param.name]) if param.name in values else getattr(self, param.name)
            if getattr(self, param.name) != read:
                setattr(self, param.name, read)
        is_filtered = any(param.is_filter and getattr(self, param.name) for param in self._params)
        if self.is_filtered != is_filtered:
            self.is_filtered = is_filtered

    def _set_page(self, number: int) -> None:
        number = min(max(1, number), self._most_pages)
        if self.page_number != number:
            self.page_number = number

    def _fill_search_box(self) -> None:
        """Have the box built anew where it does not show what is searched for; never under somebody's hands."""
        query = getattr(self, "query", "")
        if query in self._typed:  # loaded for what was typed then; more may have been typed since
            self._typed = self._typed[self._typed.index(query) + 1 :]
        elif query != self._in_box:
            self._in_box, self._typed = query, ()
            self.search_box += 1


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
