"""What of a shared chat its reader may see: nothing that is quoted from knowledge bases they may not open.

An answer was found by the rights of whoever asked. They keep what was written for them; anybody else gets its quotes
only from documents they can open themselves. An answer that is made of nothing but quotes, or that was never finished,
so that nobody knows what it rests on, is then not shown at all. Administrators read all documents: nothing is kept from
them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragapp.core.errors import NotFound
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import MessageStatus
from ragapp.core.scope import Role, TenantScope, is_at_least
from ragapp.models import Chat, Message
from ragapp.store.store import TenantTransaction

QUOTING_GENERATORS = frozenset({"extractive"})
"""Generators whose answers are sentences of the documents, word for word."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is left of a message for one reader."""

    text: str
    sources: tuple[Mapping[str, Any], ...]
    withheld_count: int = 0
    is_withheld: bool = False


def author_of(message: Message, chat: Chat) -> str:
    """Return who asked, or for whom an answer was written."""
    return message.author_id or chat.owner_id


async def shown_to(
    tx: TenantTransaction, scope: TenantScope, chat: Chat, messages: Sequence[Message]
) -> dict[str, Shown]:
    """Return message id -> what the caller sees of it."""
    foreign = [each for each in messages if each.role == "assistant" and author_of(each, chat) != scope.user_id]
    shown = {each.id: Shown(each.text, tuple(each.sources)) for each in messages}
    if not foreign or not await tx.knowledge_bases.hides_any():
        return shown
    cited = {document_id for each in foreign for document_id in documents_of(each.sources)}
    readable = await tx.documents.readable_among(cited)
    return shown | {each.id: _cut(each, readable) for each in foreign}


async def hides_any_of(tx: TenantTransaction, document_ids: frozenset[DocumentId]) -> bool:
    """Return whether one of the documents is not the caller's to read."""
    if not document_ids or not await tx.knowledge_bases.hides_any():
        return False
    return await tx.documents.readable_among(document_ids) != document_ids


async def ensure_role_holds(tx: TenantTransaction, scope: TenantScope) -> None:
    """Check, while something lasts, that the caller's role is not weaker than when it began.

    Raises:
        NotFound: it is; what they may still read they get by asking again.
    """
    membership = (await tx.members.get_self())[2]
    if not is_at_least(Role(membership.role), scope.role):
        raise NotFound("Your role was changed while the answer was written. Ask again.")


def documents_of(sources: Sequence[Mapping[str, Any]]) -> set[DocumentId]:
    """Return the documents that stored sources are from."""
    return {DocumentId(source["passage"]["document_id"]) for source in sources}


def _cut(message: Message, readable: frozenset[DocumentId]) -> Shown:
    kept = tuple(each for each in message.sources if documents_of([each]) <= readable)
    missing = len(message.sources) - len(kept)
    is_finished = message.status == MessageStatus.COMPLETE
    is_quoting = message.generator in QUOTING_GENERATORS
    is_withheld = bool(message.text) and (not is_finished or (bool(missing) and is_quoting))
    return Shown("" if is_withheld else message.text, kept, missing, is_withheld)
