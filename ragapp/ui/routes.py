"""The one page table: address, title, page and what loads. Who may load it is decided per event by the guard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ragapp.core.scope import Permission
from ragapp.ui.access import page_load
from ragapp.ui.i18n import t
from ragapp.ui.pages.admin_api_keys import admin_api_keys_page
from ragapp.ui.pages.admin_audit import admin_audit_page
from ragapp.ui.pages.admin_features import admin_features_page
from ragapp.ui.pages.admin_knowledge_bases import admin_knowledge_bases_page
from ragapp.ui.pages.admin_overview import admin_overview_page
from ragapp.ui.pages.admin_people import admin_people_page
from ragapp.ui.pages.admin_quality import admin_quality_page
from ragapp.ui.pages.admin_sign_in import admin_sign_in_page
from ragapp.ui.pages.admin_usage import admin_usage_page
from ragapp.ui.pages.chat import chat_page
from ragapp.ui.pages.document import document_page
from ragapp.ui.pages.documents import documents_page
from ragapp.ui.pages.first_run import first_run_page
from ragapp.ui.pages.forgot_password import forgot_password_page, reset_password_page
from ragapp.ui.pages.invite import invite_page
from ragapp.ui.pages.missing import missing_page, only_for
from ragapp.ui.pages.operator_model import operator_model_page
from ragapp.ui.pages.operator_service import operator_service_page
from ragapp.ui.pages.operator_tenants import operator_tenants_page
from ragapp.ui.pages.operator_usage import operator_usage_page
from ragapp.ui.pages.settings import settings_page
from ragapp.ui.pages.sign_in import sign_in_page
from ragapp.ui.pages.sign_in_code import sign_in_code_page
from ragapp.ui.pages.suspended import suspended_page
from ragapp.ui.states.account import AccountState
from ragapp.ui.states.api_keys import ApiKeysState
from ragapp.ui.states.audit import AuditState
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.document import DocumentState
from ragapp.ui.states.entry import EntryState
from ragapp.ui.states.external_choices import ExternalChoicesState
from ragapp.ui.states.features import FeaturesState
from ragapp.ui.states.invitations import InvitationsState
from ragapp.ui.states.invite import InviteState
from ragapp.ui.states.knowledge_bases import KnowledgeBasesState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.linked_identities import LinkedIdentitiesState
from ragapp.ui.states.live import LIVE_PAGES, LiveState
from ragapp.ui.states.missing_page import MissingPageState
from ragapp.ui.states.model_notice import ModelNoticeState
from ragapp.ui.states.narrowing import NarrowingState
from ragapp.ui.states.operator_model import OperatorModelState
from ragapp.ui.states.operator_service import OperatorServiceState
from ragapp.ui.states.operator_tenants import OperatorTenantsState
from ragapp.ui.states.operator_usage import OperatorUsageState
from ragapp.ui.states.overview import OverviewState
from ragapp.ui.states.overview_work import OverviewWorkState
from ragapp.ui.states.own_sessions import OwnSessionsState
from ragapp.ui.states.people import PeopleState
from ragapp.ui.states.quality import QualityState
from ragapp.ui.states.readings import ReadingsState
from ragapp.ui.states.second_factor import SecondFactorState
from ragapp.ui.states.sidebar import SidebarState
from ragapp.ui.states.sign_in_admin import SignInAdminState
from ragapp.ui.states.suspended import SuspendedState
from ragapp.ui.states.tenant_settings import TenantSettingsState
from ragapp.ui.states.usage import UsageState
from ragapp.ui.states.viewer import ViewerState
from ragapp.ui.states.welcome import WelcomeState


@dataclass(frozen=True)
class PageRoute:
    """One page. `on_load` events run in order; each of them asks for a signed-in member unless it is marked public.

    `wanted` is the right the page is for, `is_operators` says that it is for those who run the platform; whoever may
    not see it is told who may.
    """

    route: str
    title: rx.Var[str]
    page: Callable[[], rx.Component]
    on_load: tuple[Any, ...] = ()
    wanted: Permission | None = None
    is_operators: bool = False


_CHAT_LOADS = (
    SidebarState.load,
    ChatState.open,
    NarrowingState.load,
    ReadingsState.load,
    WelcomeState.load,
    ModelNoticeState.load,
)
_LIBRARY_LOADS = (SidebarState.load, DocumentState.close, LibraryState.load)

PAGES = (
    PageRoute("/", t("New chat"), chat_page, _CHAT_LOADS),
    PageRoute("/chat/[chat_id]", t("Chat"), chat_page, _CHAT_LOADS),
    PageRoute("/documents", t("Documents"), documents_page, _LIBRARY_LOADS),
    PageRoute("/documents/[document_id]", t("Document"), document_page, (SidebarState.load, ViewerState.load)),
    PageRoute(
        "/admin",
        t("Overview"),
        admin_overview_page,
        (SidebarState.load, OverviewState.load, OverviewWorkState.load),
        Permission.READ_USAGE,
    ),
    PageRoute(
        "/admin/people",
        t("Members"),
        admin_people_page,
        (SidebarState.load, PeopleState.load, InvitationsState.load),
        Permission.MANAGE_MEMBERS,
    ),
    PageRoute(
        "/admin/api-keys",
        t("API keys"),
        admin_api_keys_page,
        (SidebarState.load, ApiKeysState.load),
        Permission.USE_API_KEYS,
    ),
    PageRoute(
        "/admin/features",
        t("Features and limits"),
        admin_features_page,
        (SidebarState.load, TenantSettingsState.load, FeaturesState.load),
        Permission.MANAGE_FLAGS,
    ),
    PageRoute(
        "/admin/usage", t("Usage"), admin_usage_page, (SidebarState.load, UsageState.load), Permission.READ_USAGE
    ),
    PageRoute(
        "/admin/audit",
        t("Audit log"),
        admin_audit_page,
        (SidebarState.load, AuditState.load),
        Permission.READ_AUDIT,
    ),
    PageRoute(
        "/admin/sign-in",
        t("Sign-in"),
        admin_sign_in_page,
        (SidebarState.load, SignInAdminState.load),
        Permission.MANAGE_SIGN_IN,
    ),
    PageRoute(
        "/admin/knowledge-bases",
        t("Knowledge bases"),
        admin_knowledge_bases_page,
        (SidebarState.load, KnowledgeBasesState.load),
        Permission.MANAGE_KNOWLEDGE_BASES,
    ),
    PageRoute(
        "/admin/quality",
        t("Quality"),
        admin_quality_page,
        (SidebarState.load, QualityState.load),
        Permission.MANAGE_KNOWLEDGE_BASES,
    ),
    PageRoute(
        "/settings",
        t("Settings"),
        settings_page,
        (
            AccountState.load,
            SecondFactorState.load,
            OwnSessionsState.load,
            SidebarState.load,
            LinkedIdentitiesState.load,
        ),
    ),
    PageRoute(
        "/platform",
        t("Organisations"),
        operator_tenants_page,
        (SidebarState.load, OperatorTenantsState.load),
        is_operators=True,
    ),
    PageRoute(
        "/platform/usage",
        t("Usage"),
        operator_usage_page,
        (SidebarState.load, OperatorUsageState.load),
        is_operators=True,
    ),
    PageRoute(
        "/platform/service",
        t("Service"),
        operator_service_page,
        (SidebarState.load, OperatorServiceState.load),
        is_operators=True,
    ),
    PageRoute(
        "/platform/model",
        t("Language model"),
        operator_model_page,
        (SidebarState.load, OperatorModelState.load),
        is_operators=True,
    ),
    PageRoute("/sign-in", t("Sign in"), sign_in_page, (EntryState.load_sign_in, ExternalChoicesState.load)),
    PageRoute("/sign-in/code", t("Sign in"), sign_in_code_page, (EntryState.load_plain,)),
    PageRoute("/forgot-password", t("Forgot your password?"), forgot_password_page, (EntryState.load_plain,)),
    PageRoute("/reset-password", t("Choose a new password"), reset_password_page, (EntryState.load_plain,)),
    PageRoute("/invite", t("Invitation"), invite_page, (InviteState.load,)),
    PageRoute("/suspended", t("Suspended"), suspended_page, (SuspendedState.load,)),
    PageRoute("/welcome", t("Welcome"), first_run_page, (EntryState.load_welcome,)),
    PageRoute("404", t("There is no page here"), missing_page, (MissingPageState.load,)),
)


def add_pages(app: rx.App) -> None:
    """Register every page of the table."""
    for page in PAGES:
        watch = [LiveState.watch] if page.route in LIVE_PAGES else []
        title = page.title.to(str) + " · ragapp"
        is_for_all = page.wanted is None and not page.is_operators
        shown = page.page if is_for_all else only_for(page.page, page.wanted)
        for event in page.on_load:
            page_load(event.fn)
        app.add_page(shown, route=page.route, title=title, on_load=[*page.on_load, *watch])
