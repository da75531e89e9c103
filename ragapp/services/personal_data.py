"""Everything the product keeps about one person in one organisation, for that person to take along."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.ids import ChatId, MessageId
from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope, require_person
from ragapp.services.chat.chats import ChatService
from ragapp.services.identity.accounts import AccountService
from ragapp.services.identity.sessions import SessionService
from ragapp.store.store import Store

_PAGE = 100


class PersonalDataService:
    """Hands people their own data, piece by piece: the whole is never in memory."""

    def __init__(
        self, store: Store, accounts: AccountService, sessions: SessionService, chats: ChatService, clock: Clock
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._sessions = sessions
        self._chats = chats
        self._clock = clock

    def check(self, scope: TenantScope) -> None:
        """Refuse what `export` would refuse, before a download begins.

        Raises:
            ReauthenticationRequired: confirm who you are first. PermissionDenied: a key cannot ask for this.
        """
        require_person(scope, self._clock.now())

    async def export(self, scope: TenantScope) -> AsyncIterator[bytes]:
        """Return the pieces of one JSON document.

        It holds profile, sessions, names of keys, own acts, own chats with sources, own ratings of answers, and the
        test questions that the person added.

        Raises:
            ReauthenticationRequired: confirm who you are first. PermissionDenied: a key cannot ask for this.
        """
        self.check(scope)
        async with self._store.begin(scope) as tx:
            await tx.audit.record(AuditAction.DATA_EXPORTED, AuditTarget("user", scope.user_id))
        return self._pieces(scope)

    async def _pieces(self, scope: TenantScope) -> AsyncIterator[bytes]:
        me = await self._accounts.me(scope)
        facts = {
            "exported_at": self._clock.now(),
            "profile": asdict(me.user),
            "organisation": asdict(me.tenant),
            "role": me.role,
            "sessions": [asdict(view) for view in await self._sessions.list_own(scope)],
        }
        yield _json(facts).rstrip(b"}")
        parts = (
            ("api_keys", self._keys(scope)),
            ("acts", self._acts(scope)),
            ("chats", self._own(scope)),
            ("ratings", self._ratings(scope)),
            ("test_questions", self._test_questions(scope)),
        )
        for name, items in parts:
            yield f', "{name}": ['.encode()
            separator = b""
            async for item in items:
                yield separator + _json(item)
                separator = b", "
            yield b"]"
        yield b"}\n"

    async def _keys(self, scope: TenantScope) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            async with self._store.read(scope) as tx:
                rows, cursor = await tx.api_keys.list_page(limit=_PAGE, cursor=cursor, of_everybody=False)
            for key, _, _ in rows:
                yield key.model_dump(include={"name", "prefix", "scopes", "created_at", "last_used_at", "expires_at"})
            if cursor is None:
                return

    async def _acts(self, scope: TenantScope) -> AsyncIterator[dict[str, Any]]:
        before: int | None = None
        while True:
            async with self._store.read(scope) as tx:
                events = await tx.audit.list_events(limit=_PAGE, before=before, actor_id=scope.user_id)
            for event in events:
                yield event.model_dump(include={"at", "action", "target_kind", "target_id", "details", "origin"})
            if len(events) < _PAGE:
                return
            before = events[-1].sequence

    async def _own(self, scope: TenantScope) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            page = await self._chats.list(scope, limit=_PAGE, cursor=cursor)
            for chat in page.items:
                yield {**asdict(chat), "messages": await self._messages(scope, chat.id)}
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _ratings(self, scope: TenantScope) -> AsyncIterator[dict[str, Any]]:
        async with self._store.read(scope) as tx:
            rows = await tx.bad_ratings.list_made_by_me()
        for row in rows:
            yield row.model_dump(include={"message_id", "rating", "reason", "comment", "created_at"})

    async def _test_questions(self, scope: TenantScope) -> AsyncIterator[dict[str, Any]]:
        async with self._store.read(scope) as tx:
            rows = await tx.quality_questions.list_made_by_me()
        for row in rows:
            yield row.model_dump(include={"text", "expects", "document_id", "page", "words", "origin", "created_at"})

    async def _messages(self, scope: TenantScope, chat_id: ChatId) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        before: MessageId | None = None
        while True:
            page = await self._chats.messages(scope, chat_id, limit=_PAGE, before=before)
            found[:0] = [asdict(message) for message in page.items]
            if page.next_cursor is None:
                return found
            before = MessageId(page.next_cursor)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    return str(value)
