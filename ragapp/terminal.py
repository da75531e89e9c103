"""What commands show in a terminal: progress on stderr, results on stdout."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from ragapp.core.errors import ConfigurationError, RagAppError, Unavailable
from ragapp.core.events import AnswerDone, AnswerFailed, TextDelta
from ragapp.core.evidence import Source
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import TenantScope
from ragapp.services.library.file_streams import stream_file
from ragapp.services.registry import Services
from ragapp.services.upkeep.findings import Report as TenantReport
from ragapp.services.upkeep.proving import unpack_report
from ragapp.services.upkeep.verification import Verification
from ragapp.services.views import QueryRequest, TaskView, UploadResult

if TYPE_CHECKING:
    from ragapp.bootstrap import Application


_BEGUN_WITHIN_S = 60.0
_NOBODY_WORKS = (
    "The data folder is in use by another ragapp, which does not work off its queue. Stop it, or set RAGAPP_DATA_DIR."
)


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that was not added, and why."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the files."""

    added_count: int
    duplicate_count: int
    failed: tuple[FailedFile, ...]


def files_below(paths: Sequence[Path]) -> list[Path]:
    """Return the files among `paths` and everything in the folders among them, hidden files left out, in order."""
    return [file for path in paths for file in (_files_in(path) if path.is_dir() else [path])]


def _files_in(folder: Path) -> list[Path]:
    below = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in below if not any(part.startswith(".") for part in path.relative_to(folder).parts))


async def add_files(services: Services, scope: TenantScope, files: Sequence[Path]) -> IngestReport:
    """Upload every file, then wait until each can be searched or has failed."""
    failed: list[FailedFile] = []
    accepted: list[tuple[Path, UploadResult]] = []
    with progress_bars() as show:
        for number, file in enumerate(files, start=1):
            try:
                accepted.append((file, await services.documents.upload(scope, stream_file(file), filename=file.name)))
            except RagAppError as error:
                failed.append(FailedFile(str(file), error.code, error.user_message))
            show("uploaded", number, len(files))
        for number, (file, upload) in enumerate(accepted, start=1):
            failed += await _failure_of(services, scope, file, upload)
            show("indexed", number, len(accepted))
    duplicate_count = sum(upload.duplicate for _, upload in accepted)
    return IngestReport(len(files) - duplicate_count - len(failed), duplicate_count, tuple(failed))


async def _failure_of(services: Services, scope: TenantScope, file: Path, upload: UploadResult) -> list[FailedFile]:
    """Wait for the end of a file's task; return its failure, if it failed."""
    if upload.task_id is None:
        return []
    last = [task async for task in services.tasks.follow(scope, upload.task_id)][-1]
    if last.status is TaskStatus.COMPLETED:
        return []
    code, message = (last.error.code, last.error.message) if last.error else (last.status.value, last.message)
    return [FailedFile(str(file), code, message)]


async def follow_rebuilds(services: Services, verification: Verification) -> list[TaskView]:
    """Queue the rebuild of every index and show how far it is, until the last one has ended; return how they ended."""
    ended: list[TaskView] = []
    with progress_bars() as show:
        for tenant_id in await services.access.tenant_ids():
            scope = await services.access.scope_for_maintenance(tenant_id)
            for task_id in await verification.rebuild(scope):
                async for task in services.tasks.follow(scope, task_id):
                    show(f"index {len(ended) + 1}", task.progress, 100)
                ended.append(task)
    return ended


async def verify_live(application: "Application", scope: TenantScope, *, deep: bool) -> TenantReport:
    """Have the process that owns the data verify a tenant; return its report.

    Raises:
        ConfigurationError: it does not work on it. Unavailable: it could not be done.
    """
    tasks, proving = application.services.tasks, application.proving
    task_id = await proving.queue(scope, deep=deep)
    try:
        async with asyncio.timeout(_BEGUN_WITHIN_S) as begin:
            async for last in tasks.follow(scope, task_id):
                if last.status is not TaskStatus.QUEUED:
                    begin.reschedule(None)
    except TimeoutError as error:
        await proving.withdraw(scope, task_id)
        raise ConfigurationError(_NOBODY_WORKS) from error
    if last.status is not TaskStatus.COMPLETED:
        raise Unavailable(last.error.message if last.error else last.message)
    return unpack_report(scope.tenant_id, last.message)


