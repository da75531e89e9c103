"""What kind of answer a question asks for, Croatian and English, by its question words."""

import re
from enum import StrEnum

from ragapp.rag.folding import fold


class AnswerType(StrEnum):
    """The kind of thing that answers a question."""

    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    OTHER = "other"


_PATTERNS = (
    (AnswerType.DATE, r"when|(?:what|which|in what|in which) (?:year|date|day|month|century|decade)|kada?|koje godine|od kada|koji datum|kojeg datuma"),
    (AnswerType.NUMBER, r"how (?:many|much|long|old|far|often|tall|high|large|big|soon|fast)|what (?:percent|percentage|number|amount|age|share|proportion)|kolik\w+|koliko|u kojem roku|koji je rok|rok za|postotak"),
    (AnswerType.PERSON, r"who|whom|whose|tko|koga|komu?e?|cij[aei]"),
    (AnswerType.PLACE, r"where|(?:what|which) (?:city|country|state|county|place|region|town|river)|gdje|kamo|odakle|u kojoj (?:drzavi|zemlji)|u kojem (?:gradu|mjestu)"),
)
_COMPILED = tuple((kind, re.compile(rf"\b(?:{pattern})\b")) for kind, pattern in _PATTERNS)


def answer_type(question: str) -> AnswerType:
    """Return the kind of answer asked for; OTHER when no question word tells."""
    folded = fold(question)
    matches = ((match.start(), order, kind) for order, (kind, p) in enumerate(_COMPILED) if (match := p.search(folded)))
    return min(matches, default=(0, 0, AnswerType.OTHER))[2]
