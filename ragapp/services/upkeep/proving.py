"""Verification of a live system: done by the process that owns the indexes, while everybody goes on working."""

import asyncio
import json
from dataclasses import replace

from ragapp.core.ids import TaskId, TenantId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import TaskKind, TaskStatus
from ragapp.core.scope import TenantScope
from ragapp.services.signals import WorkSignals
from ragapp.services.upkeep.findings import Finding, Report
from ragapp.services.upkeep.verification import Verification
from ragapp.store.store import Store

_DEEP, _QUICK = "deep", "quick"
_ATTEMPTS = 3
_LOOKS = 3
_MESSAGE_CHARACTERS = 500
_MOST_KINDS = 8


class Proving:
    """Runs VERIFY tasks. Whoever queued one, a command beside the running app, reads the report from its message.

    Args:
        pause_s: Between two looks. Work that goes on makes parts disagree for a moment: what counts is seen each time.
    """

    def __init__(
        self, store: Store, verification: Verification, signals: WorkSignals, *, pause_s: float = 2.0
    ) -> None:
        self._store = store
        self._verification = verification
        self._signals = signals
        self._pause_s = pause_s

    async def queue(self, scope: TenantScope, *, deep: bool) -> TaskId:
        """Have a tenant verified, as soon as somebody works off the queue; return the task."""
        async with self._store.begin(scope) as tx:
            subject = _DEEP if deep else _QUICK
            task = await tx.tasks.ensure(TaskKind.VERIFY, subject=subject, max_attempts=_ATTEMPTS)
        self._signals.work_added()
        return TaskId(task.id)

    async def withdraw(self, scope: TenantScope, task_id: TaskId) -> None:
        """Take back a task that nobody works on."""
        async with self._store.begin(scope) as tx:
            await tx.tasks.cancel(task_id)

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Verify and end the task with the report.

        Raises:
            LeaseLost: another run owns the task.
        """
        report = await self._look(scope, deep=lease.subject == _DEEP)
        async with self._store.begin(scope) as tx:
            await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message=pack_report(report))
        self._signals.task_changed(lease.task_id)

    async def _look(self, scope: TenantScope, *, deep: bool) -> Report:
        report = await self._verification.verify(scope, deep=deep)
        for _ in range(_LOOKS - 1):
            if report.is_clean:
                break
            await asyncio.sleep(self._pause_s)
            again = await self._verification.verify(scope, deep=deep)
            report = replace(again, findings=_seen_in_both(report.findings, again.findings))
        return report


def pack_report(report: Report) -> str:
    """Return a report as a task's message: every kind of finding with its first ids and how many more there are."""
    for shown in (8, 4, 2, 1, 0):
        findings = {kind.value: _first(ids, shown) for kind, ids in list(report.findings.items())[:_MOST_KINDS]}
        text = json.dumps([report.document_count, report.chunk_count, findings], separators=(",", ":"))
        if len(text) <= _MESSAGE_CHARACTERS:
            break
    return text


def unpack_report(tenant_id: TenantId, message: str) -> Report:
    """Return the report that a task ended with."""
    document_count, chunk_count, findings = json.loads(message)
    return Report(tenant_id, document_count, chunk_count, {Finding(kind): tuple(ids) for kind, ids in findings.items()})


def _first(ids: tuple[str, ...], shown: int) -> list[str]:
    return [*ids[:shown], f"{len(ids) - shown} more"] if len(ids) > shown else list(ids)


def _seen_in_both(
    before: dict[Finding, tuple[str, ...]], now: dict[Finding, tuple[str, ...]]
) -> dict[Finding, tuple[str, ...]]:
    both = {kind: tuple(one for one in ids if one in before.get(kind, ())) for kind, ids in now.items()}
    return {kind: ids for kind, ids in both.items() if ids}
