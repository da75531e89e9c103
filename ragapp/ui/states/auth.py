"""Who is signed in, for the page to show. Filled by the guard only; it decides nothing."""

import reflex as rx

from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.services.views import MeView


class AuthState(rx.State):
    """The person behind the tab as the page shows them; every service checks rights again."""

    signed_in: bool = False
    name: str = ""
    email: str = ""
    has_password: bool = True
    has_second_factor: bool = False
    role: str = ""
    tenant_name: str = ""
    tenant_slug: str = ""
    can_write_documents: bool = False
    can_manage_knowledge_bases: bool = False
    can_manage_members: bool = False
    can_manage_tenant: bool = False
    permissions: list[str] = []
    max_upload_bytes: int = 0
    version: str = ""
    is_operator: bool = False

    _owner: str = ""

    def _fill(self, me: MeView) -> None:
        self.signed_in = True
        self.name = me.user.name or me.user.email
        self.email = me.user.email
        self.has_password = me.user.has_password
        self.has_second_factor = me.user.has_second_factor
        self.role = me.role.value
        self.is_operator = me.user.is_operator
        self.tenant_name = me.tenant.name
        self.tenant_slug = me.tenant.slug
        self.can_write_documents = Permission.WRITE_DOCUMENTS in me.permissions
        self.can_manage_knowledge_bases = Permission.MANAGE_KNOWLEDGE_BASES in me.permissions
        self.can_manage_members = Permission.MANAGE_MEMBERS in me.permissions
        self.can_manage_tenant = Permission.MANAGE_TENANT in me.permissions
        self.permissions = sorted(permission.value for permission in me.permissions)
        self.max_upload_bytes = current().bounds.max_upload_bytes
        self.version = current().settings_view.version
