"""Passages and questions as search terms, for Croatian and English.

Each word is indexed in three forms, all without diacritics, so that a question typed in another inflection, on a plain
keyboard or with a slip still meets it: its stem, its first five letters and its four-letter pieces. (The word itself
as a fourth form was measured and added nothing.) A term is a 32-bit hash of kind and form: a collision costs rank,
never correctness, since text is read from SQL by id.
"""

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ragapp.core.folding import fold
from ragapp.rag.identifiers import asked_codes, codes_of
from ragapp.rag.questions import frames_question
from ragapp.rag.references import Reference, find_references, own_keys, reference_keys, without_references
from ragapp.rag.rows import row_spans
from ragapp.rag.terms import PassageTerms, QueryTerms
from ragapp.rag.types import Language
from ragapp.rag.words import TOKEN, is_stop_word, normalise, split_token, stem_word

_PREFIX_LETTERS = 5
_GRAM_LETTERS = 4
_NUMBER_WEIGHT = 0.5
_MAX_COUNT = 255
_MAX_LENGTH = 65_535


class _Form(Enum):
    """A form a word is indexed in: hash seed, and weight in a question (measured, see benchmarks/quality_lab.py)."""

    STEM = (1, 1.0)
    PREFIX = (2, 0.5)
    GRAM = (3, 0.1)
    CODE = (4, 3.0)
    REFERENCE = (5, 1.0)
    OWN_REFERENCE = (6, 3.0)

    def __init__(self, seed: int, weight: float) -> None:
        self.seed = seed * 0x9E3779B1 & 0xFFFFFFFF
        self.weight = weight


@dataclass(frozen=True, slots=True)
class PassageFields:
    """What is known about one passage. `lead_in` is the text just before it, see `chunking.lead_in`.

    Of rows of a table, `columns` are the names, and the rows are the lines from `rows_start` on, see `types.Chunk`.
    """

    text: str
    heading: str = ""
    title: str = ""
    lead_in: str = ""
    columns: tuple[str, ...] = ()
    rows_start: int = 0


_TEXT_WEIGHT = 4
_FIELD_WEIGHTS = {"heading": 4, "lead_in": 4, "title": 2}


def analyse(fields: PassageFields, language: Language) -> PassageTerms:
    """Return the search terms of one passage.

    Counts are in quarters: an occurrence in text, heading or lead-in counts 4, in the document title 2 (BM25F). Each
    row of a table is a unit of its own: words that stand in different rows do not add up.

    Args:
        fields: The passage and what stands around it.
        language: Decides stop words and stemming; OTHER stems nothing.
    """
    length = min(len(TOKEN.findall(normalise(fields.text))), _MAX_LENGTH)
    if not fields.columns:
        return PassageTerms(*_as_arrays(_around(fields, fields.text, language)), length)
    # The first rows have the header in the text above them.
    shared = f"{fields.text[: fields.rows_start]} {'' if fields.rows_start else ' '.join(fields.columns)}"
    rows = [fields.text[start:end] for start, end in row_spans(fields.text, fields.rows_start)]
    units = [_around(fields, shared, language), *(_weighted(row, _TEXT_WEIGHT, language) for row in rows)]
    hashes, counts = zip(*map(_as_arrays, units), strict=True)
    return PassageTerms(np.concatenate(hashes), np.concatenate(counts), length, tuple(map(len, hashes)))


def _around(fields: PassageFields, text: str, language: Language) -> Counter[int]:
    """Return the weighted terms of `text` and of what stands around the passage."""
    totals = _weighted(text, _TEXT_WEIGHT, language)
    own = own_keys(fields.heading, normalise(fields.text))
    totals.update({_term(_Form.OWN_REFERENCE, key)[0]: _TEXT_WEIGHT for key in own})
    for name, weight in _FIELD_WEIGHTS.items():
        totals.update(_weighted(getattr(fields, name), weight, language))
    return totals


def _weighted(text: str, weight: int, language: Language) -> Counter[int]:
    return Counter({term: weight * count for term, count in _terms_of_text(text, language).items()})


