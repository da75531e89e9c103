"""Whether a chain of audit events is what was sealed, and where it ended when somebody last looked."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ragapp.core.errors import InvalidInput
from ragapp.services.oversight.oversight_views import Checkpoint
from ragapp.store.audit import FIRST_HASH, AuditRepository

CHECKPOINT_PURPOSE = "audit-checkpoint"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CheckedChain:
    """What was found: `broken_at` is the first sequence number that is not as sealed; `last_hash` is of the last."""

    event_count: int
    last_sequence: int
    last_hash: str
    broken_at: int | None


async def check_chain(
    audit: AuditRepository, *, visit: Callable[[int, str], None] = lambda _sequence, _hash: None
) -> CheckedChain:
    """Read a chain from its first event. A changed, missing, inserted or reordered event breaks it where it is.

    Events cut off at the end leave no trace in the chain itself: a checkpoint kept elsewhere shows that.

    Args:
        audit: The chain.
        visit: Told every sequence number with its hash.
    """
    count, sequence, last_hash, broken_at = 0, 0, FIRST_HASH, None
    while events := await audit.list_chain(after=sequence, limit=_AT_ONCE):
        for event in events:
            is_next = event.sequence == sequence + 1 and audit.is_sealed(event, last_hash)
            if not is_next and broken_at is None:
                broken_at = sequence + 1
            count, sequence, last_hash = count + 1, event.sequence, event.hash
            visit(sequence, last_hash)
    return CheckedChain(count, sequence, last_hash, broken_at)


class CheckpointSigner:
    """Signs where chains end, so that a checkpoint cannot be made up afterwards."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, tenant_id: str, sequence: int, last_hash: str, at: datetime) -> Checkpoint:
        """Return a checkpoint."""
        return Checkpoint(sequence, last_hash, at, self._signature(tenant_id, sequence, last_hash, at))

    def read(self, tenant_id: str, text: str) -> Checkpoint:
        """Return a checkpoint that was kept as text.

        Raises:
            InvalidInput: it is none of this chain's, or was changed.
        """
        try:
            number, last_hash, rest = text.strip().split(":", 2)
            moment, signature = rest.rsplit(":", 1)
            sequence, at = int(number), datetime.fromisoformat(moment)
        except ValueError as error:
            raise InvalidInput(_NOT_OURS, details={"field": "checkpoint"}) from error
        if not hmac.compare_digest(signature.encode(), self._signature(tenant_id, sequence, last_hash, at).encode()):
            raise InvalidInput(_NOT_OURS, details={"field": "checkpoint"})
        return Checkpoint(sequence, last_hash, at, signature)

    def _signature(self, tenant_id: str, sequence: int, last_hash: str, at: datetime) -> str:
        message = "|".join((tenant_id, str(sequence), last_hash, at.isoformat()))
        return hmac.new(self._key, message.encode(), sha256).hexdigest()


_NOT_OURS = "This is not a checkpoint of this audit log, or it was changed. Copy the whole line."
