"""The sidebar: organisation, new chat, find, the chats, documents, and who is signed in."""

import reflex as rx
from reflex.style import set_color_mode

from ragapp.core.scope import Permission
from ragapp.ui import kit
from ragapp.ui.components.share_dialog import share_dialog
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.chat_actions import ChatActionsState
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.own_sessions import OwnSessionsState, TenantRow
from ragapp.ui.states.palette import PaletteState
from ragapp.ui.states.rows import ChatRow
from ragapp.ui.states.sharing import SharingState
from ragapp.ui.states.sidebar import SidebarState, shown_chats

_SIGN_OUT = "sign-out"
_SWITCH = "switch-tenant"
_SIGN_OUT_NOW = f"document.getElementById('{_SIGN_OUT}').submit()"
_TODAY = "(new Date({at}).toDateString() === new Date().toDateString())"


def sidebar() -> rx.Component:
    """The content of the left column; on a phone the same in a drawer."""
    return rx.el.div(
        rx.el.div(
            _tenant(),
            _new_chat(),
            _find(),
            class_name="sidebar-top",
        ),
        rx.el.nav(_chats(), class_name="sidebar-chats", aria_label=t("Chats")),
        rx.el.div(
            _entry("files", t("Documents"), "/documents"),
            rx.cond(
                AuthState.permissions.contains(Permission.READ_USAGE.value),
                _entry("shield", t("Administration"), "/admin"),
            ),
            rx.cond(AuthState.is_operator, _entry("building-2", t("Platform"), "/platform")),
            _user_menu(),
            class_name="sidebar-bottom",
        ),
        class_name="sidebar",
    )


def _tenant() -> rx.Component:
    home = kit.link(
        rx.el.img(src="/favicon.svg", alt="", width="24", height="24"),
        rx.el.span(AuthState.tenant_name, class_name="truncate"),
        href="/",
        class_name="sidebar-tenant grow",
        custom_attrs={"data-tip": AuthState.tenant_name},
    )
    others = kit.menu(
        kit.icon("chevrons-up-down"),
        kit.menu_label(t("Organisation")),
        rx.foreach(OwnSessionsState.tenants, _other_tenant),
        label=t("Switch organisation"),
        align="start",
    )
    return rx.el.div(
        home,
        rx.cond(OwnSessionsState.tenants.length() > 1, others),
        class_name="row",
        on_mount=OwnSessionsState.load_tenants,
    )


def _other_tenant(tenant: rx.Var[TenantRow]) -> rx.Component:
    script = f"(() => {{ const form = document.getElementById('{_SWITCH}'); form.elements.tenant.value = '"
    go = rx.Var.create(script) + tenant.slug + "'; form.submit(); })()"
    return kit.menu_item(
        tenant.name,
        icon_name="building-2",
        on_select=rx.call_script(go),
        key=tenant.slug,
    )


def chat_dialogs() -> rx.Component:
    """What belongs to the sidebar but must be on the page only once: rename, delete and the form that signs out."""
    return rx.fragment(
        share_dialog(),
        kit.post_form(id=_SIGN_OUT, action="/auth/logout", custom_attrs={"hidden": True}),
        kit.post_form(
            rx.el.input(type="hidden", name="tenant"),
            id=_SWITCH,
            action="/auth/switch",
            custom_attrs={"hidden": True},
        ),
        kit.dialog(
            rx.el.form(
                kit.text_field(
                    t("Title"),
                    name="title",
                    default_value=ChatActionsState.renaming_title,
                    max_length=200,
                    auto_focus=True,
                ),
                rx.el.div(kit.button(t("Save"), type="submit", variant="primary"), class_name="dialog-actions"),
                on_submit=ChatActionsState.rename,
                class_name="stack",
            ),
            title=t("Rename the chat"),
            is_open=ChatActionsState.renaming_id != "",
            on_open_change=ChatActionsState.cancel_rename,
        ),
        kit.confirm_dialog(
            title=t("Delete this chat?"),
            text=t(
                "“{title}” and all its questions and answers will be deleted. Documents stay. This cannot be undone.",
                title=ChatActionsState.deleting_title,
            ),
            confirm=t("Delete the chat"),
            is_open=ChatActionsState.deleting_id != "",
            on_open_change=ChatActionsState.cancel_delete,
            on_confirm=ChatActionsState.delete,
        ),
    )


def _new_chat() -> rx.Component:
    return kit.link(
        kit.icon("square-pen"),
        rx.el.span(t("New chat")),
        href="/",
        class_name="nav-entry nav-new",
        custom_attrs={"data-key": "Mod+j"},
    )


def _find() -> rx.Component:
    return rx.el.button(
        kit.icon("search"),
        rx.el.span(t("Find"), class_name="grow"),
        kit.kbd(kit.mod_key(), "K"),
        type="button",
        class_name="nav-entry",
        on_click=PaletteState.show(True),
    )