def _as_arrays(totals: Mapping[int, int]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    hashes = np.fromiter(totals.keys(), dtype=np.uint32, count=len(totals))
    counts = np.fromiter((min(count, _MAX_COUNT) for count in totals.values()), dtype=np.uint8, count=len(totals))
    order = np.argsort(hashes)
    return hashes[order], counts[order]


def analyse_question(question: str, language: Language) -> QueryTerms:
    """Return the search terms of a question, each topic word once, in order of appearance; possibly none."""
    words: dict[str, list[tuple[int, float]]] = {}
    framing = frames_question(question)
    plain = normalise(question)
    for token in TOKEN.findall(without_references(plain)):
        for word in split_token(token):
            if fold(word) not in words and fold(word) not in framing and (forms := list(_forms(word, language))):
                words[fold(word)] = forms
    codes = asked_codes(plain)
    words = {word: forms for word, forms in words.items() if word not in codes}
    words |= {reference.key: _forms_of_reference(reference) for reference in find_references(plain)}
    words |= {code: [_term(_Form.CODE, code)] for code in codes}
    rows = [(term, weight, group) for group, forms in enumerate(words.values()) for term, weight in forms]
    hashes, weights, groups = zip(*rows, strict=True) if rows else ((), (), ())
    return QueryTerms(
        hashes=np.array(hashes, dtype=np.uint32),
        weights=np.array(weights, dtype=np.float32),
        groups=np.array(groups, dtype=np.intp),
        words=tuple(words),
        codes=tuple(codes),
    )


def _terms_of_text(text: str, language: Language) -> Counter[int]:
    """Return how often each term is in one piece of text: the forms of its words, and its codes as wholes."""
    plain = normalise(text)
    terms: Counter[int] = Counter()
    for token, count in Counter(TOKEN.findall(plain)).items():
        for term in _terms_of_token(token, language):
            terms[term] += count
    terms.update(_term(_Form.CODE, code)[0] for code in codes_of(plain))
    terms.update(_term(_Form.REFERENCE, key)[0] for key in reference_keys(plain))
    return terms


@lru_cache(maxsize=100_000)
def _terms_of_token(token: str, language: Language) -> tuple[int, ...]:
    return tuple({term for word in split_token(token) for term, _ in _forms(word, language)})


def _forms_of_reference(reference: Reference) -> list[tuple[int, float]]:
    """Return the terms of a reference: best met by its own article, worst by a text that only has the number."""
    keys = dict.fromkeys((reference.key, reference.article_key))
    forms = [_term(form, key) for form in (_Form.OWN_REFERENCE, _Form.REFERENCE) for key in keys]
    return [*forms, (_term(_Form.STEM, reference.article)[0], _NUMBER_WEIGHT)]


def _forms(word: str, language: Language) -> Iterator[tuple[int, float]]:
    folded = fold(word)
    if is_stop_word(folded, language):
        return
    yield _term(_Form.STEM, stem_word(folded, language))
    if len(folded) >= _PREFIX_LETTERS and folded.isalpha():
        yield _term(_Form.PREFIX, folded[:_PREFIX_LETTERS])
        starts = range(len(folded) - _GRAM_LETTERS + 1)
        yield from (_term(_Form.GRAM, gram) for gram in {folded[at : at + _GRAM_LETTERS] for at in starts})


def stem_term(folded: str, language: Language) -> int:
    """Return the search term of a folded word's stem."""
    return _term(_Form.STEM, stem_word(folded, language))[0]


def stem_key(stem: str) -> int:
    """Return the search term of a stem."""
    return _term(_Form.STEM, stem)[0]


def prefix_term(folded: str) -> int:
    """Return the search term of a folded word's first letters."""
    return _term(_Form.PREFIX, folded[:_PREFIX_LETTERS])[0]


def _term(form: _Form, text: str) -> tuple[int, float]:
    return zlib.crc32(text.encode(), form.seed), form.weight
