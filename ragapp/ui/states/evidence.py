"""The evidence panel: one citation of one answer, in context."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.evidence import source_url
from ragapp.core.ids import MessageId
from ragapp.services.registry import current
from ragapp.services.views import EvidenceView
from ragapp.ui.session import current_scope

_CONTEXT_CHARACTERS = 360


@dataclass
class EvidenceLine:
    """A row of the cited table."""

    cells: list[str]
    is_quoted: bool


class EvidenceState(rx.State):
    """Which citation is open and what its document says there."""

    message_id: str = ""
    n: int = 0
    numbers: list[int] = []
    loading: bool = False
    error_code: str = ""
    document_title: str = ""
    heading: str = ""
    page: int = 0
    page_count: int = 0
    picture_url: str = ""
    document_url: str = ""
    before: str = ""
    lead: str = ""
    quote: str = ""
    trail: str = ""
    after: str = ""
    columns: list[str] = []
    rows: list[EvidenceLine] = []

    @rx.event
    async def show(self, message_id: str, n: int, numbers: list[int]) -> EventSpec | None:
        """Open a citation; `numbers` are the citations one can step through from here."""
        self._begin(message_id, n, [number for number in numbers if isinstance(number, int)][:99])
        return EvidenceState.load()

    @rx.event
    async def load(self) -> None:
        """Read the passage of the open citation."""
        scope = await current_scope(self)
        try:
            view = await current().chats.evidence(scope, MessageId(self.message_id), self.n)
        except RagAppError as error:
            self.loading, self.error_code = False, error.code
            return
        self._fill(view)

    @rx.event
    async def step(self, by: int) -> EventSpec | None:
        """Go to the next or the previous citation of the same answer."""
        if self.n not in self.numbers:
            return None
        target = self.numbers.index(self.n) + (1 if by > 0 else -1)
        if not 0 <= target < len(self.numbers):
            return None
        self._begin(self.message_id, self.numbers[target], self.numbers)
        return EvidenceState.load()

    @rx.event
    def close(self) -> None:
        """Put the panel away."""
        self._close()

    def _begin(self, message_id: str, n: int, numbers: list[int]) -> None:
        self.message_id, self.n, self.numbers = message_id, n, numbers
        self.loading, self.error_code, self.picture_url = True, "", ""

    def _close(self) -> None:
        self.message_id, self.n, self.numbers, self.picture_url = "", 0, [], ""

    def _fill(self, view: EvidenceView) -> None:
        start, end = view.quote_start - view.start, view.quote_end - view.start
        self.loading = False
        self.document_title, self.heading = view.document_title, view.heading
        self.page, self.page_count = view.page or 0, view.page_count or 0
        self.picture_url = picture_url(view)
        self.document_url = source_url(
            view.document_id, view.page, view.quote_start, view.quote_end, view.version
        )
        self.before, self.after = context_before(view.before), context_after(view.after)
        self.lead, self.quote, self.trail = (
            view.passage_text[:start],
            view.passage_text[start:end],
            view.passage_text[end:],
        )
        self._fill_table(view)

    def _fill_table(self, view: EvidenceView) -> None:
        """Show rows under the names of their columns; of the text around only what is not of the same table."""
        table = view.table
        self.columns = list(table.columns) if table else []
        self.rows = [EvidenceLine(list(row.cells), row.is_quoted) for row in table.rows] if table else []
        if table is None:
            return
        is_first, has_next = table.rows_start > 0, view.after.startswith("\n") and not view.after.startswith("\n\n")
        caption = view.passage_text[: table.rows_start].rpartition("\n\n")[0]
        self.before = self.before if is_first else ""
        self.lead = caption.rstrip() if is_first else ""
        self.quote = self.trail = ""
        self.after = "" if has_next else self.after.lstrip("\n")


def context_before(text: str) -> str:
    """Return the end of what stands before a passage, from the beginning of a word."""
    if len(text) <= _CONTEXT_CHARACTERS:
        return text.lstrip()
    return "… " + text[-_CONTEXT_CHARACTERS:].partition(" ")[2]


def context_after(text: str) -> str:
    """Return the beginning of what stands after a passage, to the end of a word."""
    if len(text) <= _CONTEXT_CHARACTERS:
        return text.rstrip()
    return text[:_CONTEXT_CHARACTERS].rpartition(" ")[0] + " …"


def picture_url(view: EvidenceView) -> str:
    """Return the address of the page picture with the quote marked, "" for formats that have no pictures."""
    if view.page is None or view.content_type != "application/pdf":
        return ""
    mark = f"{view.quote_start}-{view.quote_end}"
    return f"/api/v1/documents/{view.document_id}/pages/{view.page}.png?highlight={mark}&version={view.version}"
