"""BM25 over analysed passages, in memory, incremental; rebuilt from SQL at start-up.

A state is replaced as a whole: a search that runs while passages are added or removed sees the index before or
after, never between. One writer at a time.

A passage takes one slot for each of its units: prose one, a run of table rows one for what the rows share and one for
each row. It scores as its best row with what is shared; how rare a term is counts in passages, so a long table weighs
no more than the passages it is cut into.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ragapp.core.ids import ChunkId
from ragapp.rag.postings import (
    Postings,
    Segment,
    build_segment,
    keep_slots,
    look_up,
    merge_tail,
    posting_counts,
    unit_count,
)
from ragapp.rag.terms import PassageTerms, QueryTerms
from ragapp.rag.types import Hit

_K1 = 1.2
_B = 0.75
_COUNT_UNIT = 4.0
_MAX_DEAD_SHARE = 0.25
_SPECIFIC_FORM_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class _State:
    """Passage p has id `ids[p]` and the slots from `firsts[p]` on; slot s belongs to passage `owners[s]`."""

    segments: tuple[Segment, ...] = ()
    ids: tuple[ChunkId, ...] = ()
    lengths: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))
    alive: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    languages: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    firsts: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    owners: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))


class LexicalIndex:
    """The lexical index of one knowledge base."""

    def __init__(self, passages: Iterable[tuple[ChunkId, PassageTerms]] = ()) -> None:
        self._state = _State()
        self._passage_of: dict[ChunkId, int] = {}
        self._languages: list[str] = []
        self._counted: tuple[_State, dict[str, int]] = self._state, {}
        self.add(list(passages))

    def __len__(self) -> int:
        return len(self._passage_of)

    def __contains__(self, chunk_id: object) -> bool:
        return chunk_id in self._passage_of

    @property
    def size_bytes(self) -> int:
        """Memory held by the postings, in bytes; ids come on top."""
        return sum(segment.size_bytes for segment in self._state.segments)

    def language_of(self, chunk_id: ChunkId) -> str:
        """Return the language of a passage; empty for one that is not here."""
        state, at = self._state, self._passage_of.get(chunk_id)
        return self._languages[state.languages[at]] if at is not None and at < len(state.languages) else ""

    def language_counts(self) -> dict[str, int]:
        """Return how many passages there are in each language."""
        state = self._state
        if self._counted[0] is not state:
            counts = np.bincount(state.languages[state.alive], minlength=len(self._languages)).tolist()
            held = {name: count for name, count in zip(self._languages, counts, strict=False) if count}
            self._counted = state, held
        return self._counted[1]

    def sample_of(self, language: str, size: int) -> list[ChunkId]:
        """Return at most `size` passages in a language, spread evenly over the index."""
        state = self._state
        known = self._languages.index(language) if language in self._languages else -1
        found = np.flatnonzero(state.alive & (state.languages == known))
        return [state.ids[passage] for passage in found[:: max(1, -(-len(found) // size))].tolist()]

    def add(self, passages: Sequence[tuple[ChunkId, PassageTerms]]) -> None:
        """Add passages; ids already present keep the terms they have."""
        fresh = {chunk_id: terms for chunk_id, terms in passages if chunk_id not in self._passage_of}
        if not fresh:
            return
        state, first = self._state, len(self._state.ids)
        lengths = np.array([terms.length for terms in fresh.values()], dtype=np.uint16)
        languages = np.array([self._number_of(terms.language) for terms in fresh.values()], dtype=np.uint8)
        sizes = [unit_count(terms) for terms in fresh.values()]
        firsts, owners = _slots_of(sizes, first_passage=first, first_slot=len(state.owners))
        self._state = _State(
            segments=merge_tail((*state.segments, build_segment(list(fresh.values()), len(state.owners)))),
            ids=(*state.ids, *fresh),
            lengths=np.concatenate([state.lengths, lengths]),
            alive=np.concatenate([state.alive, np.ones(len(fresh), np.bool_)]),
            languages=np.concatenate([state.languages, languages]),
            firsts=np.concatenate([state.firsts, firsts]),
            owners=np.concatenate([state.owners, owners]),
        )
        self._passage_of.update(zip(fresh, range(first, first + len(fresh)), strict=True))

    def remove(self, ids: Iterable[ChunkId]) -> None:
        """Remove passages; absent ids are ignored. Memory is freed once a quarter of the index is dead."""
        gone = [self._passage_of.pop(chunk_id) for chunk_id in dict.fromkeys(ids) if chunk_id in self._passage_of]
        if not gone:
            return
        alive = self._state.alive.copy()
        alive[gone] = False
        self._state = replace(self._state, alive=alive)
        if len(alive) - len(self._passage_of) > _MAX_DEAD_SHARE * len(alive):
            self._compact()

    def search(self, query: QueryTerms, *, limit: int, within: Callable[[ChunkId], bool] | None = None) -> list[Hit]:
        """Return the passages that fit the question best, by BM25.

        The forms of one word add up; of these sums the 3/4th power is taken, so a passage that holds several words
        of the question comes before one that holds only the rarest of them, but often.

        Args:
            query: From `analysis.analyse_question`.
            limit: Most hits to return, >= 1.
            within: Keeps only ids for which it is true; None keeps all.

        Returns:
            Hits with score > 0, best first; equal scores in the order in which the passages were added.

        Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
        """
        state = self._state
        scores = _score(state, query)
        hits: list[Hit] = []
        for slot in _best_first(scores, len(scores) if within else limit):
            if within is None or within(state.ids[slot]):
                hits.append(Hit(state.ids[slot], float(scores[slot])))
            if len(hits) == limit:
                break
        return hits

    def posting_counts(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return in how many units each term is, shape (len(hashes),); those just removed may still count."""
        return posting_counts(self._state.segments, hashes)

    def rarity(self, query: QueryTerms) -> NDArray[np.float64]:
        """Return how much each word of the question tells, shape (len(query.words),).

        That is the lower idf of its stem and prefix; a word that no passage holds has the highest value there is.
        """
        state = self._state
        frequencies = _frequencies(state, query, _living(state, look_up(state.segments, query.hashes)))
        idf = _idf(len(self), frequencies)
        counts = (query.weights >= _SPECIFIC_FORM_WEIGHT) & (frequencies > 0)
        rarities = np.full(len(query.words), _idf(len(self), np.zeros(1))[0])
        np.minimum.at(rarities, query.groups[counts], idf[counts])
        return rarities

    def highest_rarity(self) -> float:
        """Return the rarity of a word that no passage holds."""
        return float(_idf(len(self), np.zeros(1))[0])

    def held_codes(self, query: QueryTerms) -> set[str]:
        """Return the codes of the question that a passage here holds."""
        return {code for codes in self.holders_of_codes(query).values() for code in codes}

    def holders_of_codes(self, query: QueryTerms) -> dict[ChunkId, frozenset[str]]:
        """Return the passages that hold codes of the question, each with those it holds."""
        state, first = self._state, len(query.words) - len(query.codes)
        wanted = query.groups >= first
        found = _living(state, look_up(state.segments, query.hashes[wanted]))
        names = [query.words[group] for group in query.groups[wanted].tolist()]
        held: dict[ChunkId, set[str]] = {}
        for term, passage in zip(found.terms.tolist(), state.owners[found.slots].tolist(), strict=True):
            held.setdefault(state.ids[passage], set()).add(names[term])
        return {chunk_id: frozenset(codes) for chunk_id, codes in held.items()}

    def best_possible(self, query: QueryTerms) -> float:
        """Return about what `search` would give a passage of usual length that holds every word of the question once.

        Words that no passage holds count as the rarest there are: where they make up the question, nothing comes near.
        """
        state = self._state
        idf = _idf(len(self), _frequencies(state, query, _living(state, look_up(state.segments, query.hashes))))
        by_word = np.bincount(query.groups, weights=query.weights * idf, minlength=len(query.words))
        return float((by_word**0.75).sum())

    def _number_of(self, language: str) -> int:
        if language not in self._languages:
            self._languages.append(language)
        return self._languages.index(language)

    def _compact(self) -> None:
        state = self._state
        kept = np.flatnonzero(state.alive)
        ids = tuple(state.ids[passage] for passage in kept.tolist())
        segments = (keep_slots(state.segments, state.alive[state.owners]),)
        sizes = np.diff(state.firsts, append=len(state.owners))[kept]
        firsts, owners = _slots_of(sizes, first_passage=0, first_slot=0)
        self._state = _State(
            segments, ids, state.lengths[kept], np.ones(len(kept), np.bool_), state.languages[kept], firsts, owners
        )
        self._passage_of = {chunk_id: passage for passage, chunk_id in enumerate(ids)}


