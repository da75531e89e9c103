"""Embeddings from an Ollama server."""

import asyncio
from collections.abc import Sequence

import httpx
import numpy as np

from ragapp.adapters.ollama_client import OllamaError, open_client, pull_command, raise_for_error
from ragapp.core.errors import DimensionMismatch, EmbedderUnavailable
from ragapp.rag.ports import Vectors

_BATCH_SIZE = 16


class OllamaEmbedder:
    """Implements `rag.ports.Embedder` over `/api/embed`.

    Passages go in small requests, one after another, so that a question gets its turn between two of them.

    Args:
        base_url: Where Ollama listens.
        model: Its name there.
        dimension: The length of its vectors; answers of another length are refused.
        connect_timeout_s: How long to wait for a connection.
        timeout_s: How long one request may take, loading the model included.
        keep_alive: How long the server keeps the model in memory after a request, in Ollama's notation.
    """

    def __init__(
        self,
        base_url: str,
        model: str = "bge-m3",
        *,
        dimension: int = 1024,
        connect_timeout_s: float = 3.0,
        timeout_s: float = 120.0,
        keep_alive: str = "30m",
    ) -> None:
        self._model = model
        self._dimension = dimension
        self._timeout_s = timeout_s
        self._keep_alive = keep_alive
        self._client = open_client(base_url, connect_timeout_s=connect_timeout_s)

    @property
    def fingerprint(self) -> str:
        """Name server kind, model and vector length; a model changed under its name is not noticed."""
        return f"ollama:{self._model}:{self._dimension}"

    @property
    def dimension(self) -> int:
        """Return the vector length."""
        return self._dimension

    async def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, shape (dimension,), float32.

        Raises:
            EmbedderUnavailable: the server cannot be reached, lacks the model, fails or answers nonsense.
            DimensionMismatch: the model's vectors have another length.
        """
        vector: Vectors = (await self._embed([text]))[0]
        return vector

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), float32, in the order of `texts`.

        Raises:
            EmbedderUnavailable: the server cannot be reached, lacks the model, fails or answers nonsense.
            DimensionMismatch: the model's vectors have another length.
        """
        batches = [texts[first : first + _BATCH_SIZE] for first in range(0, len(texts), _BATCH_SIZE)]
        empty = np.empty((0, self._dimension), dtype=np.float32)
        return np.concatenate([empty, *[await self._embed(batch) for batch in batches]])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        # A lone surrogate, valid in a Python string, cannot be sent as UTF-8.
        sendable = [text.encode(errors="replace").decode() for text in texts]
        body = {"model": self._model, "input": sendable, "keep_alive": self._keep_alive}
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post("/api/embed", json=body)
                await raise_for_error(response)
            answered = response.json()["embeddings"]
        except OllamaError as error:
            if error.model_missing:
                raise EmbedderUnavailable(
                    f"The embedding model {self._model} is not installed on the model server. "
                    f"Run: {pull_command(self._model)}"
                ) from error
            raise EmbedderUnavailable from error
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError) as error:
            raise EmbedderUnavailable from error
        return self._checked(answered, len(texts))

    def _checked(self, answered: object, count: int) -> Vectors:
        """Return unit vectors, or refuse what the server sent."""
        try:
            vectors = np.asarray(answered, dtype=np.float32)
        except (ValueError, TypeError) as error:
            raise EmbedderUnavailable("The model server answered with something other than vectors.") from error
        if vectors.ndim != 2 or len(vectors) != count:
            raise EmbedderUnavailable("The model server answered with the wrong number of vectors.")
        if vectors.shape[1] != self._dimension:
            raise DimensionMismatch(details={"expected": self._dimension, "actual": vectors.shape[1]})
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise EmbedderUnavailable("The model server answered with a vector that has no direction.")
        return np.asarray(vectors / lengths, dtype=np.float32)
