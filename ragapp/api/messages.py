"""What readers say about answers."""

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import MessageId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.chats import Feedback
from ragapp.services.registry import current

router = caller_router("messages")


@router.post("/messages/{message_id}/feedback", status_code=204)
async def give_feedback(message_id: MessageId, body: Feedback, scope: CallerScope) -> None:
    """Rate an answer, and say why it is bad; a later rating replaces an earlier one."""
    await current().chats.give_feedback(
        scope, message_id, rating=body.rating, reason=body.reason, comment=body.comment
    )
