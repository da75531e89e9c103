"""One file of the upload tray, which of many are shown, and how fast a batch goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ragapp.core.lifecycle import DocumentStatus
from ragapp.ui.states.document_rows import FINISHED

UPLOADING = "uploading"
WAITING = "waiting"
DUPLICATE = "duplicate"
CANCELLED = "cancelled"
UNSENT = "unsent"
FAILED = DocumentStatus.FAILED.value
QUEUED = DocumentStatus.QUEUED.value
IS_THERE = frozenset({DUPLICATE, DocumentStatus.READY.value})
GROUPS = ("moving", "failed", "done")
_AT_REST = frozenset({DUPLICATE, CANCELLED, UNSENT, *(status.value for status in FINISHED)})
_SENT_SHARE = 30
_ENOUGH_TO_JUDGE = 3


@dataclass(frozen=True)
class TrayItem:
    """One file. `phase` is an upload phase of this module, later the document's status; `percent` belongs to it."""

    key: str
    name: str
    size_bytes: int
    phase: str = WAITING
    percent: int = 0
    document_id: str = ""
    error_code: str = ""
    can_resend: bool = False

    @property
    def is_at_rest(self) -> bool:
        """Return whether nothing more will happen to this file by itself."""
        return self.phase in _AT_REST

    @property
    def group(self) -> str:
        """Return which of `GROUPS` the file belongs to."""
        if not self.is_at_rest:
            return "moving"
        return "done" if self.phase in IS_THERE else "failed"

    @property
    def share(self) -> int:
        """Return how much of the way from the first byte to ready is behind this file, in percent."""
        if self.is_at_rest:
            return 100
        if self.phase in (WAITING, UPLOADING):
            return self.percent * _SENT_SHARE // 100
        return _SENT_SHARE + self.percent * (100 - _SENT_SHARE) // 100


@dataclass(frozen=True)
class Pace:
    """How a batch goes: `done_count` files since `started_at`, both times in seconds of a monotonic clock."""

    started_at: float = 0.0
    done_count: int = 0
    at_s: float = 0.0

    def at(self, done_count: int, now: float) -> "Pace":
        """Return the pace with what is done by now."""
        return replace(self, done_count=done_count, at_s=now)

    @property
    def files_per_minute(self) -> int:
        """Return the rate so far, 0 while it cannot be judged."""
        elapsed_s = self.at_s - self.started_at
        return round(self.done_count * 60 / elapsed_s) if self.done_count >= _ENOUGH_TO_JUDGE and elapsed_s > 1 else 0

    def left_s(self, open_count: int) -> int:
        """Return how long the rest will take at this rate, in steps of five seconds; 0 while it cannot be judged."""
        if not open_count or not self.files_per_minute:
            return 0
        left = open_count * (self.at_s - self.started_at) / self.done_count
        return max(5, round(left / 5) * 5)


def window_of(items: Sequence[TrayItem], group: str, most: int) -> tuple[list[TrayItem], int]:
    """Return the rows to show and how many there are; of more than fit, those that move and those that failed first."""
    matching = [item for item in items if group in ("", item.group)]
    if len(matching) > most:
        matching.sort(key=_urgency)
    return matching[:most], len(matching)


def _urgency(item: TrayItem) -> int:
    if item.phase == WAITING:
        return 3
    if item.phase == QUEUED:
        return 2
    return GROUPS.index(item.group) if item.group != "done" else 4
