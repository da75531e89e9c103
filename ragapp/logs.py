"""Structured logs: one past-tense event name and fields; never question text, document text, tokens or passwords.

Everything this process writes to its log goes through here, other packages' messages too: what a visitor sends may be
in any of them, so each value has a length, no value can begin a line of its own, and no package can fill the disk.
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import structlog

from ragapp.core.pacing import LogBudget

MAX_VALUE_CHARACTERS = 2000
MAX_TRACEBACK_CHARACTERS = 8000
_MAX_KEY_CHARACTERS = 64
_MAX_FIELDS = 40
_LINES_PER_LOGGER = 60
_WINDOW_S = 60.0
_QUIET = ("engineio.server", "socketio.server")
"""They give themselves a handler unless they have a level."""
_PLAIN = (bool, int, float, type(None))

EventDict = MutableMapping[str, Any]


def configure_logs(level: str) -> None:
    """Send events as one JSON line each to standard error, or readable lines on a terminal."""
    is_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor
    renderer = structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    last: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, limit_fields]
    if is_terminal:
        last.append(escape_fields)
    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        processors=[*common, *last, renderer],
        # Looked up for each logger: whoever runs several of us in one process may replace standard error.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _take_over_other_loggers(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name, _add_left_out],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, renderer],
        )
    )


def limit_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Cut every value to its length. Of a traceback the end is kept, which says what happened."""
    for key in list(event)[_MAX_FIELDS:]:
        del event[key]
    for key, value in list(event.items()):
        if isinstance(value, _PLAIN):
            continue
        text = value if isinstance(value, str) else repr(value)
        most = MAX_TRACEBACK_CHARACTERS if key == "exception" else MAX_VALUE_CHARACTERS
        if len(text) > most:
            left_out = f"… {len(text) - most} characters …"
            event[key] = left_out + text[-most:] if key == "exception" else text[:most] + left_out
        if len(key) > _MAX_KEY_CHARACTERS:
            event[key[:_MAX_KEY_CHARACTERS]] = event.pop(key)
    return event


def escape_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    r"""Write what moves a terminal's cursor or turns its direction as \uXXXX; a traceback keeps its lines, indented."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            lines = value.split("\n") if key == "exception" else [value]
            event[key] = "\n    ".join(escape_text(line) for line in lines)
    return event


def escape_text(text: str) -> str:
    r"""Return text in which everything that is not printed is \uXXXX: line ends, controls, bidirectional marks."""
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text)


class _ForeignHandler(logging.StreamHandler[Any]):
    """Writes other packages' messages; each of their loggers gets so many lines a minute."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._budgets: dict[str, LogBudget] = {}

    def emit(self, record: logging.LogRecord) -> None:
        budget = self._budgets.setdefault(record.name, LogBudget(_LINES_PER_LOGGER, _WINDOW_S))
        left_out = budget.take()
        if left_out is None:
            return
        record.left_out_count = left_out
        self.stream = sys.stderr
        super().emit(record)


def _add_left_out(_logger: object, _method: str, event: EventDict) -> EventDict:
    left_out = getattr(event.get("_record"), "left_out_count", 0)
    if left_out:
        event["left_out_count"] = left_out
    return event


def _take_over_other_loggers(formatter: logging.Formatter) -> None:
    """Let everything that uses the standard library's logging, warnings and threads write through one handler."""
    handler = _ForeignHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if type(other) not in (logging.StreamHandler, _ForeignHandler)]
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for logger in list(root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.handlers:
            logger.handlers.clear()
            logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_failed_thread


def _log_failed_thread(failure: threading.ExceptHookArgs) -> None:
    thread = failure.thread.name if failure.thread else ""
    error = failure.exc_value or failure.exc_type()
    structlog.get_logger(__name__).error("thread.failed", thread=thread, exc_info=error)
