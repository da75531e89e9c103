"""In what ways rows, bytes and indexes can disagree, and the report about one tenant."""

from dataclasses import dataclass, field
from enum import StrEnum

from ragapp.core.ids import TenantId


class Finding(StrEnum):
    """One way in which the parts of a tenant can disagree."""

    WORK_WITHOUT_TASK = "work_without_task"
    DELETION_WITHOUT_TASK = "deletion_without_task"
    CHUNKS_NOT_IN_SEQUENCE = "chunks_not_in_sequence"
    CHUNK_COUNT_WRONG = "chunk_count_wrong"
    PASSAGE_DIFFERS = "passage_differs"
    VECTOR_MISSING = "vector_missing"
    VECTOR_UNUSABLE = "vector_unusable"
    BYTES_MISSING = "bytes_missing"
    BYTES_ORPHANED = "bytes_orphaned"
    BYTES_DIFFER = "bytes_differ"
    INDEX_ENTRY_MISSING = "index_entry_missing"
    INDEX_ENTRY_ORPHANED = "index_entry_orphaned"
    INDEX_ENTRY_DIFFERS = "index_entry_differs"
    COLLECTION_ORPHANED = "collection_orphaned"
    LEASE_EXPIRED = "lease_expired"
    ATTEMPTS_EXCEEDED = "attempts_exceeded"
    TOTALS_WRONG = "totals_wrong"
    INDEX_UNAVAILABLE = "index_unavailable"
    AUDIT_CHAIN_BROKEN = "audit_chain_broken"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one tenant: ids by kind of disagreement; `document_count` and `chunk_count` were looked at."""

    tenant_id: TenantId
    document_count: int
    chunk_count: int
    findings: dict[Finding, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Return whether all parts agree."""
        return not self.findings
