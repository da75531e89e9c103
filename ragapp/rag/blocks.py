"""Cuts growing markdown into finished blocks and an open tail, so that a reader re-renders only what still changes."""

import re

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_AROUND = "\r\n"


class BlockSplitter:
    r"""Takes text as it streams and hands out each block once it can no longer change.

    A block ends at a blank line outside a code fence, when the next line with content begins and is not indented
    (an indented line continues a list item). `"\n\n".join([*blocks, tail])` renders as the whole text does, and the
    result depends only on the text, not on how it was cut into deltas.
    """

    def __init__(self) -> None:
        self._tail = ""
        self._scanned = 0
        self._gap: int | None = None
        self._fence = ""

    @property
    def tail(self) -> str:
        """Return the text of the open block."""
        return self._tail

    def feed(self, delta: str) -> list[str]:
        """Take more text and return the blocks it finished, usually none."""
        self._tail += delta
        finished = []
        while "\n" in self._tail[self._scanned :]:
            finished += self._take_if_line_begins_block()
            end = self._tail.index("\n", self._scanned)
            self._scan_line(self._tail[self._scanned : end])
            self._scanned = end + 1
        finished += self._take_if_line_begins_block()
        return finished

    def _take_if_line_begins_block(self) -> list[str]:
        first = self._tail[self._scanned : self._scanned + 1]
        if self._gap is None or not first or first.isspace():
            return []
        block = self._tail[: self._gap].strip(_AROUND)
        self._tail = self._tail[self._scanned :]
        self._scanned, self._gap = 0, None
        return [block]

    def _scan_line(self, line: str) -> None:
        if self._fence:
            self._close_fence(line)
        elif line.strip():
            self._gap = None
            self._open_fence(line)
        elif self._gap is None and self._tail[: self._scanned].strip():
            self._gap = self._scanned

    def _open_fence(self, line: str) -> None:
        if opening := _FENCE.match(line):
            self._fence = opening[1]

    def _close_fence(self, line: str) -> None:
        content = line.strip()
        if content.startswith(self._fence) and not content.strip(self._fence[0]):
            self._fence = ""


def split_blocks(text: str) -> list[str]:
    """Return the blocks of a finished text, the last one included; `[]` for blank text."""
    splitter = BlockSplitter()
    blocks = splitter.feed(text)
    rest = splitter.tail.strip(_AROUND)
    return [*blocks, rest] if rest.strip() else blocks
