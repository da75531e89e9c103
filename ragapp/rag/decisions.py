"""Questions that are answered with yes or no, and sentences that permit, forbid, require or state a condition."""

import re

from ragapp.core.folding import fold

_DECIDED, _LEANING = 1.0, 0.5
_ASKS_FOR_MORE = re.compile(
    r"\b(?:can|could|will|would) you (?:please )?(?:tell|list|name|explain|give|show|describe|say)\b"
)
_YES_NO = re.compile(
    "|".join(
        (
            r"(?:^|[.!?]\s+)\W*(?:(?:i|a|and|but|so|pa|ali)\s+)?"
            r"(?:mogu|moze\w*|smij\w+|moram\w*|mora|trebam\w*|can|may|must|is|are"
            r"|does|do(?! ka?da?\b| ko[jl]| ceg)|did|was|were|has|have|will|would|should|shall|am|could|\w+n['’]?t)\b",
            r"\b(?!koliko|kako|gdje|kada|kad|tko|sto)\w+ li\b|\bjel\b",
        )
    )
)
_ASKS_WHAT = re.compile(
    r"^\W*(?:\w+ )?(?:koliko|kolik\w+|kako|gdje|kada?|tko|sto|cemu|koj\w+|zasto|what|which|who|when|where|how|why)\b"
)
_DECIDES = re.compile(
    r"\b(?:da|ne|ni|nije|nisu|nema|nitko|nikad\w*|samo|jedino|iznimno|osim|bez|bespla\w*|dopust\w*|dozvol\w*|zabran\w*"
    r"|iskljuc\w*|moguc\w*|obvez\w*|duz[an]\w*|nuz\w*|najvise|najmanje"
    r"|yes|not|no|never|nobody|only|except|unless|without|free|welcome|allow\w*|permi\w*|prohibit\w*|forbid\w*|banned"
    r"|exclud\w*|cannot|required|possible|obliged|void|at (?:most|least)|up to)\b|n['’]t\b"
)
_LEANS = re.compile(
    r"\b(?:smij\w*|mozete|moze\w*|mogu|mora\w*|treba\w*|potreb\w*|pravo|uz|ako|ukoliko"
    r"|may|must|can|should|have to|has to|need\w*|if|provided|when)\b"
)


def is_yes_no(question: str) -> bool:
    """Return whether a question, Croatian or English, is answered with yes, no or a condition."""
    folded = fold(question)
    return bool(_YES_NO.search(folded)) and not (_ASKS_FOR_MORE.search(folded) or _ASKS_WHAT.search(folded))


def decides(sentence: str) -> float:
    """Return how much a sentence settles: 1 where it permits, forbids or limits, .5 where only a verb hints at it."""
    folded = fold(sentence)
    return _DECIDED if _DECIDES.search(folded) else _LEANING if _LEANS.search(folded) else 0.0
