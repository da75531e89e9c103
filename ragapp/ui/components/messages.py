"""Questions and answers as rows that are drawn once and then left alone."""

import reflex as rx
from reflex.vars import VarData

from ragapp.ui import kit
from ragapp.ui.components.answer_text import answer_text
from ragapp.ui.components.sources import nearest_passages, numbers_of, source_chips
from ragapp.ui.components.stage_line import stage_line
from ragapp.ui.components.support_badge import support_badge
from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.chat import ChatState, messages
from ragapp.ui.states.evidence import EvidenceState
from ragapp.ui.states.room import RoomState
from ragapp.ui.states.rows import MessageRow
from ragapp.ui.states.stream import StreamState, stream_text


def message_list() -> rx.Component:
    """Every finished message of the open chat."""
    return rx.el.div(
        rx.foreach(
            messages(),
            lambda message: rx.cond(
                ChatState.hidden.contains(message.id),
                rx.fragment(),
                message_item(
                    message=message,
                    rating=ChatState.ratings.get(message.id, "").to(str),
                    key=message.id,
                ),
            ),
        ),
        role="log",
        aria_live="off",
        class_name="messages",
    )


@rx.memo
def message_item(rest: rx.RestProp, *, message: rx.Var[MessageRow], rating: rx.Var[str]) -> rx.Component:
    """One message; drawn again only when it or its rating changes."""
    return rx.el.div(
        rx.cond(message.role == "user", _question(message), _answer(message, rating)),
        rest,
        class_name="message",
    )


def open_answer() -> rx.Component:
    """The answer that is being written."""
    return rx.cond(
        (StreamState.run_id != "") & (StreamState.chat_id_of_run == ChatState.open_chat),
        rx.el.article(
            answer_text(
                text=stream_text(),
                sources=StreamState.sources,
                page_word=t("page"),
                answer_id=StreamState.answer_id,
                busy=True,
            ),
            stage_line(),
            class_name="answer answer-open",
            aria_label=t("Answer"),
        ),
    )


def _question(message: rx.Var[MessageRow]) -> rx.Component:
    return rx.fragment(
        rx.cond(message.author != "", rx.el.p(message.author, class_name="question-author")),
        rx.el.div(message.text, class_name="question", dir="auto"),
    )


def _answer(message: rx.Var[MessageRow], rating: rx.Var[str]) -> rx.Component:
    return rx.el.article(
        rx.cond(message.answerable, _text(message)),
        _unsupported(message),
        _ending(message),
        rx.cond(message.answerable, _proof(message), _refusal(message)),
        _withheld(message),
        _details(message),
        rx.cond(message.is_withheld, rx.fragment(), _actions(message, rating)),
        class_name="answer",
        aria_label=t("Answer"),
    )


def _withheld(message: rx.Var[MessageRow]) -> rx.Component:
    whole = t("This answer quotes documents that you may not open, so it is not shown to you.")
    some = tn(
        "{n} source is not shown: you may not open its document.",
        "{n} sources are not shown: you may not open their documents.",
        message.withheld_count,
    )
    return rx.cond(
        message.is_withheld,
        kit.notice(whole, icon_name="lock"),
        rx.cond(message.withheld_count > 0, rx.el.p(kit.icon("lock"), some, class_name="answer-note row")),
    )


def _unsupported(message: rx.Var[MessageRow]) -> rx.Component:
    note = tn(
        "{n} detail marked “?” is not in the sources. Check it before you rely on it.",
        "{n} details marked “?” are not in the sources. Check them before you rely on them.",
        message.unsupported.length(),
    )
    return rx.cond(
        message.unsupported.length() > 0,
        rx.el.p(kit.icon("circle-help"), note, class_name="answer-note row unsure-note"),
    )


def _text(message: rx.Var[MessageRow]) -> rx.Component:
    return answer_text(
        text=message.text,
        sources=message.sources,
        page_word=t("page"),
        answer_id=message.id,
        busy=False,
        unsupported=message.unsupported,
        on_cite=lambda n: EvidenceState.show(message.id, n, numbers_of(message.sources)),
    )


def _proof(message: rx.Var[MessageRow]) -> rx.Component:
    return rx.cond(
        message.sources.length() > 0,
        rx.el.div(support_badge(message), source_chips(message.id, message.sources), class_name="proof"),
    )


def _refusal(message: rx.Var[MessageRow]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            kit.icon("file-search"),
            rx.el.div(
                rx.el.strong(t("Not in your documents")),
                rx.el.p(
                    rx.cond(
                        message.sources.length() > 0,
                        t("Your documents do not say. Closest passages:"),
                        t("Your documents do not say, and no passage comes close."),
                    )
                ),
            ),
            class_name="refusal-head",
        ),
        nearest_passages(message.id, message.sources),
        rx.cond(message.may_renew, _tell_admins(message)),
        class_name="refusal",
    )


def _tell_admins(message: rx.Var[MessageRow]) -> rx.Component:
    told = rx.el.p(kit.icon("check"), t("Your administrators know about this question."), class_name="answer-note row")
    button = kit.button(t("Tell the administrators this is missing"), size="sm", on_click=RoomState.report(message.id))
    return rx.cond(message.is_reported | RoomState.reported.contains(message.id), told, button)


def _details(message: rx.Var[MessageRow]) -> rx.Component:
    shown = RoomState.shows_details & (message.details != "")
    return rx.cond(shown, rx.el.p(message.details, class_name="muted numbers answer-note"))


def _ending(message: rx.Var[MessageRow]) -> rx.Component:
    return rx.match(
        message.status,
        ("stopped", rx.el.p(t("Stopped. What was written is kept."), class_name="answer-note")),
        (
            "interrupted",
            rx.el.p(t("The server restarted while this was written. Ask again."), class_name="answer-note"),
        ),
        ("failed", kit.notice(error_text(message.error_code), tone="bad", icon_name="circle-alert")),
        rx.fragment(),
    )


def _actions(message: rx.Var[MessageRow], rating: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        kit.icon_button(
            "copy",
            t("Copy"),
            size="sm",
            on_click=[rx.set_clipboard(_with_sources(message)), rx.toast.success(t("Copied"))],
        ),
        rx.cond(
            message.may_renew | ChatState.is_mine,
            kit.icon_button("refresh-cw", t("Answer again"), size="sm", on_click=ChatState.again(message.id)),
        ),
        _thumb(message, rating, "up", "thumbs-up", t("Good answer")),
        _thumb(message, rating, "down", "thumbs-down", t("Bad answer")),
        class_name="answer-actions",
    )


def _with_sources(message: rx.Var[MessageRow]) -> rx.Var[str]:
    line = "`[${source.n}] ${source.title}${source.page ? ', ' + page + ' ' + source.page : ''}`"
    script = f"((text, sources, page) => [text, ...sources.map((source) => {line})].join('\\n'))"
    parts = (message.text, message.sources, t("page"))
    data = VarData.merge(*(part._get_all_var_data() for part in parts))
    return rx.Var(f"{script}({', '.join(str(part) for part in parts)})", _var_data=data).to(str)


def _thumb(
    message: rx.Var[MessageRow], rating: rx.Var[str], value: str, icon_name: str, label: rx.Var[str]
) -> rx.Component:
    return kit.icon_button(
        icon_name, label, size="sm", aria_pressed=rx.cond(rating == value, "true", "false"),
        on_click=ChatState.rate(message.id, value),
    )  # fmt: skip
