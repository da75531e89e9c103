"""Files come in here: dropped anywhere on a page, or chosen with the button. `assets/js/uploads.js` sends them."""

import reflex as rx
from reflex.event import EventChain

from ragapp.core.file_types import EXTENSIONS
from ragapp.ui import kit
from ragapp.ui.components.upload_target import curtain_line
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.upload_target import UploadTargetState
from ragapp.ui.states.uploads import FileNews, UploadState

_INPUT_ID = "file-input"
_ACCEPTED = ",".join(EXTENSIONS)
_ADD_CHOSEN: rx.Var[EventChain] = rx.Var("(event) => ragappUploads.add(event.target)", _var_type=EventChain)
_NEWS: rx.Var[list[FileNews]] = rx.Var("window.ragappUploads.take()", _var_type=list[FileNews]).to(list[FileNews])
# A page may be alive before the script is there, which then holds nothing.
_HELD: rx.Var[list[str]] = rx.Var("(window.ragappUploads?.held() ?? [])", _var_type=list[str]).to(list[str])

_UNDECIDED: rx.Var[int] = rx.Var("(window.ragappUploads?.undecided() ?? 0)", _var_type=int).to(int)
_PICKED: rx.Var[str] = rx.Var("(window.ragappUploads?.picked() ?? '')", _var_type=str).to(str)
# Whose choice it is that this browser remembers.
_PERSON = AuthState.tenant_slug + ":" + AuthState.email


def drop_zone() -> rx.Component:
    """The hidden file input and the curtain shown while files are dragged over the window (`assets/js/drop.js`)."""
    return rx.cond(
        AuthState.can_write_documents,
        rx.el.div(
            rx.el.input(
                type="file",
                id=_INPUT_ID,
                multiple=True,
                accept=_ACCEPTED,
                on_change=_ADD_CHOSEN,
                custom_attrs={"data-limit": AuthState.max_upload_bytes, "data-person": _PERSON},
                class_name="sr-only",
                tab_index=-1,
                aria_label=t("Add documents"),
            ),
            rx.el.button(
                id="upload-news",
                type="button",
                tab_index=-1,
                aria_hidden="true",
                class_name="key-targets",
                on_click=UploadState.tell(_NEWS),
                on_mount=UploadState.resume(_HELD),
            ),
            rx.el.button(
                id="upload-target",
                type="button",
                tab_index=-1,
                aria_hidden="true",
                class_name="key-targets",
                on_click=UploadTargetState.ask(_UNDECIDED, _PICKED),
                on_mount=UploadTargetState.load,
            ),
            rx.el.div(
                kit.icon("upload", size=28),
                rx.el.strong(t("Drop to add")),
                rx.el.span(t("PDF, Word, Excel, PowerPoint, e-mail, text and more"), class_name="muted"),
                curtain_line(),
                class_name="drop-curtain-card",
            ),
            class_name="drop-curtain",
            id="drop-curtain",
        ),
    )


def add_documents_button() -> rx.Component:
    """The button that opens the file dialog; only for those who may add documents."""
    return rx.cond(
        AuthState.can_write_documents,
        kit.button(
            t("Add documents"),
            variant="primary",
            icon_name="upload",
            on_click=rx.call_script(f"document.getElementById('{_INPUT_ID}').click()"),
        ),
    )
