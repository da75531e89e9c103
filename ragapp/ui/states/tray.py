"""The upload tray: what this tab has sent, from the first byte until it can be asked about. Survives navigation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import reflex as rx

from ragapp.core.lifecycle import DocumentStatus
from ragapp.services.views import DocumentView
from ragapp.ui.states.document_rows import FINISHED

MAX_ITEMS = 200

UPLOADING = "uploading"
WAITING = "waiting"
DUPLICATE = "duplicate"
CANCELLED = "cancelled"
FAILED = DocumentStatus.FAILED.value
_THERE = frozenset({DUPLICATE, DocumentStatus.READY.value})
_AT_REST = frozenset({DUPLICATE, CANCELLED, *(status.value for status in FINISHED)})


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

    @property
    def is_at_rest(self) -> bool:
        """Return whether nothing more will happen to this file by itself."""
        return self.phase in _AT_REST


class TrayState(rx.State):
    """The files of this tab, newest last."""

    items: list[TrayItem] = []
    busy_count: int = 0
    failed_count: int = 0
    added_count: int = 0
    is_collapsed: bool = False

    @rx.event
    def toggle(self) -> None:
        """Fold or unfold the list."""
        self.is_collapsed = not self.is_collapsed

    @rx.event
    def clear(self) -> None:
        """Take away every file that is at rest."""
        self._show(item for item in self.items if not item.is_at_rest)

    @rx.event
    def remove(self, key: str) -> None:
        """Take away one file; a document that was made of it stays."""
        self._show(item for item in self.items if item.key != key)

    def _show(self, items: Iterable[TrayItem]) -> None:
        was_busy = self.busy_count > 0
        self.items = list(items)[-MAX_ITEMS:]
        self.busy_count = sum(not item.is_at_rest for item in self.items)
        self.failed_count = sum(item.phase == FAILED for item in self.items)
        self.added_count = sum(item.phase in _THERE for item in self.items)
        if was_busy and self.added_count == len(self.items):
            self.is_collapsed = True

    def _change(self, key: str, **values: str | int) -> None:
        self._show(replace(item, **values) if item.key == key else item for item in self.items)  # type: ignore[arg-type]

    def _ensure(self, key: str, name: str) -> None:
        if self._find(key) is None:
            self._show([*self.items, TrayItem(key, name, 0)])

    def _find(self, key: str) -> TrayItem | None:
        return next((item for item in self.items if item.key == key), None)

    def _unfinished_documents(self) -> list[str]:
        return [item.document_id for item in self.items if item.document_id and not item.is_at_rest]

    def _follow(self, views: Mapping[str, DocumentView]) -> None:
        followed = [_followed(item, views) for item in self.items]
        if followed != list(self.items):
            self._show(followed)


def _followed(item: TrayItem, views: Mapping[str, DocumentView]) -> TrayItem:
    view = views.get(item.document_id)
    if view is None or item.is_at_rest:
        return item
    return replace(
        item, phase=view.status.value, percent=view.progress, error_code=view.error.code if view.error else ""
    )
