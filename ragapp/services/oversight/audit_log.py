"""The audit log as administrators read it: filtered, exported, checked."""

import json
from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum

from ragapp.core.audit import NAME_DETAIL, AuditAction
from ragapp.core.errors import InvalidInput
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, PlatformScope, TenantScope, require, require_recent
from ragapp.models import AuditEvent
from ragapp.services.csv_rows import csv_line
from ragapp.services.oversight.audit_chain import CheckpointSigner, check_chain
from ragapp.services.oversight.oversight_views import AuditEventView, AuditFilter, ChainView
from ragapp.services.paging import page_limit
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.rule_views import Operation
from ragapp.services.views import Page
from ragapp.store.audit import AuditRepository
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store, TenantTransaction

_EXPORT_AT_ONCE = 200
_EVERYTHING = AuditFilter()
_CSV_HEAD = (
    "sequence", "at", "action", "actor_id", "actor", "origin", "target_kind", "target_id", "target", "recipient",
    "details",
)  # fmt: skip


class ExportFormat(StrEnum):
    """How the log is exported."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class AuditLogService:
    """Reads chains of events: a tenant's own, and for the operator the platform's."""

    def __init__(self, store: Store, clock: Clock, signer: CheckpointSigner, limits: LimitService) -> None:
        self._store = store
        self._clock = clock
        self._signer = signer
        self._limits = limits

    async def list(
        self, scope: TenantScope, wanted: AuditFilter = _EVERYTHING, *, limit: int = 50, cursor: str | None = None
    ) -> Page[AuditEventView]:
        """Return one page of events, newest first.

        Raises:
            PermissionDenied: no right to read the log. InvalidInput: an unknown action, limit or cursor.
        """
        require(scope, Permission.READ_AUDIT)
        async with self._store.read(scope) as tx:
            rows, next_cursor = await _read_page(tx.audit, wanted, limit, cursor)
            return Page(await _views(tx, rows), next_cursor)

    async def export(
        self, scope: TenantScope, wanted: AuditFilter = _EVERYTHING, *, kind: ExportFormat = ExportFormat.CSV
    ) -> AsyncGenerator[bytes]:
        """Yield events, newest first. That somebody exported them is an event too, written before the first byte.

        Raises:
            PermissionDenied: no right to read the log. ReauthenticationRequired: the person must prove who they are.
            InvalidInput: an unknown action. RateLimited: too many exports.
        """
        require(scope, Permission.READ_AUDIT)
        require_recent(scope, self._clock.now())
        _ensure_known(wanted)
        await self._limits.admit(scope, Operation.EXPORT)
        async with self._store.begin(scope) as tx:
            await tx.audit.record(AuditAction.AUDIT_EXPORTED, details={"format": kind.value})
        if kind is ExportFormat.CSV:
            yield csv_line(_CSV_HEAD)
        before = None
        while True:
            async with self._store.read(scope) as tx:
                rows = await _read(tx.audit, wanted, limit=_EXPORT_AT_ONCE, before=before)
                views = await _views(tx, rows)
            if not rows:
                return
            yield b"".join(_line(view, kind) for view in views)
            before = rows[-1].sequence

    async def verify(self, scope: TenantScope, *, checkpoint: str = "") -> ChainView:
        """Check the tenant's whole chain, and whether it still holds what a kept checkpoint says.

        Raises:
            PermissionDenied: no right to read the log. InvalidInput: not a checkpoint of this log.
        """
        require(scope, Permission.READ_AUDIT)
        async with self._store.read(scope) as tx:
            return await self._verify(tx.audit, scope.tenant_id, checkpoint)

    async def list_platform(
        self, scope: PlatformScope, wanted: AuditFilter = _EVERYTHING, *, limit: int = 50, cursor: str | None = None
    ) -> Page[AuditEventView]:
        """Return one page of the platform's own events, newest first.

        Raises:
            InvalidInput: an unknown action, limit or cursor.
        """
        async with self._store.read_platform(scope) as tx:
            rows, next_cursor = await _read_page(tx.audit(), wanted, limit, cursor)
            return Page(await _platform_views(tx, rows), next_cursor)

    async def verify_platform(self, scope: PlatformScope, *, checkpoint: str = "") -> ChainView:
        """Check the platform's chain; see `verify`."""
        async with self._store.read_platform(scope) as tx:
            return await self._verify(tx.audit(), "platform", checkpoint)

    async def _verify(self, audit: AuditRepository, tenant_id: str, kept: str) -> ChainView:
        earlier = self._signer.read(tenant_id, kept) if kept.strip() else None
        found: dict[int, str] = {}

        def note(sequence: int, sealed: str) -> None:
            if earlier is not None and sequence == earlier.sequence:
                found[sequence] = sealed

        chain = await check_chain(audit, visit=note)
        checkpoint = self._signer.sign(tenant_id, chain.last_sequence, chain.last_hash, self._clock.now())
        matches = None if earlier is None else earlier.sequence == 0 or found.get(earlier.sequence) == earlier.hash
        return ChainView(chain.event_count, chain.broken_at, checkpoint, matches)


