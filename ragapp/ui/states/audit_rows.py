"""What the audit page shows of an event, as plain text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ragapp.services.oversight.oversight_views import AuditEventView


@dataclass(frozen=True)
class AuditRow:
    """One event. `actor` and `target` are names, "" for who or what is not here any more; `at` is ISO 8601."""

    id: str = ""
    at: str = ""
    actor: str = ""
    action: str = ""
    target: str = ""
    target_id: str = ""
    origin: str = ""
    details: dict[str, str] = field(default_factory=dict)


def audit_row(view: AuditEventView) -> AuditRow:
    """Return what is shown of an event."""
    return AuditRow(
        id=str(view.sequence),
        at=view.at.isoformat(),
        actor=view.actor_name,
        action=view.action,
        target=view.target_name,
        target_id=view.target_id,
        origin=view.origin,
        details=_as_text(view.details),
    )


def _as_text(details: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in details.items()}
