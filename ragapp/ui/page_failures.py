"""What browsers report about pages that broke: written down shortly and seldom, since anybody can report anything."""

import structlog

from ragapp.core.pacing import LogBudget

_LINES, _WINDOW_S = 20, 60.0
_log = structlog.get_logger(__name__)
_budget = LogBudget(_LINES, _WINDOW_S)


def report_page_failure(exception: Exception) -> None:
    """Write down one report of a browser."""
    left_out = _budget.take()
    if left_out is not None:
        _log.error("page.failed", error=str(exception), left_out_count=left_out)
