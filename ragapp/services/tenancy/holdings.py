"""What a tenant holds, against its quotas: taken where it is recorded, given back where it is hidden.

What is held are documents without a tombstone, and the bytes of all their versions.
"""

from collections.abc import Awaitable, Callable

from ragapp.core.errors import Details, QuotaExceeded, TenantSuspended
from ragapp.core.ids import DocumentId
from ragapp.core.plans import PlanLimits
from ragapp.store.store import TenantTransaction
from ragapp.store.tenants import limits_of

_MANY = "Your organisation has {used} of {limit} documents. Delete some, or ask an administrator for more room."
_LARGE = "This needs {wanted}, but {used} of your organisation's {limit} are in use. Delete documents to make room."
_KIBIBYTE = 1024


async def take_document(tx: TenantTransaction, user_id: str, size_bytes: int) -> None:
    """Count a new document and its bytes, if any came yet.

    Raises:
        QuotaExceeded: there is no room for one more, or for that many bytes.
        TenantSuspended: the organisation was suspended while the bytes came in.
    """
    limits = await _limits(tx)
    if not await tx.usage.take("document_count", 1, limit=limits.max_documents):
        raise await _too_many(tx, limits)
    await _take_bytes(tx, size_bytes, limits)
    await tx.usage.add(user_id, documents=1, bytes=size_bytes)


async def take_version(tx: TenantTransaction, user_id: str, size_bytes: int) -> None:
    """Count the bytes of a further version of a document.

    Raises:
        QuotaExceeded: there is no room for them.
        TenantSuspended: the organisation was suspended while the bytes came in.
    """
    await _take_bytes(tx, size_bytes, await _limits(tx))
    await tx.usage.add(user_id, bytes=size_bytes)


async def give_back_document(tx: TenantTransaction, document_id: DocumentId) -> None:
    """Give back what a document and its versions hold; call once, with what hides or removes it."""
    size_bytes = await tx.versions.count_bytes(document_id)
    await tx.usage.give_back(document_count=1, storage_bytes=size_bytes)
    await tx.usage.add(documents_removed=1, bytes_removed=size_bytes)


async def forget_unread_versions(tx: TenantTransaction, document_id: DocumentId, *, before: int) -> None:
    """Forget versions that no reader ever saw and a later one has overtaken, and give back their bytes."""
    size_bytes = await tx.versions.remove_unread(document_id, before=before)
    if size_bytes:
        await tx.usage.give_back(storage_bytes=size_bytes)
        await tx.usage.add(bytes_removed=size_bytes)


async def recount(tx: TenantTransaction) -> dict[str, tuple[int, int]]:
    """Return the totals that are not what a recount finds: name -> (total, recounted)."""
    totals = await tx.usage.totals()
    counts: dict[str, Callable[[], Awaitable[int]]] = {
        "document_count": tx.documents.count_held,
        "storage_bytes": tx.versions.count_held_bytes,
        "member_count": tx.memberships.count_active,
    }
    found = {name: (int(getattr(totals, name)), await count()) for name, count in counts.items()}
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


async def correct_totals(tx: TenantTransaction) -> None:
    """Set the totals to what a recount finds; whoever takes or gives back meanwhile waits."""
    await tx.usage.hold_totals()
    wrong = await recount(tx)
    if wrong:
        await tx.usage.set_totals(**{name: counted for name, (_, counted) in wrong.items()})


async def _limits(tx: TenantTransaction) -> PlanLimits:
    tenant = await tx.tenant.get()
    # A suspended tenant may be about to be erased: nothing more may be recorded of it.
    if tenant.status != "active":
        raise TenantSuspended
    return limits_of(tenant)


async def _take_bytes(tx: TenantTransaction, size_bytes: int, limits: PlanLimits) -> None:
    if size_bytes and not await tx.usage.take("storage_bytes", size_bytes, limit=limits.max_storage_bytes):
        raise await _too_large(tx, size_bytes, limits)


async def _too_many(tx: TenantTransaction, limits: PlanLimits) -> QuotaExceeded:
    used, limit = (await tx.usage.totals()).document_count, limits.max_documents or 0
    details: Details = {"quota": "max_documents", "used": used, "limit": limit}
    return QuotaExceeded(_MANY.format(used=used, limit=limit), details=details)


async def _too_large(tx: TenantTransaction, wanted: int, limits: PlanLimits) -> QuotaExceeded:
    used, limit = (await tx.usage.totals()).storage_bytes, limits.max_storage_bytes or 0
    words = _LARGE.format(wanted=_in_words(wanted), used=_in_words(used), limit=_in_words(limit))
    details: Details = {"quota": "max_storage_bytes", "used": used, "limit": limit, "wanted": wanted}
    return QuotaExceeded(words, details=details)


def _in_words(size_bytes: int) -> str:
    size = float(size_bytes)
    for unit in ("B", "KB", "MB"):
        if size < _KIBIBYTE:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _KIBIBYTE
    return f"{size:.1f} GB"
