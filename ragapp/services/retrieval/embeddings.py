"""Embeddings: texts of the caller's as vectors of this installation's model. Nothing is stored."""

from collections.abc import Sequence

from ragapp.core.errors import InvalidInput
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.rag.ports import Vectors
from ragapp.services.retrieval.encoding import SharedEncoder
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.rule_views import Operation

MAX_TEXTS = 64
MAX_CHARACTERS = 32_000


class EmbeddingService:
    """Encodes texts the way passages are encoded."""

    def __init__(self, encoder: SharedEncoder, limits: LimitService) -> None:
        self._encoder = encoder
        self._limits = limits

    async def embed(self, scope: TenantScope, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), float32, in the order of `texts`.

        A text longer than the model's window is cut there.

        Raises:
            PermissionDenied: the caller may not search.
            InvalidInput: there are none or over `MAX_TEXTS`; one is blank, no text, or over `MAX_CHARACTERS`.
            RateLimited: too many for now. EmbedderUnavailable: the model cannot be reached or loaded.
        """
        require(scope, Permission.SEARCH)
        if not 1 <= len(texts) <= MAX_TEXTS:
            raise InvalidInput(f"Send 1 to {MAX_TEXTS} texts.", details={"field": "input"})
        for text in texts:
            _check(text)
        await self._limits.admit(scope, Operation.SEARCH)
        with self._encoder.queue(scope.tenant_id) as queue:
            return await queue.embed(texts)


def _check(text: str) -> None:
    if not text.strip() or len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"Every text must have 1 to {MAX_CHARACTERS} characters.", details={"field": "input"})
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("A text holds characters that are not text.", details={"field": "input"})
