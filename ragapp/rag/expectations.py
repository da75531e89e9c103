"""What would answer a question: an amount of money, a length of time, a count; and whether a text holds it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ragapp.core.folding import fold


class Expected(StrEnum):
    """The kind of thing that answers a question."""

    MONEY = "money"
    DURATION = "duration"
    DATE = "date"
    PERSON = "person"
    COUNT = "count"
    NUMBER = "number"
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Expectation:
    """The kind of answer; `counted` is the beginning of the word for what is counted."""

    kind: Expected
    counted: str = ""


_NUMBER_WORD = (
    r"(?:\d[\d.,]*|jed(?:an|na|no|nu|nog)|dva|dvije|dvj?ema|tri|cetiri|pet|sest|sedam|osam|devet|deset|\w+naest"
    r"|dvadeset\w*|trideset\w*|cetrdeset\w*|pedeset\w*|sto|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|thirteen|fourteen|fifteen|twenty|thirty|forty|fifty|hundred|thousand)"
)
_TIME_UNIT = (
    r"(?:sekund\w*|minut\w*|sat[aiu]?|dan\w*|tjedan\w*|tjedn\w*|mjesec\w*|godin\w*|seconds?|minutes?|hours?|days?"
    r"|weeks?|months?|years?|min|h)"
)
_MONTH = (
    r"(?:sijecnja|veljace|ozujka|travnja|svibnja|lipnja|srpnja|kolovoza|rujna|listopada|studenoga?|prosinca|january"
    r"|february|march|april|may|june|july|august|september|october|november|december)"
)
_DAY = (
    r"(?:ponedjelj\w*|utor\w*|srijed\w*|cetvrt\w*|petak|petka|petkom|subot\w*|nedjelj\w*|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday)"
)
_ROLE = (
    r"ravnatelj|direktor|voditelj|nacelnik|sluzben|odbor|uprav|poslodav|radnik|zaposlen|dobavljac|kupac|najm|vlasnik"
    r"|ministar|agencij|sud\b|povjerenst|korisnik|operator|manager|director|head|chair|company|employer|tenant|landlord"
    r"|board|team|officer|supervisor|owner|engineer|department|desk"
)
_HOLDS = {
    Expected.MONEY: re.compile(
        r"[€$£]|\b(?:eur|eura?|euros?|kn|kun[ae]|usd|gbp|pounds?|pence|cents?|dollars?)\b|\d[.,]\d\d\b"
    ),
    Expected.DURATION: re.compile(
        rf"\b(?:{_NUMBER_WORD}|half|pola|godinu|mjesec|tjedan|dan)\b[\s-]*(?:\w+\s)?{_TIME_UNIT}\b"
        r"|\b(?:trajno|odmah|bez odgode|at once|without delay|permanently|immediately)\b"
    ),
    Expected.DATE: re.compile(
        rf"\b\d{{1,2}}\.\s?\d{{1,2}}\.|\b\d{{4}}\b|\b\d{{1,2}}[:.]\d\d\b|{_MONTH}|{_DAY}|\b{_TIME_UNIT}\b"
        r"|\b(?:daily|weekly|yearly|rok\w*|svak\w*|odmah|once|before|after|prije|nakon|kad|kada|when)\b"
    ),
    Expected.PERSON: re.compile(_ROLE),
    Expected.NUMBER: re.compile(rf"\b{_NUMBER_WORD}\b"),
}
_NAME = re.compile(r"\b[A-ZČĆŠŽĐ][a-zčćšžđ]+ [A-ZČĆŠŽĐ][a-zčćšžđ]+")
_ASKS = r"(?:koliko|kolik\w+|koj[aiue]\w*|how much|what|which)"
_WORTH = (
    r"(?:cijen\w*|kosta\w*|stoji|stoja\w*|kazn\w*|naknad\w*|iznos\w*|placa\w*|plati\w*|najam\w*|najamnin\w*|polog\w*"
    r"|otpremnin\w*|price|costs?|fee|fine|rent|salary|pay|paid|charge|allowance|bonus|deposit|budget|expensive|earn)"
)
_ASKED = (
    (
        Expected.DURATION,
        re.compile(r"\b(?:how long|koliko dugo|koliko traj\w+|koji je rok|u kojem roku|kolik\w+ (?:\w+ )?rok)\b"),
    ),
    (Expected.MONEY, re.compile(rf"\b{_ASKS}\b(?=.*\b{_WORTH}\b)|\b{_WORTH}\b(?=.*\b{_ASKS}\b)")),
    (
        Expected.DATE,
        re.compile(
            r"\b(?:when|kada?|koji datum|kojeg datuma|koje godine|what date|which date|what time|until when"
            r"|u koliko sati)\b"
        ),
    ),
    (Expected.PERSON, re.compile(r"^(?:\W*(?:i|a|and)\s+)?(?:who|whom|whose|tko|koga|kome|komu|ciji|cija|cije)\b")),
)
_COUNTED = re.compile(
    r"\b(?:how many|koliko)\s+(?:(?:je|ima|imam|imamo|se|puta|najvise|najmanje|ukupno|different|more)\s+)*([a-z]{3,})"
)
_COSTS = re.compile(rf"\b{_WORTH}\b")
_QUANTITY = re.compile(
    r"\b(?:how many|koliko|kolik[aio]|how (?:heavy|tall|old|far|fast|big|high|often|loud|wide|cold|hot|much)"
    r"|what (?:percentage|percent|temperature|weight|size|share|number))\b"
)
_UNITS_OF_QUESTIONS = frozenset(
    (
        *("dana", "dan", "sati", "sat", "minuta", "mjeseci", "mjesec", "godina", "godine", "tjedana", "puta", "put"),
        *("posto", "novca", "vremena", "cesto", "dugo", "traje", "days", "hours", "minutes", "months", "years"),
        *("weeks", "times"),
        *("time", "money", "percent", "tesko", "tezi", "brzo", "daleko", "iznosi"),
    )
)


def expectation(question: str) -> Expectation:
    """Return what would answer a question, Croatian or English, by its question words."""
    folded = fold(question)
    counted = _COUNTED.search(folded)
    if counted and counted[1] not in _UNITS_OF_QUESTIONS and not _COSTS.search(folded):
        return Expectation(Expected.COUNT, counted[1][: max(4, len(counted[1]) - 2)])
    for kind, pattern in _ASKED:
        if pattern.search(folded):
            return Expectation(kind)
    return Expectation(Expected.NUMBER if _QUANTITY.search(folded) else Expected.ANYTHING)


def meets(text: str, wanted: Expectation) -> bool:
    """Return whether a sentence or row of a table holds something of the kind that is wanted."""
    if wanted.kind is Expected.ANYTHING:
        return True
    if wanted.kind is Expected.COUNT:
        return bool(_counts(wanted.counted).search(fold(text)))
    if wanted.kind is Expected.PERSON and _NAME.search(text[1:]):
        return True
    return bool(_HOLDS[wanted.kind].search(fold(text)))


@lru_cache(maxsize=1000)
def _counts(beginning: str) -> re.Pattern[str]:
    """Return what finds a number of things near the word for them, either way round."""
    word = re.escape(beginning)
    return re.compile(
        rf"\b{_NUMBER_WORD}\s+(?:\w+\s+){{0,2}}{word}|{word}\w*\W+(?:\w+\W+){{0,3}}{_NUMBER_WORD}\b"
        rf"|\|[^\n]*{word}[^\n]*\|[^\n]*\d"
    )
