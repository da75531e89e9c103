"""One loaded encoder: text to unit vector."""

from pathlib import Path

import numpy as np

from ragapp.adapters.e5.checkpoint import INPUT, MAX_TOKENS, OUTPUT
from ragapp.adapters.e5.vocabulary import FILES as VOCABULARY_FILES
from ragapp.adapters.e5.vocabulary import Tokenizer
from ragapp.adapters.e5.word_table import WordTable
from ragapp.adapters.onnx_session import open_session
from ragapp.rag.ports import Vectors

MODEL_FILE = "encoder.int8.onnx"
WORD_TABLE_FILE = "words.q4"
FILES = (MODEL_FILE, WORD_TABLE_FILE, *VOCABULARY_FILES)


class E5Encoder:
    """A session, its tokenizer and the word table; all are safe to use from several threads.

    Args:
        folder: What the set-up of this model made.
    """

    def __init__(self, folder: Path) -> None:
        self._session = open_session(folder / MODEL_FILE)
        self._tokenizer = Tokenizer(folder, max_tokens=MAX_TOKENS)
        self._table = WordTable(folder / WORD_TABLE_FILE)

    def embed(self, text: str) -> Vectors:
        """Return the unit vector of a text with its prefix, shape (384,), float32."""
        rows = self._table.rows(self._tokenizer.encode(text))
        vector: Vectors = self._session.run([OUTPUT], {INPUT: rows[np.newaxis]})[0][0]
        return vector
