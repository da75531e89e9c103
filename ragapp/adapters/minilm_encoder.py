"""all-MiniLM-L6-v2, the built-in model for English only: text to unit vector."""

from functools import partial
from pathlib import Path

import numpy as np

from ragapp.adapters.minilm_setup import FINGERPRINT, MODEL_FILE, TOKENIZER_FILE
from ragapp.adapters.onnx_embedder import EncoderRecipe
from ragapp.adapters.onnx_session import open_session
from ragapp.rag.ports import Vectors

DIMENSION = 384
MAX_TOKENS = 256


def minilm_recipe(folder: Path) -> EncoderRecipe:
    """Return the model that `minilm_setup.ensure_minilm` put into a folder."""
    return EncoderRecipe(f"{FINGERPRINT}:{MAX_TOKENS}", DIMENSION, partial(MiniLmEncoder, folder))


class MiniLmEncoder:
    """A loaded session and its tokenizer; both are safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        # Imported here: memory that a process without embedding work need not carry.
        import tokenizers

        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._session = open_session(folder / MODEL_FILE)

    def embed(self, text: str) -> Vectors:
        """Return the unit vector of a text, shape (384,), float32."""
        token_ids = np.asarray([self._tokenizer.encode(text).ids], dtype=np.int32)
        inputs = {"input_ids": token_ids, "attention_mask": np.ones_like(token_ids)}
        vector: Vectors = self._session.run(["embedding"], inputs)[0][0]
        return vector
