"""Ending all of a person's API keys, where they choose a new password and no longer trust what the old one opened."""

from datetime import datetime

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.ids import TenantId
from ragapp.store.platform import PlatformTransaction


async def end_keys_of(tx: PlatformTransaction, user_id: str, at: datetime) -> int:
    """Revoke every key of a person, in each of their organisations, and return how many were in use."""
    ended = await tx.sessions.revoke_keys_of(user_id, at)
    for tenant_id, key_id in ended:
        chain = tx.audit(TenantId(tenant_id), actor_id=user_id)
        await chain.record(AuditAction.API_KEY_REVOKED, AuditTarget("api_key", key_id), {"owner_id": user_id})
    return len(ended)
