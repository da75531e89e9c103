"""An embedder without a model: words hashed to directions."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from ragapp.core.errors import EmbedderUnavailable
from ragapp.rag.ports import Vectors


class HashEmbedder:
    """Implements `rag.ports.Embedder`: different unit vectors for different texts, closer when they share words.

    `available = False` makes every call raise `EmbedderUnavailable`. `embedded` records the texts of all passage calls.
    """

    def __init__(self, *, dimension: int = 64, fingerprint: str = "hash-v1") -> None:
        self._dimension = dimension
        self._fingerprint = fingerprint
        self.available = True
        self.embedded: list[list[str]] = []
        self.questions: list[str] = []
        self.closed = False

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_question(self, text: str) -> Vectors:
        self._check()
        self.questions.append(text)
        return self._vector(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self._check()
        self.embedded.append(list(texts))
        if not texts:
            return np.zeros((0, self._dimension), dtype=np.float32)
        return np.stack([self._vector(text) for text in texts])

    async def close(self) -> None:
        self.closed = True

    def _check(self) -> None:
        if not self.available:
            raise EmbedderUnavailable

    def _vector(self, text: str) -> Vectors:
        # A twentieth of the vector comes from the exact text, so that no two texts ever coincide.
        total = 0.05 * self._direction("text:" + text)
        for word in re.findall(r"\w+", _fold(text)):
            total = total + self._direction("word:" + word[:5])
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)

    def _direction(self, key: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(key.encode(errors="replace")).digest()[:8], "big")
        direction = np.random.default_rng(seed).standard_normal(self._dimension)
        return direction / np.linalg.norm(direction)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
