"""Which values open a dialog or a drawer. A page that is opened begins without any that was left open before it."""

from collections.abc import Mapping

import reflex as rx

from ragapp.ui.states.api_keys import ApiKeysState
from ragapp.ui.states.chat_actions import ChatActionsState
from ragapp.ui.states.document import DocumentState
from ragapp.ui.states.filing import FilingState
from ragapp.ui.states.importing import ImportState
from ragapp.ui.states.invitations import InvitationsState, InviteState
from ragapp.ui.states.knowledge_bases import KnowledgeBasesState
from ragapp.ui.states.member_actions import MemberActionsState
from ragapp.ui.states.operator_actions import OperatorActionsState
from ragapp.ui.states.operator_usage import OperatorUsageState
from ragapp.ui.states.palette import PaletteState
from ragapp.ui.states.quality_actions import QualityActionsState
from ragapp.ui.states.rating import RatingState
from ragapp.ui.states.selection import SelectionState
from ragapp.ui.states.sharing import SharingState
from ragapp.ui.states.sidebar import SidebarState
from ragapp.ui.states.sign_in_admin import SignInAdminState
from ragapp.ui.states.tenant_settings import TenantSettingsState
from ragapp.ui.states.upload_target import UploadTargetState

OPENED_BY: Mapping[type[rx.State], tuple[str, ...]] = {
    ApiKeysState: ("is_creating", "token", "revoking_id"),
    ChatActionsState: ("renaming_id", "deleting_id"),
    DocumentState: ("is_open",),
    FilingState: ("is_open",),
    ImportState: ("is_open",),
    InvitationsState: ("link", "revoking_id"),
    InviteState: ("is_open", "results"),
    KnowledgeBasesState: ("asking",),
    MemberActionsState: ("asking",),
    OperatorActionsState: ("asking", "link"),
    OperatorUsageState: ("chosen",),
    PaletteState: ("is_open", "shortcuts_open"),
    QualityActionsState: ("asking", "problems"),
    RatingState: ("message_id",),
    SelectionState: ("is_asking", "ids"),
    SharingState: ("asking",),
    SidebarState: ("drawer_open",),
    SignInAdminState: ("is_editing", "is_asking"),
    TenantSettingsState: ("is_asking_reading", "doomed_chats"),
    UploadTargetState: ("is_open",),
}
"""With what such a dialog shows only once, such as a key that was just made, and the ticks that its actions are for."""


async def close_dialogs(state: rx.State) -> None:
    """Close every dialog and drawer of this tab."""
    for kind, names in OPENED_BY.items():
        opened = await state.get_state(kind)
        for name in names:
            closed = kind.get_fields()[name].default_value()
            if getattr(opened, name) != closed:
                setattr(opened, name, closed)
