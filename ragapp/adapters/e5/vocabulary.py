"""Text to token ids as XLM-R does it, with the 250,000 pieces in a memory-mapped trie.

Reading this vocabulary into the usual tokenizer library takes 282 MB; here only the pages that are touched become
resident.
"""

import json
import mmap
import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import marisa_trie  # type: ignore[import-not-found]
import numpy as np

from ragapp.adapters.e5.checkpoint import Vocabulary

TRIE_FILE = "pieces.trie"
SCORES_FILE = "pieces.scores"
REPLACEMENTS_FILE = "replacements.json"
FILES = (TRIE_FILE, SCORES_FILE, REPLACEMENTS_FILE)

START_ID, PADDING_ID, END_ID, UNKNOWN_ID = range(4)
_SPECIAL_PIECES = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"}
_WORD_MARK = "\u2581"
_UNKNOWN_PENALTY = 10.0
_WORDS_REMEMBERED = 8192
_LONGEST_REMEMBERED = 40
_LONGEST_PIECE = 16
_SPACES = re.compile(" {2,}")


def write_vocabulary(vocabulary: Vocabulary, folder: Path) -> None:
    """Write the files `Tokenizer` reads: the trie, per trie key its score and id, the replacements."""
    ids = {piece: number for number, piece in enumerate(vocabulary.pieces) if piece not in _SPECIAL_PIECES}
    trie = marisa_trie.Trie(ids)
    trie.save(str(folder / TRIE_FILE))
    ordered = [ids[trie.restore_key(key)] for key in range(len(trie))]
    scores = np.asarray(vocabulary.scores, dtype="<f4")[ordered]
    (folder / SCORES_FILE).write_bytes(scores.tobytes() + np.asarray(ordered, dtype="<i4").tobytes())
    (folder / REPLACEMENTS_FILE).write_text(json.dumps(dict(vocabulary.replacements)))


class Tokenizer:
    """Splits text at spaces and every word into the pieces whose scores add up to most (Viterbi over a Unigram model).

    Safe to use from several threads. Words seen before are remembered, up to a bound.

    Args:
        folder: What `write_vocabulary` filled.
        max_tokens: Where a text is cut, the two special tokens included.
    """

    def __init__(self, folder: Path, *, max_tokens: int) -> None:
        self._trie = marisa_trie.Trie().mmap(str(folder / TRIE_FILE))
        with (folder / SCORES_FILE).open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        middle = len(mapped) // 2
        self._scores, self._ids = mapped[:middle].cast("f"), mapped[middle:].cast("i")
        self._unknown_score = min(self._scores) - _UNKNOWN_PENALTY
        self._replacements = str.maketrans(json.loads((folder / REPLACEMENTS_FILE).read_text()))
        self._limit = max_tokens - 2
        self._remembered = lru_cache(_WORDS_REMEMBERED)(self._split)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text between the start and the end token; a lone surrogate counts as unknown."""
        ids = [START_ID]
        for word in self._words(text):
            ids.extend(self._remembered(word) if len(word) <= _LONGEST_REMEMBERED else self._split(word))
            if len(ids) > self._limit:
                break
        return [*ids[: self._limit + 1], END_ID]

    def _words(self, text: str) -> Iterator[str]:
        normalised = _SPACES.sub(" ", text.translate(self._replacements)).removeprefix(" ")
        for word in normalised.split(" "):
            yield (_WORD_MARK + word)[: self._limit * _LONGEST_PIECE]

    def _split(self, word: str) -> Sequence[int]:
        best = [0.0] + [-float("inf")] * len(word)
        steps = [(0, UNKNOWN_ID)] * (len(word) + 1)
        for start in range(len(word)):
            so_far = best[start]
            for piece, key in self._trie.iter_prefixes_with_ids(word[start : start + _LONGEST_PIECE]):
                end, score = start + len(piece), so_far + self._scores[key]
                if score > best[end]:
                    best[end], steps[end] = score, (start, self._ids[key])
            if so_far + self._unknown_score > best[start + 1]:
                best[start + 1], steps[start + 1] = so_far + self._unknown_score, (start, UNKNOWN_ID)
        return _walk_back(steps)


class VocabularyWords:
    """The words that are one piece of the vocabulary, in either language and many others; opened when first asked.

    Args:
        folder: What `write_vocabulary` filled.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / TRIE_FILE

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and _WORD_MARK + word in self._trie

    @cached_property
    def _trie(self) -> marisa_trie.Trie:
        return marisa_trie.Trie().mmap(str(self._path))


def _walk_back(steps: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the ids on the best way, first to last; unknown characters in a row count as one."""
    ids: list[int] = []
    end = len(steps) - 1
    while end > 0:
        end, piece = steps[end]
        if piece != UNKNOWN_ID or not ids or ids[-1] != UNKNOWN_ID:
            ids.append(piece)
    return tuple(reversed(ids))