async def print_answer(services: Services, scope: TenantScope, question: str, *, as_json: bool) -> bool:
    """Print an answer while it is being written, then its sources; with `as_json` one object at the end.

    Returns:
        Whether there is an answer; a failure is printed on stderr.
    """
    started = perf_counter()
    async for event in services.answers.stream(scope, QueryRequest(text=question)):
        if isinstance(event, TextDelta) and not as_json:
            sys.stdout.write(event.text)
            sys.stdout.flush()
        if isinstance(event, AnswerDone):
            _print_end(event, perf_counter() - started, as_json=as_json)
            return True
        if isinstance(event, AnswerFailed):
            sys.stderr.write(f"{event.message} [{event.code}]\n")
    return False


def _print_end(done: AnswerDone, elapsed_s: float, *, as_json: bool) -> None:
    if as_json:
        from ragapp.api.rendering import query_answer

        print_json(query_answer(done, elapsed_s))
        return
    lines = [f"[{source.n}] {source.passage.document_title}{_place(source)}" for source in done.summary.sources]
    if done.summary.unsupported:
        lines.append(f"not in the sources: {', '.join(claim.text for claim in done.summary.unsupported)}")
    sys.stdout.write("\n".join(["", "", *lines, f"confidence {done.summary.confidence:.2f} · {elapsed_s:.1f} s", ""]))


def _place(source: Source) -> str:
    page = f", p. {source.passage.page}" if source.passage.page else ""
    return f"{page}: “{source.quote}”"


def print_json(value: object) -> None:
    """Print a value as JSON, dataclasses included."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, option=options).decode() + "\n")


def print_findings(reports: Sequence[TenantReport]) -> None:
    """Print what was checked in each tenant and what does not agree."""
    for report in reports:
        state = "in order" if report.is_clean else "not in order"
        counts = f"{report.document_count} documents, {report.chunk_count} passages"
        sys.stdout.write(f"{report.tenant_id}: {counts}, {state}\n")
        for finding, ids in report.findings.items():
            sys.stdout.write(f"  {finding}: {', '.join(ids)}\n")


def print_report(report: dict[str, dict[str, float]]) -> None:
    """Print a row for each group of questions: how many, what was found, what was shown, what was refused."""
    columns = {measure: name for measure, name in _MEASURES.items() if any(measure in row for row in report.values())}
    table = Table("questions", *(Column(name, justify="right") for name in columns.values()), box=SIMPLE)
    for group, measured in report.items():
        table.add_row(group, *(_as_text(measure, measured.get(measure)) for measure in columns))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


_MEASURES = {
    "questions": "n",
    "hit@1": "hit@1",
    "hit@5": "hit@5",
    "mrr@10": "MRR",
    "answer_in_top_5": "in top 5",
    "answer_shown": "shown",
    "f1": "F1",
    "refusal_precision": "refusal P",
    "refusal_recall": "R",
    "refusal_f1": "F1",
    "wrongly_refused": "wrongly refused",
    "calibration_error": "ECE",
    "search_ms_p50": "search ms",
    "answer_ms_p50": "answer ms",
}
"""What the table of an evaluation shows, in its order; JSON has everything."""


def _as_text(measure: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if measure == "questions" else f"{value:.1f}" if "_ms_" in measure else f"{value:.3f}"


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows `stage`, `done` of `total` as one bar per stage."""
    columns = (TextColumn("{task.description}"), *Progress.get_default_columns()[1:3], MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        bars: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=total)
            progress.update(bars[stage], completed=done)

        yield show