def _chats() -> rx.Component:
    return rx.cond(
        SidebarState.failed,
        kit.notice(t("Your chats could not be loaded."), tone="warn", icon_name="circle-alert"),
        rx.cond(
            SidebarState.loaded,
            rx.cond(
                SidebarState.chats.length() + SidebarState.touched.length() + SidebarState.given.length() > 0,
                rx.fragment(
                    _group(t("Today"), is_today=True), _group(t("Earlier"), is_today=False), _more(), _given()
                ),
                rx.el.p(t("Your chats will be here."), class_name="sidebar-empty"),
            ),
            rx.el.div(kit.skeleton_lines("70%", "85%", "60%", "78%"), class_name="sidebar-loading"),
        ),
    )


def _group(title: rx.Var[str], *, is_today: bool) -> rx.Component:
    rows = _rows_of(is_today=is_today)
    return rx.cond(
        rows.length() > 0,
        rx.el.div(rx.el.h2(title, class_name="sidebar-title"), rx.foreach(rows, _chat)),
    )


def _rows_of(*, is_today: bool) -> rx.Var[list[ChatRow]]:
    test = _TODAY.format(at="chat?.[`updated_at`]")
    wanted = test if is_today else f"!{test}"
    script = f"({shown_chats()}.filter((chat) => {wanted}))"
    return rx.Var(script, _var_data=SidebarState.chats._get_all_var_data()).to(list[ChatRow])


def _chat(chat: rx.Var[ChatRow]) -> rx.Component:
    return rx.el.div(
        kit.link(
            rx.cond(SidebarState.busy_id == chat.id, kit.spinner()),
            rx.el.span(chat.title, class_name="truncate grow"),
            rx.cond(chat.is_shared, kit.icon("users", class_name="chat-shared", aria_label=t("Shared"), role="img")),
            href="/chat/" + chat.id,
            class_name="chat-link",
            title=chat.title,
        ),
        kit.menu(
            kit.icon("ellipsis"),
            kit.menu_item(t("Share"), icon_name="share-2", on_select=SharingState.show(chat.id)),
            kit.menu_item(
                t("Rename"), icon_name="pencil", on_select=ChatActionsState.start_rename(chat.id, chat.title)
            ),
            kit.menu_item(
                t("Delete"),
                icon_name="trash-2",
                danger=True,
                on_select=ChatActionsState.start_delete(chat.id, chat.title),
            ),
            label=t("Chat menu"),
            align="start",
        ),
        class_name="chat-entry",
        custom_attrs={"data-current": rx.cond(_path() == "/chat/" + chat.id, "true", "false")},
        key=chat.id,
    )


def _given() -> rx.Component:
    return rx.cond(
        SidebarState.given.length() > 0,
        rx.el.div(
            rx.el.h2(t("Shared with me"), class_name="sidebar-title"), rx.foreach(SidebarState.given, _given_chat)
        ),
    )


def _given_chat(chat: rx.Var[ChatRow]) -> rx.Component:
    return rx.el.div(
        kit.link(
            rx.el.span(chat.title, class_name="truncate grow"),
            href="/chat/" + chat.id,
            class_name="chat-link",
            custom_attrs={"data-tip": t("Shared by {name}", name=chat.owner)},
        ),
        class_name="chat-entry",
        custom_attrs={"data-current": rx.cond(_path() == "/chat/" + chat.id, "true", "false")},
        key=chat.id,
    )


def _more() -> rx.Component:
    return rx.cond(
        SidebarState.next_cursor != "",
        kit.button(t("Show more"), variant="ghost", size="sm", block=True, on_click=SidebarState.load_more),
    )


def _entry(icon_name: str, text: rx.Var[str], href: str) -> rx.Component:
    here = rx.cond(_path().startswith(href), "page", "false")
    return kit.link(kit.icon(icon_name), rx.el.span(text), href=href, class_name="nav-entry", aria_current=here)


def _path() -> rx.Var[str]:
    return rx.State.router.url.path.to(str)


def _user_menu() -> rx.Component:
    return kit.menu(
        rx.fragment(
            rx.el.span(AuthState.name.to(str)[0].upper(), class_name="avatar", aria_hidden="true"),
            rx.el.span(
                rx.el.span(AuthState.name, class_name="truncate"),
                rx.el.span(AuthState.email, class_name="truncate muted"),
                class_name="user-names",
            ),
            kit.icon("chevrons-up-down"),
        ),
        kit.menu_link(t("Settings"), href="/settings", icon_name="settings"),
        kit.menu_item(t("Keyboard shortcuts"), icon_name="keyboard", on_select=PaletteState.show_shortcuts(True)),
        kit.menu_line(),
        kit.menu_label(t("Language")),
        kit.menu_item("Hrvatski", icon_name="languages", on_select=LanguageState.choose("hr")),
        kit.menu_item("English", icon_name="languages", on_select=LanguageState.choose("en")),
        kit.menu_line(),
        kit.menu_label(t("Appearance")),
        kit.menu_item(t("Light"), icon_name="sun", on_select=set_color_mode("light")),
        kit.menu_item(t("Dark"), icon_name="moon", on_select=set_color_mode("dark")),
        kit.menu_item(t("Use system setting"), icon_name="monitor", on_select=set_color_mode("system")),
        kit.menu_line(),
        kit.menu_item(t("Sign out"), icon_name="log-out", on_select=rx.call_script(_SIGN_OUT_NOW)),
        label=t("Account menu"),
        trigger_class="user-button",
        align="start",
        side="top",
    )
