"""Files come in here: dropped anywhere on a page, or chosen with the button. One streamed request per file."""

from typing import Any

import reflex as rx
from reflex.event import EventChain, EventSpec
from reflex.vars import VarData
from reflex_components_core.core.upload import Upload

from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.uploads import ChosenFile, UploadState

# The framework adds its upload route only when it believes that an upload component is on a page.
Upload.is_used = True

_INPUT_ID = "file-input"
# What the parsers read; the page must not import them, so a test compares the two.
_ACCEPTED = (
    ".pdf,.docx,.xlsx,.pptx,.odt,.rtf,.epub,.eml,.md,.markdown,.html,.htm,.xhtml,.txt,.text,.csv,.tsv,.tab,.json,"
    ".py,.js,.jsx,.mjs,.ts,.tsx,.java,.kt,.c,.h,.cpp,.hpp,.cs,.go,.rs,.rb,.php,.sql,.sh,.css,.yaml,.yml,.toml,.ini,"
    ".cfg,.conf,.xml,.log,.png,.jpg,.jpeg,.tif,.tiff,.webp,.zip"
)


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
                on_change=_on_files_chosen(),
                class_name="sr-only",
                tab_index=-1,
                aria_label=t("Add documents"),
            ),
            rx.el.div(
                kit.icon("upload", size=28),
                rx.el.strong(t("Drop to add")),
                rx.el.span(t("PDF, Word, Excel, PowerPoint, e-mail, text and more"), class_name="muted"),
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


def _on_files_chosen() -> rx.Var[EventChain]:
    """Announce all chosen files with fresh keys, then send each that is not empty or too large under its key."""
    announced: rx.Var[Any] = rx.Var(
        "chosen.map(({file, key}) => ({key, name: file.name, size: file.size}))", _var_type=list[ChosenFile]
    )
    announce = _chain(UploadState.announce(announced))
    key = rx.Var("key", _var_type=str).to(str)
    send = _chain(_of_these_files(UploadState.receive(rx.upload_files_chunk(upload_id=key), key)))
    limit = AuthState.max_upload_bytes
    script = f"""(event) => {{
      const chosen = Array.from(event.target.files, (file) => ({{file, key: Math.random().toString(36).slice(2)}}));
      event.target.value = "";
      ({announce})();
      for (const {{file, key}} of chosen) {{
        const files = [file];
        if (file.size > 0 && file.size <= {limit}) ({send})();
      }}
    }}"""
    data = VarData.merge(announce._get_all_var_data(), send._get_all_var_data(), limit._get_all_var_data())
    return rx.Var(" ".join(script.split()), _var_type=EventChain, _var_data=data)


def _of_these_files(spec: EventSpec) -> EventSpec:
    """Return the upload event over the script's own `files` instead of the framework's drop zone."""
    files: rx.Var[Any] = rx.Var("files")
    return spec.with_args(
        tuple((name, files if str(name) in ("files", "chunks") else value) for name, value in spec.args)
    )


def _chain(spec: EventSpec) -> rx.Var[EventChain]:
    return rx.Var.create(EventChain(events=[spec], args_spec=list))
