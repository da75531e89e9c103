"""The evidence panel: the page, the passage in context and the quote marked. A bottom sheet on a phone."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t
from ragapp.ui.states.evidence import EvidenceLine, EvidenceState


def evidence_panel() -> rx.Component:
    """The panel beside the chat while a citation is open."""
    return rx.cond(
        EvidenceState.n > 0,
        rx.fragment(
            rx.el.div(class_name="evidence-scrim", on_click=EvidenceState.close, aria_hidden="true"),
            rx.el.aside(
                rx.el.div(class_name="evidence-grip", custom_attrs={"data-resize": "evidence"}, aria_hidden="true"),
                _head(),
                rx.el.div(_body(), class_name="evidence-body"),
                rx.cond(~EvidenceState.loading, rx.el.div(_open_document(), class_name="evidence-foot")),
                class_name="evidence",
                aria_label=t("Evidence"),
                custom_attrs={"data-evidence": ""},
            ),
            _lit_citation(),
        ),
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.span(EvidenceState.n, class_name="source-n numbers"),
        rx.el.div(
            _title(),
            _place(),
            class_name="grow",
        ),
        kit.icon_button("chevron-left", t("Previous citation"), size="sm", on_click=EvidenceState.step(-1),
                        custom_attrs={"data-key": "ArrowLeft"}, disabled=_at(0)),
        kit.icon_button("chevron-right", t("Next citation"), size="sm", on_click=EvidenceState.step(1),
                        custom_attrs={"data-key": "ArrowRight"}, disabled=_at(-1)),
        kit.icon_button("x", t("Close"), size="sm", on_click=EvidenceState.close, custom_attrs={"data-key": "Escape"}),
        class_name="evidence-head",
    )  # fmt: skip


def _title() -> rx.Component:
    title = EvidenceState.document_title
    return rx.el.h2(title, class_name="truncate", custom_attrs={"data-tip": title})


def _place() -> rx.Component:
    page = rx.cond(
        EvidenceState.page_count > 0,
        t("Page {page} of {pages}", page=EvidenceState.page, pages=EvidenceState.page_count),
        t("Page {page}", page=EvidenceState.page),
    )
    heading = rx.cond(EvidenceState.heading != "", rx.el.span(EvidenceState.heading, class_name="truncate"))
    return rx.el.p(
        rx.cond(EvidenceState.page > 0, rx.el.span(page, class_name="numbers")), heading, class_name="evidence-place"
    )


def _at(index: int) -> rx.Var[bool]:
    return (EvidenceState.numbers.length() == 0) | (EvidenceState.n == EvidenceState.numbers[index])


def _body() -> rx.Component:
    return rx.cond(
        EvidenceState.loading,
        rx.el.div(kit.skeleton(height="320px"), kit.skeleton_lines("92%", "100%", "84%", "60%"), class_name="stack"),
        rx.cond(
            EvidenceState.error_code != "",
            kit.error_state(
                t("The passage cannot be shown"),
                error_text(EvidenceState.error_code),
                kit.button(t("Try again"), on_click=EvidenceState.load),
            ),
            rx.fragment(rx.cond(EvidenceState.picture_url != "", _picture()), _passage()),
        ),
    )


def _picture() -> rx.Component:
    return rx.el.a(
        rx.el.img(
            src=EvidenceState.picture_url,
            alt=t("Page {page} with the passage marked", page=EvidenceState.page),
            key=EvidenceState.picture_url,
            custom_attrs={"data-page-picture": ""},
        ),
        rx.el.span(
            t("The picture of the page is not available. The text below is from the same place."),
            class_name="page-missing",
        ),
        href=EvidenceState.document_url,
        class_name="page-picture",
    )


def _passage() -> rx.Component:
    return rx.el.div(
        rx.el.span(EvidenceState.before, class_name="muted"),
        rx.el.span(EvidenceState.lead),
        rx.cond(EvidenceState.quote != "", rx.el.mark(EvidenceState.quote)),
        rx.el.span(EvidenceState.trail),
        rx.cond(EvidenceState.rows.length() > 0, _rows()),
        rx.el.span(EvidenceState.after, class_name="muted"),
        class_name="passage",
        tab_index=0,
        role="region",
        aria_label=t("Passage in context"),
    )


def _rows() -> rx.Component:
    header = rx.el.thead(
        rx.el.tr(rx.foreach(EvidenceState.columns, lambda name: rx.el.th(name, custom_attrs={"scope": "col"})))
    )
    return rx.el.div(
        rx.el.table(
            rx.cond(EvidenceState.columns.length() > 0, header),
            rx.el.tbody(rx.foreach(EvidenceState.rows, _row)),
            class_name="table",
        ),
        class_name="table-wrap",
    )


def _row(row: rx.Var[EvidenceLine]) -> rx.Component:
    cells = rx.foreach(row.cells, lambda cell: rx.el.td(rx.cond(row.is_quoted, rx.el.mark(cell), cell)))
    return rx.el.tr(cells, class_name=rx.cond(row.is_quoted, "quoted", ""))


def _open_document() -> rx.Component:
    return kit.button_link(
        t("Open the document here"), href=EvidenceState.document_url, icon_name="file-text", block=True
    )


def _lit_citation() -> rx.Component:
    # A rule instead of a prop: lighting a number must not draw every answer again.
    here = f'[data-answer="{EvidenceState.message_id}"]'
    number, card = f'{here} .cite[data-n="{EvidenceState.n}"]', f'{here} :not(.cite)[data-n="{EvidenceState.n}"]'
    return rx.el.style(
        rx.Var.create(number) + "{background:var(--accent);color:var(--accent-fg)}",
        rx.Var.create(card) + "{background:var(--accent-soft);border-color:var(--accent)}",
    )
