"""Running heads and feet of PDF pages."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ragapp.adapters.parsers.pdf_values import Line, Page

_EDGE_SHARE = 0.1
_PAGE_SHARE = 0.5
_MIN_PAGES = 2
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Furniture:
    """Lines near an edge that repeat, page numbers aside.

    A line that never changes stays on the page, given by `kept_on`, where it first stands: a letterhead may say what
    nothing else does.
    """

    repeating: frozenset[str]
    kept_on: Mapping[str, int]

    def body_of(self, page: Page, number: int) -> list[Line]:
        """Return the lines of page `number` (from 1) that are not furniture."""
        dropped = {id(line) for line in _edge_lines(page) if self._drops(line, number)}
        return [line for line in page.lines if id(line) not in dropped]

    def _drops(self, line: Line, number: int) -> bool:
        # Rows of numbers look alike on every page.
        if line.table is not None:
            return False
        return _without_numbers(line.text) in self.repeating and self.kept_on.get(line.text) != number


def find_furniture(pages: Sequence[Page]) -> Furniture:
    """Find the lines that repeat on at least half of the pages, and on two or more."""
    texts: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    first_seen: dict[str, int] = {}
    for number, page in enumerate(pages, start=1):
        on_page = {line.text for line in _edge_lines(page)}
        texts.update(on_page)
        keys.update({_without_numbers(text) for text in on_page})
        for text in on_page:
            first_seen.setdefault(text, number)
    needed = max(_MIN_PAGES, _PAGE_SHARE * len(pages))
    return Furniture(
        frozenset(key for key, count in keys.items() if count >= needed),
        {text: first_seen[text] for text, count in texts.items() if count >= needed},
    )


def _edge_lines(page: Page) -> Iterator[Line]:
    zone = _EDGE_SHARE * page.height
    return (line for line in page.lines if line.box.bottom > page.height - zone or line.box.top < zone)


def _without_numbers(text: str) -> str:
    return _DIGITS.sub("#", text)