def _slots_of(
    sizes: Sequence[int] | NDArray[np.int32], *, first_passage: int, first_slot: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the first slot of each passage and the passage of each slot."""
    counts = np.asarray(sizes, dtype=np.int32)
    firsts = first_slot + np.cumsum(counts, dtype=np.int32) - counts
    owners = np.repeat(np.arange(first_passage, first_passage + len(counts), dtype=np.int32), counts)
    return firsts, owners


def _score(state: _State, query: QueryTerms) -> NDArray[np.float64]:
    """Return one score per passage; 0 for the dead and for those without a match."""
    found = _living(state, look_up(state.segments, query.hashes))
    if not len(found.terms):
        return np.zeros(len(state.ids))
    gains = query.weights * _idf(int(np.count_nonzero(state.alive)), _frequencies(state, query, found))
    counts = found.counts / _COUNT_UNIT
    mean_length = max(1.0, float(state.lengths[state.alive].mean()))
    damping = _K1 * (1 - _B + _B * state.lengths / mean_length)
    parts = gains[found.terms] * counts * (_K1 + 1) / (counts + damping[state.owners[found.slots]])
    size = len(state.owners)
    places = query.groups[found.terms] * size + found.slots
    gained = np.bincount(places, weights=parts, minlength=size * len(query.words))
    by_word = np.asarray(gained, dtype=np.float64).reshape(-1, size)
    if size == len(state.ids):
        return _total(by_word)
    shared = by_word[:, state.firsts]
    by_word += shared[:, state.owners]
    by_word[:, state.firsts] = shared
    return np.asarray(np.maximum.reduceat(_total(by_word), state.firsts))


def _total(by_word: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score of each slot by those of its words, shape (words, slots)."""
    return np.asarray(np.sqrt(by_word * np.sqrt(by_word)).sum(axis=0))


def _living(state: _State, postings: Postings) -> Postings:
    living = state.alive[state.owners[postings.slots]]
    return Postings(postings.terms[living], postings.slots[living], postings.counts[living])


def _frequencies(state: _State, query: QueryTerms, found: Postings) -> NDArray[np.intp]:
    """Return in how many passages each term is; the postings of a term stand together, those of a passage too."""
    passages = state.owners[found.slots]
    first = np.ones(len(passages), np.bool_)
    first[1:] = (found.terms[1:] != found.terms[:-1]) | (passages[1:] != passages[:-1])
    return np.bincount(found.terms[first], minlength=len(query.hashes))


def _idf(passage_count: int, frequencies: NDArray[np.intp] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log1p((passage_count - frequencies + 0.5) / (frequencies + 0.5))


def _best_first(scores: NDArray[np.float64], limit: int) -> list[int]:
    """Return slots with score > 0, highest first, lower slots first among equals."""
    slots = np.flatnonzero(scores > 0)
    if len(slots) > limit:
        threshold = np.partition(scores[slots], -limit)[-limit]
        slots = slots[scores[slots] >= threshold]
    order = np.argsort(-scores[slots], kind="stable")[:limit]
    return [int(slot) for slot in slots[order]]
