"""What kind of answer a question asks for, Croatian and English, by its question words."""

import re
from enum import StrEnum

from ragapp.core.folding import fold


class AnswerType(StrEnum):
    """The kind of thing that answers a question."""

    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    OTHER = "other"


_PATTERNS = (
    (
        AnswerType.DATE,
        r"when|(?:what|which|in what|in which) (?:year|date|day|month|century|decade)|kada?|koje godine|koji datum"
        r"|kojeg datuma",
    ),
    (
        AnswerType.NUMBER,
        r"how (?:many|much|long|old|far|often|tall|high|large|big|soon|fast)|kolik\w+|u kojem roku|koji je rok|rok za"
        r"|what (?:percent|percentage|number|amount|age|share|proportion)|postotak",
    ),
    (AnswerType.PERSON, r"who|whom|whose|tko|koga|komu|kome|cij[aei]"),
    (
        AnswerType.PLACE,
        r"where|(?:what|which) (?:city|country|state|county|place|region|town|river)|gde|kamo|odakle"
        r"|u koj(?:oj|em) (?:drzavi|zemlji|gradu|mjestu)",
    ),
)
_COMPILED = tuple((kind, re.compile(rf"\b(?:{pattern})\b")) for kind, pattern in _PATTERNS)
_ASKS_MEANING = re.compile(
    r"\bwhat (?:does|do) .+ mean\b|\bmeant by\b|\b(?:define|definition of)\b"
    r"|\bsto (?:to )?znac[ie]\w*|\bznacenje\b|\bdefinira\w*"
)
_WORDS_OF_MEANING = re.compile(
    r"(?:mean|means|meant|define|defined|definition|znac[ie]\w*|znacenje|pojam|pojma|izraz|definira\w*)"
)


def frames_question(question: str) -> frozenset[str]:
    """Return the folded words of a question for what something means that name no topic: "mean", "znači", "pojam"."""
    folded = fold(question)
    return frozenset(_WORDS_OF_MEANING.findall(folded)) if _ASKS_MEANING.search(folded) else frozenset()


def answer_type(question: str) -> AnswerType:
    """Return the kind of answer asked for; OTHER when no question word tells."""
    folded = fold(question)
    found = ((pattern.search(folded), kind) for kind, pattern in _COMPILED)
    starts = [(match.start(), kind) for match, kind in found if match]
    return min(starts, key=lambda pair: pair[0], default=(0, AnswerType.OTHER))[1]
