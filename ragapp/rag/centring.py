"""Vectors without what their language has in common, so that texts of two languages can be compared by subject."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ragapp.rag.ports import Vectors

_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class LanguageRows:
    """The passages of one language among the rows of a matrix.

    `rows` are their numbers, `mean` is their mean vector, and `lengths[i]` that of row `rows[i]` without the mean.
    """

    rows: NDArray[np.intp]
    mean: Vectors
    lengths: NDArray[np.float32]


def describe_language(vectors: Vectors, rows: NDArray[np.intp], known_mean: Vectors | None = None) -> LanguageRows:
    """Return what is needed to compare with those rows of `vectors` (unit vectors, shape (n, dimension)).

    `known_mean` is the mean of the language where the rows are only some of its passages.
    """
    chosen = vectors[rows]
    mean: Vectors = chosen.mean(axis=0) if known_mean is None else known_mean
    squares = 1.0 - 2.0 * (chosen @ mean) + float(mean @ mean)
    return LanguageRows(rows, mean, np.sqrt(np.maximum(squares, _LEAST)).astype(np.float32))


def centred_similarity(products: Vectors, question: Vectors, language: LanguageRows) -> Vectors:
    """Return the cosine of a question without its language's mean and of each row without theirs.

    Args:
        products: Dot products of `question` with every row of the matrix, shape (n,).
        question: The question's vector less the mean of questions in its language, shape (dimension,).
        language: The rows to compare with.
    """
    length = max(float(np.linalg.norm(question)), _LEAST)
    scores: Vectors = (products[language.rows] - float(language.mean @ question)) / (language.lengths * length)
    return scores
