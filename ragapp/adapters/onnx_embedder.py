"""The built-in embedders: an int8 ONNX encoder on the processor, without torch."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from ragapp.core.errors import EmbedderUnavailable
from ragapp.core.precedence import Precedence
from ragapp.rag.ports import Vectors

_PASSAGE_NICENESS = 5
_PASSAGES_AT_ONCE = 4
"""Passages that a thread takes at a time, one run each: telling the event loop of every single one costs it dear."""


class TextEncoder(Protocol):
    """A loaded model; may be called from several threads at once."""

    def embed(self, text: str) -> Vectors:
        """Return the unit vector of one text, shape (dimension,), float32."""


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """One of the built-in models: what its vectors are, and how to load it.

    Attributes:
        fingerprint: Names weights, precision, pooling, token limit and the forms of both sides; at most 64 characters.
        dimension: The length of its vectors.
        load: Reads the model's files; whatever it raises means that they are missing or damaged.
        question_form: What of a question the model is given.
        passage_form: What of a passage the model is given.
    """

    fingerprint: str
    dimension: int
    load: Callable[[], TextEncoder]
    question_form: Callable[[str], str] = str
    passage_form: Callable[[str], str] = str


class OnnxEmbedder:
    """Implements `rag.ports.Embedder`.

    Each text is one run on one core; as many run at once as there are cores. Nothing is padded, and a text has the same
    vector whatever is embedded beside it: in an int8 model the activation scale is shared by a whole batch, so batching
    would move vectors by 0.006 in cosine, and it brings nothing on a processor (docs/adr/0011). Questions
    have threads of their own and passages run at a lower scheduling priority: a question never queues behind ingestion.
    No further passage begins while a question is under way, or for a moment only.

    The model is loaded at the first call. Text beyond its token limit is not seen by it: chunk below that.

    Args:
        recipe: The model.
        thread_count: Runs at once, for questions and for passages each; the number of cores by default.
        precedence: Whose questions passages let pass; only this embedder's own by default.
    """

    def __init__(
        self, recipe: EncoderRecipe, *, thread_count: int | None = None, precedence: Precedence | None = None
    ) -> None:
        self._recipe = recipe
        self._precedence = precedence or Precedence()
        threads = thread_count or os.cpu_count() or 1
        self._questions = ThreadPoolExecutor(threads, thread_name_prefix="embed-question")
        self._passages = ThreadPoolExecutor(
            threads, thread_name_prefix="embed-passage", initializer=_step_back, initargs=(_PASSAGE_NICENESS,)
        )
        self._lock = threading.Lock()
        self._encoder: TextEncoder | None = None

    @property
    def fingerprint(self) -> str:
        """Name what the vectors depend on."""
        return self._recipe.fingerprint

    @property
    def dimension(self) -> int:
        """Return the vector length."""
        return self._recipe.dimension

    async def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, shape (dimension,), float32.

        Raises:
            EmbedderUnavailable: the model files are missing or damaged.
        """
        given = self._recipe.question_form(text)
        with self._precedence.question():
            return await asyncio.get_running_loop().run_in_executor(self._questions, self._embed, given)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), float32, in the order of `texts`.

        Raises:
            EmbedderUnavailable: the model files are missing or damaged.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        loop, abandoned = asyncio.get_running_loop(), threading.Event()
        runs = [
            loop.run_in_executor(self._passages, self._embed_all, texts[start : start + _PASSAGES_AT_ONCE], abandoned)
            for start in range(0, len(texts), _PASSAGES_AT_ONCE)
        ]
        try:
            return np.concatenate(await asyncio.gather(*runs))
        finally:
            abandoned.set()
            for run in runs:
                run.cancel()

    def release(self) -> None:
        """Free the model until the next call; runs under way end with the model they began with."""
        self._encoder = None

    async def close(self) -> None:
        """Free the model."""
        for executor in (self._questions, self._passages):
            await asyncio.to_thread(partial(executor.shutdown, cancel_futures=True))
        self.release()

    def _embed(self, given: str) -> Vectors:
        # A lone surrogate is valid in a Python string but not in UTF-8, which the tokenizers need.
        vector = self._loaded().embed(given.encode(errors="replace").decode())
        if not np.isfinite(vector).all():
            raise EmbedderUnavailable("The embedding model returned numbers that are not finite.")
        return vector

    def _embed_all(self, texts: Sequence[str], abandoned: threading.Event) -> Vectors:
        vectors = []
        for text in texts:
            if abandoned.is_set():
                raise CancelledError
            self._precedence.give_way_in_thread()
            vectors.append(self._embed(self._recipe.passage_form(text)))
        return np.stack(vectors)

    def _loaded(self) -> TextEncoder:
        with self._lock:
            if self._encoder is None:
                self._encoder = self._load()
            return self._encoder

    def _load(self) -> TextEncoder:
        try:
            return self._recipe.load()
        except Exception as error:  # the libraries raise their own bare exceptions
            raise EmbedderUnavailable(
                "The embedding model's files are missing or damaged. Run `make setup` to install it."
            ) from error


def _step_back(niceness: int) -> None:
    """Lower the scheduling priority of the current thread (on Linux, priority belongs to threads)."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
