"""Whatever is logged, by whomever: one line of bounded length, and nothing in it begins a line of its own."""

import json
import logging
import subprocess
import sys
import threading
from functools import partial

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ragapp import logs
from ragapp.core.pacing import LogBudget
from ragapp.logs import MAX_TRACEBACK_CHARACTERS, MAX_VALUE_CHARACTERS, escape_fields, escape_text, limit_fields
from tests.e2e.processes import ROOT, clean_environment

EVIL = 'x\n{"event": "user.signed_in", "user_id": "forged"}\r\u2028\u202egnidaer\x1b[2J'
WRITERS = """
import asyncio, logging, sys, threading, warnings
import engineio, socketio, structlog
for name in ("uvicorn", "uvicorn.error", "reflex", "engineio.server", "some.package"):
    logging.getLogger(name).addHandler(logging.StreamHandler())
from ragapp.logs import configure_logs
configure_logs("info")
socketio.AsyncServer(async_mode="asgi")
configure_logs("info")
evil = %r
def fail():
    raise ValueError(evil * 5000)
for name in ("uvicorn.error", "reflex", "engineio.server", "socketio.server", "some.package", "asyncio"):
    logging.getLogger(name).error("said " + evil * 5000)
    try:
        fail()
    except ValueError:
        logging.getLogger(name).exception("failed")
warnings.warn(evil * 5000)
thread = threading.Thread(target=fail); thread.start(); thread.join()
async def main():
    task = asyncio.create_task(asyncio.to_thread(fail)); await asyncio.wait([task]); del task
    asyncio.get_running_loop().call_exception_handler({"message": evil * 5000})
asyncio.run(main())
structlog.get_logger().warning("thing.happened", value=evil * 5000, values=[evil] * 5000, **{"key" * 500: 1})
for number in range(5000):
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
"""


def test_every_logger_writes_bounded_lines_that_cannot_be_forged() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITERS % EVIL],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    lines = done.stderr.decode().splitlines()
    assert not done.stdout
    entries = [json.loads(line) for line in lines]
    assert max(map(len, lines)) < 20 * MAX_TRACEBACK_CHARACTERS
    assert len(done.stderr) < 1_500_000
    assert not [entry for entry in entries if entry["event"] == "user.signed_in"]
    assert all(max(map(len, map(str, entry.values()))) <= MAX_TRACEBACK_CHARACTERS + 40 for entry in entries)
    loggers = {entry.get("logger") for entry in entries}
    assert {"uvicorn.error", "reflex", "engineio.server", "socketio.server", "some.package", "asyncio"} <= loggers
    assert {"py.warnings", None} <= loggers
    assert sum(entry.get("logger") == "uvicorn.error" for entry in entries) <= 60
    assert any(entry["event"] == "thread.failed" for entry in entries)


def test_the_end_of_a_traceback_is_kept_and_the_beginning_of_everything_else() -> None:
    event = limit_fields(None, "error", {"exception": "a" * 9000 + "the reason", "value": "b" * 9000, "count": 10**30})
    assert event["exception"].endswith("the reason")
    assert event["value"].startswith("b" * MAX_VALUE_CHARACTERS)
    assert event["count"] == 10**30


@given(st.text())
def test_on_a_terminal_nothing_moves_the_cursor(text: str) -> None:
    assert escape_text(text).isprintable()
    event = escape_fields(None, "error", {"value": text, "exception": text})
    assert event["value"].isprintable()
    assert all(line.isprintable() for line in event["exception"].split("\n"))
    assert all(line.startswith("    ") for line in event["exception"].split("\n")[1:])


def test_what_is_left_out_is_told_when_the_next_line_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, kept, hook = structlog.get_config(), logging.getLogger().handlers[:], threading.excepthook
    passed_s = 0.0
    monkeypatch.setattr(logs, "LogBudget", partial(LogBudget, now=lambda: passed_s))
    try:
        logs.configure_logs("info")
        logger = logging.getLogger("tests.flood")
        for _ in range(100):
            logger.error("again")
        passed_s = logs._WINDOW_S
        logger.error("later")
    finally:
        structlog.configure(**before)
        logging.getLogger().handlers[:] = kept
        threading.excepthook = hook
        logging.captureWarnings(capture=False)
    entries = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(entries) == 61
    assert entries[-1]["left_out_count"] == 40
