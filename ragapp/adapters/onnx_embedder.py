"""The default embedder: all-MiniLM-L6-v2 as int8 ONNX on the processor, without torch."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragapp.adapters.minilm_setup import FINGERPRINT, MODEL_FILE, TOKENIZER_FILE
from ragapp.core.errors import EmbedderUnavailable
from ragapp.core.precedence import Precedence
from ragapp.rag.ports import Vectors

if TYPE_CHECKING:
    import onnxruntime  # type: ignore[import-untyped]
    import tokenizers

DIMENSION = 384
MAX_TOKENS = 256
_PASSAGE_NICENESS = 5
_PASSAGES_AT_ONCE = 4
"""Passages that a thread takes at a time, one run each: telling the event loop of every single one costs it dear."""


class OnnxEmbedder:
    """Implements `rag.ports.Embedder`.

    Each text is one run on one core; as many run at once as there are cores. Nothing is padded, and a text has the same
    vector whatever is embedded beside it: in an int8 model the activation scale is shared by a whole batch, so batching
    would move vectors by 0.006 in cosine, and it brings nothing on a processor (docs/adr/0011). Questions
    have threads of their own and passages run at a lower scheduling priority: a question never queues behind ingestion.
    No further passage begins while a question is under way, or for a moment only.

    Text beyond `MAX_TOKENS` tokens, two of them special, is not seen by the model: chunk below that.

    Args:
        folder: What `minilm_setup.ensure_minilm` returned.
        thread_count: Runs at once, for questions and for passages each; the number of cores by default.
        precedence: Whose questions passages let pass; only this embedder's own by default.
    """

    def __init__(
        self, folder: Path, *, thread_count: int | None = None, precedence: Precedence | None = None
    ) -> None:
        self._folder = folder
        self._precedence = precedence or Precedence()
        threads = thread_count or os.cpu_count() or 1
        self._questions = ThreadPoolExecutor(threads, thread_name_prefix="embed-question")
        self._passages = ThreadPoolExecutor(
            threads, thread_name_prefix="embed-passage", initializer=_step_back, initargs=(_PASSAGE_NICENESS,)
        )
        self._lock = threading.Lock()
        self._model: _Model | None = None

    @property
    def fingerprint(self) -> str:
        """Name weights, precision, pooling and token limit."""
        return f"{FINGERPRINT}:{MAX_TOKENS}"

    @property
    def dimension(self) -> int:
        """Return the vector length."""
        return DIMENSION

    async def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, shape (384,), float32.

        Raises:
            EmbedderUnavailable: the model files are missing or damaged.
        """
        with self._precedence.question():
            return await asyncio.get_running_loop().run_in_executor(self._questions, self._embed, text)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), 384), float32, in the order of `texts`.

        Raises:
            EmbedderUnavailable: the model files are missing or damaged.
        """
        if not texts:
            return np.empty((0, DIMENSION), dtype=np.float32)
        loop = asyncio.get_running_loop()
        runs = [
            loop.run_in_executor(self._passages, self._embed_all, texts[start : start + _PASSAGES_AT_ONCE])
            for start in range(0, len(texts), _PASSAGES_AT_ONCE)
        ]
        try:
            return np.concatenate(await asyncio.gather(*runs))
        finally:
            for run in runs:
                run.cancel()

    async def close(self) -> None:
        """Free the model."""
        for executor in (self._questions, self._passages):
            await asyncio.to_thread(partial(executor.shutdown, cancel_futures=True))
        self._model = None

    def _embed(self, text: str) -> Vectors:
        return self._loaded().embed(text)

    def _embed_all(self, texts: Sequence[str]) -> Vectors:
        vectors = []
        for text in texts:
            self._precedence.give_way_in_thread()
            vectors.append(self._embed(text))
        return np.stack(vectors)

    def _loaded(self) -> "_Model":
        if self._model is None:
            with self._lock:
                if self._model is None:
                    self._model = _Model.load(self._folder)
        return self._model


class _Model:
    """A loaded session and its tokenizer; both are safe to use from several threads."""

    def __init__(self, session: "onnxruntime.InferenceSession", tokenizer: "tokenizers.Tokenizer") -> None:
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path) -> "_Model":
        # Imported here: 30 MB that a process without embedding work need not carry.
        import onnxruntime
        import tokenizers

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Every text has its own length: remembered memory plans would pile up, one per length.
        options.enable_mem_pattern = False
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            session = onnxruntime.InferenceSession(
                str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise their own bare exceptions
            raise EmbedderUnavailable(
                f"The embedding model in {folder} is missing or damaged. Run `make setup` to install it."
            ) from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return cls(session, tokenizer)

    def embed(self, text: str) -> Vectors:
        # A lone surrogate is valid in a Python string but not in UTF-8, which the tokenizer needs.
        encodable = text.encode(errors="replace").decode()
        token_ids = np.asarray([self._tokenizer.encode(encodable).ids], dtype=np.int32)
        inputs = {"input_ids": token_ids, "attention_mask": np.ones_like(token_ids)}
        vector: Vectors = self._session.run(["embedding"], inputs)[0][0]
        if not np.isfinite(vector).all():
            raise EmbedderUnavailable("The embedding model returned numbers that are not finite.")
        return vector


def _step_back(niceness: int) -> None:
    """Lower the scheduling priority of the current thread (on Linux, priority belongs to threads)."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
