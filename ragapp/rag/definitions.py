"""Questions for what a term is, and sentences that say it: "A near miss is …", "dnevnica je …", "SLA: …"."""

import re
from dataclasses import dataclass

from ragapp.core.folding import fold
from ragapp.rag.types import Language
from ragapp.rag.words import stems_of

_ASKED = tuple(
    re.compile(pattern)
    for pattern in (
        r"^\W*what (?:is|are) (?:the )?(?:(?:meaning|definition) of |meant by )?(?:an? |the )?(?P<term>[^?]+?)\W*$",
        r"^\W*what (?:does|do) (?:an? |the )?(?P<term>[^?]+?) (?:mean|stand for)\W*$",
        r"^\W*(?:please )?define (?:an? |the )?(?P<term>[^?]+?)\W*$",
        r"^\W*sto (?:je|su|znaci|znace|predstavlja|oznacava)(?: to)?(?: pojam| izraz)? (?P<term>[^?]+?)\W*$",
        r"^\W*sto se (?:smatra|podrazumijeva)(?: pod)?(?: pojmom)? (?P<term>[^?]+?)\W*$",
        r"^\W*kako je definiran[aoi]?(?: pojam)? (?P<term>[^?]+?)\W*$",
    )
)
_LONGEST_TERM = 4
_BEGINNING = re.compile(r"^\W*(?:\d+[.)]\s*|[a-z]\)\s*)?(?:an? |the |pod |pojam |izraz )?", re.IGNORECASE)
_SAYS = re.compile(
    r"\b(?:is|are|means?|refers? to|stands? for|denotes?|je|su|jest|znaci|oznacava|predstavlja|smatra|podrazumijeva)\b"
    r"|^\W{0,2}(?::|–|—|-|=)\s"
)
_MOST_BETWEEN = 2


@dataclass(frozen=True, slots=True)
class Term:
    """The stems of a term whose meaning is asked for, in order."""

    stems: tuple[str, ...]
    language: Language

    def is_defined_by(self, sentence: str) -> bool:
        """Return whether a sentence begins with the term and goes on to say what it is."""
        words = _BEGINNING.sub("", sentence, count=1).split()
        for count in range(1, min(len(words), len(self.stems) + _MOST_BETWEEN) + 1):
            if tuple(stems_of(" ".join(words[:count]), self.language)) == self.stems:
                said = words[count - 1][-1:] if words[count - 1][-1:] in ":–—=" else ""
                rest = f"{said} {' '.join(words[count : count + _MOST_BETWEEN])}".strip()
                return bool(_SAYS.search(fold(f"{rest} ")))
        return False


def asked_term(question: str, language: Language) -> Term | None:
    """Return the term a question wants explained; None for other questions and longer phrases."""
    folded = fold(question)
    for pattern in _ASKED:
        if match := pattern.match(folded):
            stems = tuple(stems_of(match["term"], language))
            return Term(stems, language) if 0 < len(stems) <= _LONGEST_TERM else None
    return None
