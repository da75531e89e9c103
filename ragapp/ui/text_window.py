"""A part of a long text around a mark, so that a page never carries a whole book."""

from dataclasses import dataclass, replace

STEP_CHARACTERS = 6_000
_AROUND_CHARACTERS = 3_000
_MAX_CHARACTERS = 60_000


@dataclass(frozen=True, slots=True)
class TextWindow:
    """Characters [start, end) of a text of `length` characters; the mark [mark_start, mark_end) lies in the text."""

    length: int
    mark_start: int
    mark_end: int
    start: int
    end: int

    @staticmethod
    def around(length: int, mark_start: int, mark_end: int) -> "TextWindow":
        """Return the first window: the mark with its surroundings, or the beginning when there is no mark."""
        mark_start = min(max(mark_start, 0), length)
        mark_end = min(max(mark_end, mark_start), length, mark_start + _MAX_CHARACTERS)
        start = max(0, mark_start - _AROUND_CHARACTERS)
        return TextWindow(length, mark_start, mark_end, start, min(length, mark_end + STEP_CHARACTERS))

    def earlier(self) -> "TextWindow":
        """Return a window that reaches one step further up; what gets too far away below is let go."""
        start = max(0, self.start - STEP_CHARACTERS)
        return replace(self, start=start, end=min(self.end, start + _MAX_CHARACTERS))

    def later(self) -> "TextWindow":
        """Return a window that reaches one step further down; what gets too far away above is let go."""
        end = min(self.length, self.end + STEP_CHARACTERS)
        return replace(self, end=end, start=max(self.start, end - _MAX_CHARACTERS))

    def cut(self, text: str) -> tuple[str, str, str]:
        """Return what stands before, in and after the mark, of the part the window shows."""
        from_mark = min(max(self.mark_start, self.start), self.end)
        to_mark = min(max(self.mark_end, from_mark), self.end)
        return text[self.start : from_mark], text[from_mark:to_mark], text[to_mark : self.end]
