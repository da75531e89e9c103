"""Embeddings by any sentence-transformers model, in this process, with torch."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ragapp.core.errors import DimensionMismatch, EmbedderUnavailable
from ragapp.rag.ports import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH_SIZE = 8


class SentenceTransformersEmbedder:
    """Implements `rag.ports.Embedder`.

    The model is loaded at the first call, in the one thread that uses it. Passages are handed to that thread in small
    batches, one after another, so that a question gets its turn between two of them.

    Args:
        model: A model name, or a folder that holds one.
        dimension: The length of its vectors; a model of another length is refused.
        question_prefix: Put before questions, for models trained with one (BGE-M3 needs none).
        passage_prefix: Put before passages, likewise.
        max_tokens: Where longer texts are cut; the model's own limit if that is lower.
        device: As torch names it; chosen by the library when None.
    """

    def __init__(
        self,
        model: str = "BAAI/bge-m3",
        *,
        dimension: int = 1024,
        question_prefix: str = "",
        passage_prefix: str = "",
        max_tokens: int = 512,
        device: str | None = None,
    ) -> None:
        self._name = model
        self._dimension = dimension
        self._question_prefix = question_prefix
        self._passage_prefix = passage_prefix
        self._max_tokens = max_tokens
        self._device = device
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="sentence-transformers")
        self._model: SentenceTransformer | None = None

    @property
    def fingerprint(self) -> str:
        """Name model, prefixes, vector length and token limit."""
        prefixes = f"{self._question_prefix}|{self._passage_prefix}"
        return f"sentence-transformers:{self._name}:{prefixes}:{self._dimension}:{self._max_tokens}"

    @property
    def dimension(self) -> int:
        """Return the vector length."""
        return self._dimension

    async def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, shape (dimension,), float32.

        Raises:
            EmbedderUnavailable: the model is not on this machine and cannot be fetched, or cannot be loaded.
            DimensionMismatch: the model's vectors have another length.
        """
        vector: Vectors = (await self._run([self._question_prefix + text]))[0]
        return vector

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), float32, in the order of `texts`.

        Raises:
            EmbedderUnavailable: the model is not on this machine and cannot be fetched, or cannot be loaded.
            DimensionMismatch: the model's vectors have another length.
        """
        prefixed = [self._passage_prefix + text for text in texts]
        batches = [prefixed[first : first + _BATCH_SIZE] for first in range(0, len(prefixed), _BATCH_SIZE)]
        empty = np.empty((0, self._dimension), dtype=np.float32)
        return np.concatenate([empty, *[await self._run(batch) for batch in batches]])

    async def close(self) -> None:
        """Free the model."""
        await asyncio.to_thread(partial(self._executor.shutdown, cancel_futures=True))
        self._model = None

    async def _run(self, texts: list[str]) -> Vectors:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._embed, texts)

    def _embed(self, texts: list[str]) -> Vectors:
        model = self._loaded()
        vectors = model.encode(texts, batch_size=_BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    def _loaded(self) -> "SentenceTransformer":
        if self._model is None:
            self._model = self._load()
        return self._model

    def _load(self) -> "SentenceTransformer":
        try:
            # Imported here: torch costs seconds and hundreds of megabytes.
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer(self._name, device=self._device)
        except Exception as error:  # the library raises whatever its own libraries raise
            raise EmbedderUnavailable(
                f"The embedding model {self._name} is not on this machine. Start once with access to the model hub, or "
                "copy the model into a folder and set RAGAPP_EMBEDDER_MODEL to that folder."
            ) from error
        actual = model.get_embedding_dimension()
        if actual != self._dimension:
            raise DimensionMismatch(details={"expected": self._dimension, "actual": actual})
        model.max_seq_length = min(self._max_tokens, model.max_seq_length or self._max_tokens)
        return model
