"""Tenants and members for tests that start after sign-up."""

from dataclasses import dataclass

from ragapp.core.ids import KnowledgeBaseId, TenantId, UserId, new_id
from ragapp.core.scope import ROLE_PERMISSIONS, Origin, PlatformScope, Role, TenantScope
from ragapp.models import KnowledgeBase, Membership, Tenant, User
from ragapp.store.store import Store

PLATFORM = PlatformScope(Origin.CONSOLE)


@dataclass(frozen=True)
class Household:
    """A tenant, its default knowledge base and the scope of its owner."""

    tenant_id: TenantId
    knowledge_base_id: KnowledgeBaseId
    owner: TenantScope


async def add_tenant(store: Store, slug: str = "acme") -> Household:
    tenant_id, base_id, user_id = TenantId(new_id()), KnowledgeBaseId(new_id()), new_id()
    async with store.begin_platform(PLATFORM) as tx:
        await tx.accounts.add_tenant(
            Tenant(id=tenant_id, slug=slug, name=slug.title()),
            KnowledgeBase(tenant_id=tenant_id, id=base_id, name="Documents", is_default=True),
        )
        await tx.accounts.add_user(User(id=user_id, email=f"owner@{slug}.example", name=f"Owner of {slug}"))
        await tx.accounts.add_membership(Membership(tenant_id=tenant_id, user_id=user_id, role=Role.OWNER))
    return Household(tenant_id, base_id, scope_of(tenant_id, user_id, Role.OWNER))


async def add_member(store: Store, household: Household, role: Role) -> TenantScope:
    user_id = new_id()
    async with store.begin_platform(PLATFORM) as tx:
        await tx.accounts.add_user(User(id=user_id, email=f"{user_id}@members.example", name=f"The {role.value}"))
        await tx.accounts.add_membership(Membership(tenant_id=household.tenant_id, user_id=user_id, role=role))
    return scope_of(household.tenant_id, user_id, role)


def scope_of(tenant_id: str, user_id: str, role: Role) -> TenantScope:
    return TenantScope(TenantId(tenant_id), UserId(user_id), role, ROLE_PERMISSIONS[role], Origin.SESSION)
