"""A keyed request is done once: whoever lost the answer asks again and gets it, and nothing is made twice."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ragapp.core.errors import Conflict, RagAppError
from ragapp.core.ports import SecretBox
from ragapp.core.scope import TenantScope
from ragapp.store.store import Store

_UNDER_WAY = "A request with this Idempotency-Key has not been answered yet. Look whether it was done."


class IdempotencyService:
    """Answers of the caller's keyed requests, kept for 24 hours; encrypted, since some carry a secret."""

    def __init__(self, store: Store, secrets: SecretBox) -> None:
        self._store = store
        self._secrets = secrets

    async def once(
        self,
        scope: TenantScope,
        key: str,
        request_digest: str,
        act: Callable[[], Awaitable[Mapping[str, Any]]],
    ) -> Mapping[str, Any]:
        """Do a request and keep its answer, or return the answer it was given before.

        The key is taken before anything is done: should this process die in between, the same request is refused from
        then on rather than done a second time.

        Args:
            scope: Whose key it is.
            key: Chosen by the sender.
            request_digest: Tells this request from any other.
            act: Does it; the answer must be JSON.

        Raises:
            IdempotencyKeyReused: the key came with another request. Conflict: the first one is not answered yet.
            Whatever `act` refuses with; the key is free again then.
        """
        known = await self._take(scope, key, request_digest)
        if known is not None:
            return self._open(scope, key, known)
        try:
            answer = await act()
        except RagAppError:
            async with self._store.begin(scope) as tx:
                await tx.idempotency.forget(key)
            raise
        sealed = self._secrets.encrypt(json.dumps(answer), context=_context(scope, key))
        async with self._store.begin(scope) as tx:
            await tx.idempotency.answer(key, {"sealed": sealed})
        return answer

    async def _take(self, scope: TenantScope, key: str, request_digest: str) -> Mapping[str, Any] | None:
        # With fewer rights, as by another key of the same person, it is another request: an answer may be a secret.
        rights = " ".join(sorted(scope.permissions))
        digest = hashlib.sha256(f"{request_digest} {rights}".encode()).hexdigest()
        async with self._store.begin(scope) as tx:
            known = await tx.idempotency.find_response(key, digest)
            if known is None:
                await tx.idempotency.remember(key, digest, {})
        return known

    def _open(self, scope: TenantScope, key: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
        if not known:
            raise Conflict(_UNDER_WAY)
        answer: Mapping[str, Any] = json.loads(self._secrets.decrypt(known["sealed"], context=_context(scope, key)))
        return answer


def _context(scope: TenantScope, key: str) -> str:
    return f"idempotency:{scope.tenant_id}:{scope.user_id}:{key}"
