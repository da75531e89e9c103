"""Why an answer is bad: asked after a thumbs-down, and never needed."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import MessageId
from ragapp.core.quality import FeedbackReason
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of


class RatingState(rx.State):
    """The answer that was just rated bad; the rating itself is kept already."""

    message_id: str = ""
    reason: str = ""

    @rx.event
    def ask(self, message_id: str) -> None:
        """Ask why."""
        self.message_id, self.reason = message_id, ""

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Leave it without a reason."""
        self.message_id = self.message_id if is_asking else ""

    @rx.event
    def choose_reason(self, reason: str) -> None:
        """Pick a reason."""
        if reason in {*FeedbackReason}:
            self.reason = reason

    @rx.event
    async def send(self, form: dict[str, Any]) -> EventSpec | None:
        """Keep the reason and the note."""
        scope, language = await current_scope(self), await language_of(self)
        comment = str(form.get("comment", ""))[:2000]
        reason = FeedbackReason(self.reason) if self.reason else FeedbackReason.OTHER if comment.strip() else None
        message_id, self.message_id = self.message_id, ""
        try:
            await current().chats.give_feedback(
                scope, MessageId(message_id), rating="down", reason=reason, comment=comment
            )
        except RagAppError as error:
            return feedback.show(error, language)
        thanks = translate(language, "Thank you. Your administrators see why.")
        return feedback.success(thanks) if reason else None