async def _read_page(
    audit: AuditRepository, wanted: AuditFilter, limit: int, cursor: str | None
) -> tuple[Sequence[AuditEvent], str | None]:
    limit = page_limit(limit)
    _ensure_known(wanted)
    rows = await _read(audit, wanted, limit=limit + 1, before=_sequence_of(cursor))
    return rows[:limit], str(rows[limit - 1].sequence) if len(rows) > limit else None


async def _read(
    audit: AuditRepository, wanted: AuditFilter, *, limit: int, before: int | None
) -> Sequence[AuditEvent]:
    return await audit.list_events(
        limit=limit,
        before=before,
        actions=wanted.actions,
        actor_id=wanted.actor_id,
        since=wanted.since,
        until=wanted.until,
    )


def _ensure_known(wanted: AuditFilter) -> None:
    unknown = set(wanted.actions) - set(AuditAction)
    if unknown:
        raise InvalidInput("There is no such action.", details={"field": "action"})


def _sequence_of(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 15):
        raise InvalidInput("The cursor is not valid. Start again from the first page.", details={"field": "cursor"})
    return int(cursor)


async def _views(tx: TenantTransaction, rows: Sequence[AuditEvent]) -> tuple[AuditEventView, ...]:
    people = await tx.members.names_of(_people_in(rows))
    bases = await tx.knowledge_bases.list_all() if _targets(rows, "knowledge_base") else ()
    targets: dict[str, dict[str, str]] = {
        "knowledge_base": {base.id: base.name for base in bases},
        "api_key": await tx.api_keys.names_of(_targets(rows, "api_key")),
        "invitation": await tx.invitations.addresses_of(_targets(rows, "invitation")),
        "provider": await _provider_names(tx, rows),
    }
    return tuple(_view(row, people, targets.get(row.target_kind, people)) for row in rows)


async def _provider_names(tx: TenantTransaction, rows: Sequence[AuditEvent]) -> dict[str, str]:
    if not _targets(rows, "provider"):
        return {}
    return {provider.id: provider.name for provider in await tx.providers.list_all()}


async def _platform_views(tx: PlatformTransaction, rows: Sequence[AuditEvent]) -> tuple[AuditEventView, ...]:
    found = {user_id: await tx.tenants.get_user(user_id) for user_id in set(_people_in(rows))}
    people = {user_id: user.name for user_id, user in found.items() if user is not None}
    return tuple(_view(row, people, people) for row in rows)


def _people_in(rows: Sequence[AuditEvent]) -> list[str]:
    recipients = [recipient for row in rows if (recipient := _recipient_of(row))]
    return [row.actor_id for row in rows if row.actor_id] + _targets(rows, "user") + recipients


def _recipient_of(row: AuditEvent) -> str:
    return str(row.details.get("user_id") or "") if row.target_kind == "chat" else ""


def _targets(rows: Sequence[AuditEvent], kind: str) -> list[str]:
    return [row.target_id for row in rows if row.target_kind == kind]


def _view(row: AuditEvent, people: dict[str, str], targets: dict[str, str]) -> AuditEventView:
    return AuditEventView(
        sequence=row.sequence,
        at=row.at,
        action=row.action,
        origin=row.origin,
        actor_id=row.actor_id,
        actor_name=people.get(row.actor_id, ""),
        target_kind=row.target_kind,
        target_id=row.target_id,
        target_name=row.details.get(NAME_DETAIL) or targets.get(row.target_id, ""),
        recipient_name=people.get(_recipient_of(row), ""),
        details={name: value for name, value in row.details.items() if name != NAME_DETAIL},
    )


def _line(view: AuditEventView, kind: ExportFormat) -> bytes:
    values: dict[str, str | int] = {
        "sequence": view.sequence,
        "at": view.at.isoformat(),
        "action": view.action,
        "actor_id": view.actor_id,
        "actor": view.actor_name,
        "origin": view.origin,
        "target_kind": view.target_kind,
        "target_id": view.target_id,
        "target": view.target_name,
        "recipient": view.recipient_name,
    }
    if kind is ExportFormat.JSON_LINES:
        return json.dumps({**values, "details": dict(view.details)}, ensure_ascii=False).encode() + b"\n"
    return csv_line((*values.values(), json.dumps(dict(view.details), ensure_ascii=False, sort_keys=True)))
