"""Feature flags: what can be switched on and off while the product runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Flag(StrEnum):
    """One switchable behaviour."""

    DOCUMENT_UPLOAD = "document_upload"
    URL_IMPORT = "url_import"
    ADVANCED_RAG = "advanced_rag"
    REAL_TIME_UPDATES = "real_time_updates"
    CHAT_SHARING = "chat_sharing"
    API_ACCESS = "api_access"
    DEBUG_MODE = "debug_mode"


FLAG_DEFAULTS: Mapping[Flag, bool] = {
    Flag.DOCUMENT_UPLOAD: True,
    Flag.URL_IMPORT: True,
    Flag.ADVANCED_RAG: True,
    Flag.REAL_TIME_UPDATES: True,
    Flag.CHAT_SHARING: True,
    Flag.API_ACCESS: True,
    Flag.DEBUG_MODE: False,
}


@dataclass(frozen=True, slots=True)
class GlobalFlag:
    """What the platform operator decided: a default for tenants, or, enforced, the value for all of them."""

    is_on: bool
    is_enforced: bool = False


def resolve_flags(platform: Mapping[Flag, GlobalFlag], tenant: Mapping[Flag, bool]) -> dict[Flag, bool]:
    """Return every flag of one tenant: what the operator enforces, else the tenant's own choice, else the default."""
    return {flag: _resolve(flag, platform.get(flag), tenant.get(flag)) for flag in Flag}


def _resolve(flag: Flag, platform: GlobalFlag | None, tenant: bool | None) -> bool:
    if platform is not None and platform.is_enforced:
        return platform.is_on
    if tenant is not None:
        return tenant
    return platform.is_on if platform is not None else FLAG_DEFAULTS[flag]
