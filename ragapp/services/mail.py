"""Mail to people: queued in the transaction that causes it, delivered afterwards, again and again if need be."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

import structlog

from ragapp.core.errors import InvariantBroken, MailUnavailable
from ragapp.core.ids import new_id
from ragapp.core.ports import Clock, Mailer, SecretBox
from ragapp.core.scope import Origin, PlatformScope
from ragapp.models import OutboxMail
from ragapp.services.mail_texts import MailKind, compose
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store, TenantTransaction

_log = structlog.get_logger(__name__)
_POSTMAN = PlatformScope(Origin.TASK)
_AT_ONCE = 20
_CLAIMED = timedelta(minutes=2)
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
_MOST_ATTEMPTS = 12
_KEPT = timedelta(days=30)

Transaction = TenantTransaction | PlatformTransaction
Params = Mapping[str, str]
Preparation = Callable[[PlatformTransaction, str, Params], Awaitable[None]]
"""Does what a request asks for (transaction, address, parameters), usually by queueing a message, or does nothing."""


class MailRequest(StrEnum):
    """What is queued like a message but looked at first, so that asking takes the same time for everybody."""

    RESET = "reset_request"


class MailService:
    """The outbox. What messages say is encrypted while it waits and emptied once it is sent: it holds links."""

    def __init__(
        self, store: Store, mailer: Mailer, secrets: SecretBox, clock: Clock, *, has_server: bool
    ) -> None:
        self._store = store
        self._mailer = mailer
        self._secrets = secrets
        self._clock = clock
        self._preparations: dict[str, Preparation] = {}
        self.has_server = has_server
        """Whether messages reach people by themselves; without a server they are files for the operator."""

    async def queue(
        self, tx: Transaction, kind: MailKind | MailRequest, recipient: str, language: str, params: Params
    ) -> None:
        """Queue a message in the transaction of its cause.

        Args:
            tx: That transaction: no commit, no message.
            kind: Which message.
            recipient: Address.
            language: "hr" or "en".
            params: What the text of this kind fills in; see `mail_texts`.
        """
        mail_id, now = new_id(), self._clock.now()
        payload = json.dumps({"recipient": recipient, "params": dict(params)})
        await tx.outbox.add(
            OutboxMail(
                id=mail_id,
                kind=kind.value,
                language=language,
                payload=self._secrets.encrypt(payload, context=_context(mail_id)),
                run_after=now,
                created_at=now,
            )
        )

    async def queue_invitation(self, tx: Transaction, recipient: str, language: str, params: Params) -> bool:
        """Queue an invitation; return whether it reaches the person without anybody handing it over."""
        await self.queue(tx, MailKind.INVITATION, recipient, language, params)
        return self.has_server

    def prepare_with(self, request: MailRequest, preparation: Preparation) -> None:
        """Say who handles a kind of request."""
        self._preparations[request.value] = preparation

    async def deliver_due(self) -> int:
        """Deliver what is due and return how many messages left; one that fails does not hold up the others."""
        async with self._store.read_platform(_POSTMAN) as tx:
            due = await tx.outbox.due(self._clock.now(), _AT_ONCE)
        delivered = 0
        for mail in due:
            delivered += await self._deliver(mail)
        return delivered

    async def _deliver(self, mail: OutboxMail) -> bool:
        async with self._store.begin_platform(_POSTMAN) as tx:
            if not await tx.outbox.claim(mail, self._clock.now() + _CLAIMED):
                return False
        try:
            facts = json.loads(self._secrets.decrypt(mail.payload, context=_context(mail.id)))
            if mail.kind in self._preparations:
                await self._prepare(mail, facts)
                return False
            await self._mailer.send(compose(MailKind(mail.kind), mail.language, facts["recipient"], facts["params"]))
        except MailUnavailable as error:
            await self._postpone(mail, error.code)
            return False
        except (InvariantBroken, KeyError, ValueError) as error:
            await self._finish(mail, "failed", type(error).__name__)
            return False
        await self._finish(mail, "sent")
        return True

    async def _prepare(self, mail: OutboxMail, facts: dict[str, Any]) -> None:
        async with self._store.begin_platform(_POSTMAN) as tx:
            await self._preparations[mail.kind](tx, facts["recipient"], facts["params"])
            await tx.outbox.finish(mail.id, status="sent", at=self._clock.now())

    async def _finish(self, mail: OutboxMail, status: str, error: str = "") -> None:
        now = self._clock.now()
        async with self._store.begin_platform(_POSTMAN) as tx:
            await tx.outbox.finish(mail.id, status=status, at=now, error=error)
            await tx.outbox.remove_closed(now - _KEPT)
        _log.info("mail.closed", mail_id=mail.id, kind=mail.kind, status=status, error=error)

    async def _postpone(self, mail: OutboxMail, error: str) -> None:
        if mail.attempts + 1 >= _MOST_ATTEMPTS:
            await self._finish(mail, "failed", error)
            return
        pause = min(_FIRST_PAUSE * 2**mail.attempts, _LONGEST_PAUSE)
        async with self._store.begin_platform(_POSTMAN) as tx:
            await tx.outbox.postpone(mail.id, until=self._clock.now() + pause, error=error)
        _log.warning("mail.postponed", mail_id=mail.id, kind=mail.kind, error=error)


def _context(mail_id: str) -> str:
    return f"mail:{mail_id}"
