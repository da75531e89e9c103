"""The upload tray: what this tab has sent, from the first byte until it can be asked about. Survives navigation.

All files stay on the server side of the tab; the browser gets counts and a window of rows, so that a thousand files
cost as little per message as thirty.
"""

import time
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

import reflex as rx

from ragapp.services.views import DocumentView
from ragapp.ui.states.tray_items import (
    FAILED,
    GROUPS,
    IS_THERE,
    QUEUED,
    UNSENT,
    UPLOADING,
    WAITING,
    Pace,
    TrayItem,
    window_of,
)

LIBRARY = "/documents"
MAX_ITEMS = 3000
WINDOW = 30
_MORE = 100
_LOOK_AT = 100


class TrayState(rx.State):
    """The files of this tab. `items` is what is shown of them, at most `shown_most` rows."""

    items: list[TrayItem] = []
    group: str = ""
    total_count: int = 0
    busy_count: int = 0
    failed_count: int = 0
    added_count: int = 0
    unsent_count: int = 0
    hidden_count: int = 0
    percent: int = 0
    left_s: int = 0
    files_per_minute: int = 0
    is_collapsed: bool = False
    is_paused: bool = False

    # Tuples: the framework wraps every element of a list or dict that it hands out.
    _all: tuple[TrayItem, ...] = ()
    _batch: tuple[str, ...] = ()
    _pace: Pace = Pace()
    _shown_most: int = WINDOW
    _turn: int = 0

    @rx.event
    def toggle(self) -> None:
        """Fold or unfold the list."""
        self.is_collapsed = not self.is_collapsed

    @rx.event
    def clear(self) -> None:
        """Take away every file that is at rest."""
        self._put(item for item in self._all if not item.is_at_rest)

    @rx.event
    def remove(self, key: str) -> None:
        """Take away one file; a document that was made of it stays."""
        self._put(item for item in self._all if item.key != key)

    @rx.event
    def show_group(self, group: str) -> None:
        """Show only the files in progress, those there, or those that failed; "" shows all."""
        self.group = group if group in GROUPS else ""
        self._shown_most = WINDOW
        self._publish()

    @rx.event
    def show_more(self) -> None:
        """Show more rows."""
        self._shown_most += _MORE
        self._publish()

    @rx.event
    def set_paused(self, is_paused: bool) -> None:
        """Show whether sending is paused; the browser does the pausing."""
        self.is_paused = is_paused

    def _add(self, items: Iterable[TrayItem]) -> None:
        """Take files in; the first after everything came to rest begins a new batch."""
        known = self._by_key()
        fresh = [item for item in items if item.key not in known]
        if not fresh:
            return
        if not any(not item.is_at_rest for item in self._all):
            self._batch, self._pace = (), Pace(started_at=time.monotonic())
            self.is_collapsed = self.router.url.path.rstrip("/") != LIBRARY  # elsewhere one is busy with something else
        self._batch = (*self._batch, *(item.key for item in fresh))
        self._put([*self._all, *fresh])

    def _change(self, changes: Mapping[str, Mapping[str, str | int | bool]]) -> None:
        """Set fields of some files at once."""
        changed = tuple(
            replace(item, **changes[item.key]) if item.key in changes else item  # type: ignore[arg-type]
            for item in self._all
        )
        if changed != self._all:
            self._put(changed)

    def _reopen(self, keys: Iterable[str], *, phase: str) -> None:
        """Put files that had failed back to work, as a batch of their own if all had come to rest."""
        again = set(keys)
        if again and not any(not item.is_at_rest for item in self._all):
            self._batch, self._pace = (), Pace(started_at=time.monotonic())
        self._batch = (*(key for key in self._batch if key not in again), *sorted(again))
        self._change({key: {"phase": phase, "percent": 0, "error_code": ""} for key in again})

    def _put(self, items: Iterable[TrayItem]) -> None:
        kept = list(items)
        surplus = max(0, len(kept) - MAX_ITEMS)
        oldest = {item.key for item in [item for item in kept if item.is_at_rest][:surplus]}
        self._all = tuple(item for item in kept if item.key not in oldest)
        self._publish()

    def _publish(self) -> None:
        items = self._all
        was_busy = self.busy_count > 0
        counts = {
            "total_count": len(items),
            "busy_count": sum(not item.is_at_rest for item in items),
            "failed_count": sum(item.group == "failed" for item in items),
            "added_count": sum(item.phase in IS_THERE for item in items),
            "unsent_count": sum(item.phase in (WAITING, UPLOADING) for item in items),
        }
        shown, matching = window_of(items, self.group, self._shown_most)
        batch = self._batch_items()
        done = sum(item.is_at_rest for item in batch)
        self._pace = self._pace.at(done, time.monotonic())
        figures = {
            **counts,
            "hidden_count": matching - len(shown),
            "percent": sum(item.share for item in batch) // len(batch) if batch else 0,
            "left_s": self._pace.left_s(len(batch) - done),
            "files_per_minute": self._pace.files_per_minute,
        }
        for name, value in figures.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        if shown != list(self.items):
            self.items = shown
        if was_busy and not self.busy_count and not any(item.phase in (FAILED, UNSENT) for item in items):
            self.is_collapsed = True

    def _take_end(self) -> tuple[int, int] | None:
        """Return how many files of the batch are there and how many failed, once, when the last came to rest."""
        batch = self._batch_items()
        if not batch or any(not item.is_at_rest for item in batch):
            return None
        self._batch = ()
        failed = sum(item.group == "failed" for item in batch)
        return sum(item.phase in IS_THERE for item in batch), failed

    def _find(self, key: str) -> TrayItem | None:
        return self._by_key().get(key)

    def _by_key(self) -> dict[str, TrayItem]:
        return {item.key: item for item in self._all}

    def _batch_items(self) -> list[TrayItem]:
        known = self._by_key()
        return [known[key] for key in self._batch if key in known]

    def _unfinished_documents(self) -> list[str]:
        """Return documents worth a look: all that are being worked on, and by turns those that wait."""
        open_items = [item for item in self._all if item.document_id and not item.is_at_rest]
        worked_on = [item.document_id for item in open_items if item.phase != QUEUED]
        waiting = [item.document_id for item in open_items if item.phase == QUEUED]
        start = self._turn % max(1, len(waiting))
        self._turn = start + _LOOK_AT if start + _LOOK_AT < len(waiting) else 0
        return list(dict.fromkeys([*worked_on[:_LOOK_AT], *waiting[:10], *waiting[start : start + _LOOK_AT]]))

    def _settled_documents(self) -> list[str]:
        """Return documents whose rows say what became of them; they may have been deleted since."""
        settled = [item.document_id for item in self._all if item.document_id and item.is_at_rest]
        return list(dict.fromkeys(settled[-_LOOK_AT:]))

    def _forget(self, document_ids: Container[str]) -> None:
        """Take away the files of documents that were deleted."""
        if any(item.document_id in document_ids for item in self._all if item.document_id):
            self._put(item for item in self._all if not item.document_id or item.document_id not in document_ids)

    def _follow(self, views: Mapping[str, DocumentView], asked: Iterable[str] = ()) -> None:
        self._forget(set(asked) - views.keys())
        followed = tuple(_followed(item, views) for item in self._all)
        if followed != self._all:
            self._put(followed)


def _followed(item: TrayItem, views: Mapping[str, DocumentView]) -> TrayItem:
    view = views.get(item.document_id)
    if item.is_at_rest or view is None:
        return item
    return replace(
        item, phase=view.status.value, percent=view.progress, error_code=view.error.code if view.error else ""
    )
