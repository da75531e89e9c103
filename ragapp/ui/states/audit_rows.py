"""What the audit page shows of an event, as plain text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ragapp.services.oversight.oversight_views import AuditEventView


@dataclass(frozen=True)
class AuditRow:
    """One event. `actor`, `target` and `recipient` are names, "" where there is none; `at` is ISO 8601.

    `reach` says with whom a chat is shared or not any more: "person", "everybody" in the organisation, or "" for all.
    """

    id: str = ""
    at: str = ""
    actor: str = ""
    actor_id: str = ""
    action: str = ""
    target: str = ""
    target_kind: str = ""
    target_id: str = ""
    recipient: str = ""
    reach: str = ""
    count: int = 0
    origin: str = ""
    details: dict[str, str] = field(default_factory=dict)


def audit_row(view: AuditEventView) -> AuditRow:
    """Return what is shown of an event."""
    return AuditRow(
        id=str(view.sequence),
        at=view.at.isoformat(),
        actor=view.actor_name,
        actor_id=view.actor_id,
        action=view.action,
        target=view.target_name,
        target_kind=view.target_kind,
        target_id=view.target_id,
        recipient=view.recipient_name,
        reach=_reach(view.details),
        count=int(view.details.get("count") or 0),
        origin=view.origin,
        details=_as_text(view.details),
    )


def _reach(details: Mapping[str, object]) -> str:
    if "user_id" not in details:
        return ""
    return "person" if details["user_id"] else "everybody"


def _as_text(details: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in details.items()}
