"""A few texts with the vectors that the exact encoder gives them, to tell a faithful export from a wrong one."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from ragapp.rag.ports import Vectors


@dataclass(frozen=True, slots=True)
class Reference:
    """A text with its prefix, its number of tokens with the special ones, and its unit vector, shape (384,)."""

    text: str
    token_count: int
    vector: Vectors


def read_references() -> list[Reference]:
    """Return the references: questions and passages in English and Croatian."""
    rows = json.loads(files("ragapp.adapters.e5").joinpath("references.json").read_text(encoding="utf-8"))
    return [Reference(row["text"], row["tokens"], _vector(row["vector"])) for row in rows]


def deviation(embed: Callable[[str], Vectors]) -> float:
    """Return the largest distance in cosine between the vectors of `embed` and the references."""
    return max(1 - float(embed(reference.text) @ reference.vector) for reference in read_references())


def _vector(encoded: str) -> Vectors:
    vector = np.frombuffer(base64.b64decode(encoded), dtype="<f2").astype(np.float32)
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit
