"""Light English stemming: plural, past, progressive and adverb endings."""

_MIN_STEM = 3
_ENDINGS_LONGEST_FIRST = "ations ation ingly edly ments ment ings ing ions ion ies ied ers ed er es ly s y e"
_ENDINGS = tuple(_ENDINGS_LONGEST_FIRST.split())


def stem(word: str) -> str:
    """Return the stem of a lowercase English word; at least three letters are kept."""
    if word.endswith(("ss", "us", "is")):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return _undouble(word[: -len(ending)])
    return word


def _undouble(stem_: str) -> str:
    if len(stem_) > _MIN_STEM and stem_[-1] == stem_[-2] and stem_[-1] not in "lsz":
        return stem_[:-1]
    return stem_[:-1] if stem_.endswith("i") else stem_
