"""A growing text as a row of small variables, so that a change costs its own bytes and not the text's.

Reflex sends a changed variable whole. An answer in one variable would cross the socket again with every flush; cut into
parts of fixed size only the open part does, and the browser puts them together again.
"""

from collections.abc import Iterator

PART_CHARACTERS = 96
PART_COUNT = 80
"""Room for some 7,700 characters; a longer answer goes on in the last part, correct but dearer."""


def part_name(index: int) -> str:
    """Return the name of one part's variable; short, because it crosses the socket with every flush."""
    return f"p{index}"


def cut(text: str) -> Iterator[tuple[str, str]]:
    """Yield (variable name, content) for every part of the text, including the empty ones."""
    for index in range(PART_COUNT):
        start = index * PART_CHARACTERS
        end = len(text) if index == PART_COUNT - 1 else start + PART_CHARACTERS
        yield part_name(index), text[start:end]
