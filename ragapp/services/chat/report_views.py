"""What reports of missing answers look like."""

from dataclasses import dataclass
from datetime import datetime

from ragapp.core.ids import MessageId, ReportId


@dataclass(frozen=True, slots=True)
class MissingReportView:
    """A question that somebody told the admins is not answered by the documents."""

    id: ReportId
    message_id: MessageId
    question: str
    reported_by: str
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    is_taken_over: bool = False
    """Whether it is a test question now."""
