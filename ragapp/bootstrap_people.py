"""Composition of everything about members and tenants."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragapp.bootstrap_identity import Identity
from ragapp.component_versions import component_versions
from ragapp.config import Settings
from ragapp.core.errors import NotAuthenticated
from ragapp.core.ids import TenantId
from ragapp.core.ports import BlobStore, Clock, PasswordHasher, RateLimiter
from ragapp.core.scope import PlatformScope
from ragapp.rag.ports import VectorIndex
from ragapp.services.access import AccessService
from ragapp.services.chat.retention import Retention
from ragapp.services.chat.runs import RunService
from ragapp.services.identity.throttle import Throttle
from ragapp.services.library.blob_guard import BlobGuard
from ragapp.services.retrieval.vector_indexes import VectorIndexes
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.api_keys import ApiKeyService
from ragapp.services.tenancy.invitations import InvitationService
from ragapp.services.tenancy.joining import JoiningService
from ragapp.services.tenancy.members import MemberService
from ragapp.services.tenancy.platform import PlatformService
from ragapp.services.tenancy.suspension import SuspensionService
from ragapp.services.tenancy.tenant_settings import TenantSettingsService
from ragapp.services.tenancy.tenants import TenantService
from ragapp.services.upkeep.erasure import Erasure, ErasureService, Forget
from ragapp.services.vigil import Vigil
from ragapp.store.store import Store


@dataclass(frozen=True, slots=True)
class People:
    """The services that manage members, and those of the platform operator."""

    api_keys: ApiKeyService
    erasure: ErasureService
    invitations: InvitationService
    joining: JoiningService
    members: MemberService
    platform: PlatformService
    retention: Retention
    suspension: SuspensionService
    tenant_settings: TenantSettingsService
    tenants: TenantService
    vigil: Vigil


def build_people(
    settings: Settings,
    store: Store,
    clock: Clock,
    signals: WorkSignals,
    identity: Identity,
    runs: RunService,
    vectors: VectorIndexes,
    hasher: PasswordHasher,
    limiter: RateLimiter,
) -> People:
    """Compose the services."""
    access, public_url = identity.access, settings.effective_public_url

    async def halt(scope: PlatformScope, tenant_id: TenantId) -> None:
        access.forget(tenant_id=tenant_id)
        await runs.halt(scope, tenant_id)

    async def recover(tenant_id: TenantId) -> None:
        access.forget(tenant_id=tenant_id)
        try:
            scope = await access.scope_for_maintenance(tenant_id)
        except NotAuthenticated:
            return  # nobody has accepted the first invitation yet
        await vectors.ensure_current(scope, at_start=True)

    return People(
        api_keys=ApiKeyService(store, clock, access.forget),
        erasure=ErasureService(store, clock, signals, halt=halt),
        invitations=InvitationService(store, identity.mail.queue_invitation, clock, public_url=public_url),
        joining=JoiningService(store, hasher, clock, Throttle(limiter), access, identity.opener),
        members=MemberService(store, clock, access.forget),
        platform=PlatformService(store, versions=component_versions()),
        retention=Retention(store, clock),
        suspension=SuspensionService(store),
        tenant_settings=TenantSettingsService(store, clock),
        tenants=TenantService(
            store, identity.mail.queue_invitation, clock, signals, public_url=public_url, halt=halt, recover=recover
        ),
        vigil=Vigil(access.refresh),
    )


def build_erasure(
    store: Store,
    blobs: BlobStore,
    index: VectorIndex,
    guard: BlobGuard,
    access: AccessService,
    *,
    forget: Sequence[Forget],
) -> Erasure:
    """Compose what runs ERASE tasks; `forget` drops what this process remembers of a tenant's text and vectors."""

    def forget_everything(tenant_id: TenantId) -> None:
        for each in forget:
            each(tenant_id)

    return Erasure(store, blobs, index, guard, access.scope_for_erasure, forget_everything)
