"""Somebody watches an answer being written: may they still?"""

import time

from ragapp.core.ids import DocumentId
from ragapp.core.scope import TenantScope
from ragapp.services.chat.run import Run
from ragapp.services.retrieval.withholding import ensure_role_holds, hides_any_of
from ragapp.store.store import Store

RECHECK_S = 0.9
"""Rights are looked at again after this long, so that a change reaches an open stream within a second."""


class Watch:
    """One follower of one run."""

    def __init__(self, store: Store, scope: TenantScope, run: Run) -> None:
        self._store = store
        self._scope = scope
        self._run = run
        self._looked_at = 0.0
        self._documents: frozenset[DocumentId] | None = None
        self._is_open = False

    async def look(self) -> bool:
        """Return whether the follower may see the text; asks the store again when it is time or something is new.

        Whoever asked sees all of it. Others see it only once it is known what it rests on, and if they may read that.

        Raises:
            NotFound: the chat is not theirs to read any more.
        """
        if self._is_due():
            self._documents, self._looked_at = self._run.documents, time.monotonic()
            async with self._store.read(self._scope) as tx:
                await ensure_role_holds(tx, self._scope)
                await tx.chats.get(self._run.chat_id)
                known = self._documents
                self._is_open = self._is_asker() or (known is not None and not await hides_any_of(tx, known))
        return self._is_open

    def _is_due(self) -> bool:
        is_old = time.monotonic() - self._looked_at >= RECHECK_S
        return is_old or (not self._is_asker() and self._documents != self._run.documents)

    def _is_asker(self) -> bool:
        return self._run.user_id == self._scope.user_id
