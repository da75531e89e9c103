"""Which chats the acting member may open and add to: the owner's shares, as far as the tenant lets them work now."""

from sqlalchemy import ColumnElement, and_, func, literal, or_, true
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from ragapp.core.flags import FLAG_DEFAULTS, Flag
from ragapp.core.scope import TenantScope
from ragapp.core.sharing import ChatSharing, ChatVisibility, SharePermission
from ragapp.models import Chat, ChatPermission, FeatureFlag, PlatformFlag, Tenant

_NAME = Flag.CHAT_SHARING.value


def chat_readable(scope: TenantScope) -> ColumnElement[bool]:
    """Return the condition on `chats` that the acting member owns them or was given them and sharing works."""
    open_to_all = col(Chat.visibility) != ChatVisibility.PRIVATE.value
    return or_(is_mine(scope), _shared(scope, open_to_all, col(Chat.id).in_(_given(scope))))


def chat_writable(scope: TenantScope) -> ColumnElement[bool]:
    """Return the condition on `chats` that the acting member may ask in them."""
    open_to_all = col(Chat.visibility) == ChatVisibility.TENANT_WRITABLE.value
    may_write = col(ChatPermission.permission) == SharePermission.WRITE.value
    return or_(is_mine(scope), _shared(scope, open_to_all, col(Chat.id).in_(_given(scope).where(may_write))))


def is_mine(scope: TenantScope) -> ColumnElement[bool]:
    """Return the condition on `chats` that the acting member owns them."""
    return col(Chat.owner_id) == scope.user_id


def sharing_is_on(scope: TenantScope) -> ColumnElement[bool]:
    """Return the flag as `core.flags.resolve_flags` resolves it: enforced for all, the tenant's own, the default."""
    enforced = _platform_flag().where(col(PlatformFlag.is_enforced).is_(True)).scalar_subquery()
    own = (
        select(FeatureFlag.is_on)
        .where(col(FeatureFlag.tenant_id) == scope.tenant_id, col(FeatureFlag.name) == _NAME)
        .scalar_subquery()
    )
    default = literal(FLAG_DEFAULTS[Flag.CHAT_SHARING])
    return func.coalesce(enforced, own, _platform_flag().scalar_subquery(), default) == true()


def _shared(
    scope: TenantScope, open_to_all: ColumnElement[bool], is_given: ColumnElement[bool]
) -> ColumnElement[bool]:
    policy = select(Tenant.chat_sharing).where(col(Tenant.id) == scope.tenant_id).scalar_subquery()
    by_tenant = and_(open_to_all, policy == ChatSharing.TENANT.value)
    by_name = and_(is_given, policy.in_([ChatSharing.TENANT.value, ChatSharing.MEMBERS.value]))
    return and_(sharing_is_on(scope), or_(by_tenant, by_name))


def _given(scope: TenantScope) -> SelectOfScalar[str]:
    return select(ChatPermission.chat_id).where(
        col(ChatPermission.tenant_id) == scope.tenant_id, col(ChatPermission.user_id) == scope.user_id
    )


def _platform_flag() -> SelectOfScalar[bool]:
    return select(PlatformFlag.is_on).where(col(PlatformFlag.name) == _NAME)
