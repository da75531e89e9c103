"""What the audit page shows of an event, as plain text."""

from dataclasses import dataclass, field


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
