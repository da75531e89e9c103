"""Pages that stay up to date by themselves: what a tab shows is read again every few seconds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated, PermissionDenied, RagAppError
from ragapp.core.flags import Flag
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.ui.session import current_scope, is_tab_open, owner_key
from ragapp.ui.states.api_keys import ApiKeysState
from ragapp.ui.states.audit import AuditState
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.features import FeaturesState
from ragapp.ui.states.invitations import InvitationsState
from ragapp.ui.states.knowledge_bases import KnowledgeBasesState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.operator_model import OperatorModelState
from ragapp.ui.states.operator_service import OperatorServiceState
from ragapp.ui.states.operator_tenants import OperatorTenantsState
from ragapp.ui.states.operator_usage import OperatorUsageState
from ragapp.ui.states.overview import OverviewState
from ragapp.ui.states.overview_work import OverviewWorkState
from ragapp.ui.states.people import PeopleState
from ragapp.ui.states.quality import QualityState
from ragapp.ui.states.sign_in_admin import SignInAdminState
from ragapp.ui.states.tenant_settings import TenantSettingsState
from ragapp.ui.states.usage import UsageState
from ragapp.ui.states.welcome import WelcomeState

LOOK_EVERY_S = 3.0
START = "/"
_PLATFORM = "/platform"

LIVE_PAGES: Mapping[str, tuple[type[rx.State], ...]] = {
    "/documents": (LibraryState,),
    "/admin": (OverviewState, OverviewWorkState),
    "/admin/people": (PeopleState, InvitationsState),
    "/admin/knowledge-bases": (KnowledgeBasesState,),
    "/admin/quality": (QualityState,),
    "/admin/api-keys": (ApiKeysState,),
    "/admin/features": (TenantSettingsState, FeaturesState),
    "/admin/sign-in": (SignInAdminState,),
    "/admin/usage": (UsageState,),
    "/admin/audit": (AuditState,),
    _PLATFORM: (OperatorTenantsState,),
    "/platform/usage": (OperatorUsageState,),
    "/platform/service": (OperatorServiceState,),
    "/platform/model": (OperatorModelState,),
    START: (WelcomeState,),
}
"""What is read again on which page. Each of the states has `_look(scope)`: it reads and sets what differs."""


class LiveState(rx.State):
    """Holds nothing itself: one watch per tab, whatever page the tab is on."""

    @rx.event(background=True, supersedes=True)
    async def watch(self) -> AsyncIterator[list[EventSpec]]:
        """Look again until the page is left or the tab is gone; a reader who lost the right to see it is sent off."""
        while await _is_watched(self):
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                told = await _look(self)
            except (NotAuthenticated, PermissionDenied):
                # Loading the page finds out where its reader belongs now.
                yield [rx.call_script("window.location.reload()")]
                return
            if told:
                yield told


async def _is_watched(live: LiveState) -> bool:
    async with live:
        return _path(live) in LIVE_PAGES and await is_tab_open(live)


async def _look(live: LiveState) -> list[EventSpec]:
    """Bring the page up to date once; return what else is to happen.

    Raises:
        NotAuthenticated, PermissionDenied: whoever opened the page may not see it any more.
    """
    async with live:
        path = _path(live)
        scope = await current_scope(live)
        if owner_key(scope) != (await live.get_state(AuthState))._owner:
            raise PermissionDenied
        # Operators watch the installation; what their own organisation switched off does not concern that.
        if path.startswith(_PLATFORM) or await current().flags.is_on(scope, Flag.REAL_TIME_UPDATES):
            return await _look_at(live, path, scope)
    return []


async def _look_at(live: LiveState, path: str, scope: TenantScope) -> list[EventSpec]:
    told: list[EventSpec] = []
    for shown in LIVE_PAGES.get(path, ()):
        try:
            told += await cast("Any", await live.get_state(shown))._look(scope) or []
        except (NotAuthenticated, PermissionDenied):
            raise
        except RagAppError:
            continue  # what is shown stays; the next look may succeed
    return told


def _path(live: LiveState) -> str:
    return live.router.url.path.rstrip("/") or START
