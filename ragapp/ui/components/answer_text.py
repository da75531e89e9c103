"""The markdown of an answer, with its citations (`assets/js/answer_text.jsx`)."""

# mypy: disable-error-code="valid-type, type-arg, misc"
# Reflex declares events as `EventHandler[spec]`, which only its own compiler reads as a type.

import reflex as rx
from reflex_base.components.component import field
from reflex_base.event import passthrough_event_spec

from ragapp.ui.i18n import t
from ragapp.ui.states.rows import SourceRow, UnsupportedRow


class AnswerText(rx.Component):
    """Renders an answer block by block.

    Raw HTML and remote images never reach the page. A link shows its host and asks before it leads away; one that could
    pass for a citation is text.
    """

    library = "$/public/js/answer_text.jsx"
    tag = "AnswerText"
    lib_dependencies: list[str] = ["react-markdown@10.1.0", "remark-gfm@4.0.1"]  # noqa: RUF012 - Reflex reads it so

    text: rx.Var[str] = field(doc="Markdown with [n] markers.")
    sources: rx.Var[list[SourceRow]] = field(doc="What the markers stand for.")
    page_word: rx.Var[str] = field(doc='The word "page" in the user\'s language.')
    answer_id: rx.Var[str] = field(doc="The message, so that the lit citation can be found.")
    busy: rx.Var[bool] = field(doc="Whether more text is coming.")
    leaving: rx.Var[dict[str, str]] = field(doc="The words of the question before a link is followed.")
    unsupported: rx.Var[list[UnsupportedRow]] = field(doc="Places of what no cited passage holds.")
    unsure_word: rx.Var[str] = field(doc="What is said of these places.")
    on_cite: rx.EventHandler[passthrough_event_spec(int)] = field(doc="A citation was chosen.")


def answer_text(**props: object) -> rx.Component:
    """An answer with the words of its links."""
    leaving = {
        "title": t("Open this page?"),
        "text": t("The link leads out of this app. Check the address first."),
        "open": t("Open page"),
        "stay": t("Stay here"),
    }
    return AnswerText.create(**props, leaving=leaving, unsure_word=t("not in the sources"))
