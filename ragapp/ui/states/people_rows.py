"""What the people page shows of members and invitations, as plain text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ragapp.core.scope import Role, is_at_least
from ragapp.services.tenancy.member_views import InvitationLink, InvitationView, InviteResult, MemberStatus, MemberView


@dataclass(frozen=True)
class MemberRow:
    """One member. Times are ISO 8601, "" for never; `is_above` says that their role is stronger than the reader's."""

    id: str = ""
    name: str = ""
    email: str = ""
    role: str = ""
    is_active: bool = True
    is_you: bool = False
    is_above: bool = False
    is_last_owner: bool = False
    has_second_factor: bool = False
    joined_at: str = ""
    last_seen_at: str = ""


@dataclass(frozen=True)
class InvitationRow:
    """One invitation."""

    id: str = ""
    email: str = ""
    role: str = ""
    status: str = ""
    invited_by: str = ""
    expires_at: str = ""


@dataclass(frozen=True)
class InvitedRow:
    """What became of one pasted line: a link, or the code of why there is none."""

    line: str = ""
    link: str = ""
    is_mailed: bool = False
    error_code: str = ""


def member_row(view: MemberView, reader: Role) -> MemberRow:
    """Return what is shown of a member to somebody with the role `reader`."""
    return MemberRow(
        id=view.id,
        name=view.name or view.email,
        email=view.email,
        role=view.role.value,
        is_active=view.status is MemberStatus.ACTIVE,
        is_you=view.is_you,
        is_above=not is_at_least(reader, view.role),
        has_second_factor=view.has_second_factor,
        joined_at=view.joined_at.isoformat(),
        last_seen_at=view.last_seen_at.isoformat() if view.last_seen_at else "",
    )


def with_last_owner(rows: Sequence[MemberRow], *, is_all: bool) -> list[MemberRow]:
    """Mark the one active owner, when the rows are everybody and there is one only."""
    owners = [row.id for row in rows if row.role == Role.OWNER and row.is_active]
    return [replace(row, is_last_owner=is_all and owners == [row.id]) for row in rows]


def invitation_row(view: InvitationView) -> InvitationRow:
    """Return what is shown of an invitation."""
    return InvitationRow(
        id=view.id,
        email=view.email,
        role=view.role.value,
        status=view.status.value,
        invited_by=view.invited_by,
        expires_at=view.expires_at.isoformat(),
    )


def invited_row(result: InviteResult) -> InvitedRow:
    """Return what is shown of one line's result."""
    return (
        _linked(result.line, result.invited)
        if result.invited
        else InvitedRow(result.line, "", False, result.error_code)
    )


def _linked(line: str, invited: InvitationLink) -> InvitedRow:
    return InvitedRow(line, invited.link, invited.is_mailed)
