"""Numbers and dates of a text by what they are worth, whatever notation: "1.250,00" is "1,250.00", "tri" is "3"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ragapp.core.folding import fold

Date = tuple[int | None, int, int | None]
"""Year, month, day; None where it is not said."""

_WORDS = {
    **dict.fromkeys(("one", "jedan", "jedna", "jedno", "jednog", "jedne", "jednu", "jednom"), 1),
    **dict.fromkeys(("two", "dva", "dvije", "dviju", "dvaju", "dvama", "dvjema"), 2),
    **dict.fromkeys(("three", "tri", "triju", "trima"), 3),
    **dict.fromkeys(("four", "cetiri", "cetiriju"), 4),
    **dict.fromkeys(("five", "pet"), 5),
    **dict.fromkeys(("six", "sest"), 6),
    **dict.fromkeys(("seven", "sedam"), 7),
    **dict.fromkeys(("eight", "osam"), 8),
    **dict.fromkeys(("nine", "devet"), 9),
    **dict.fromkeys(("ten", "deset"), 10),
    **dict.fromkeys(("eleven", "jedanaest"), 11),
    **dict.fromkeys(("twelve", "dvanaest"), 12),
    **dict.fromkeys(("thirteen", "trinaest"), 13),
    **dict.fromkeys(("fourteen", "cetrnaest"), 14),
    **dict.fromkeys(("fifteen", "petnaest"), 15),
    **dict.fromkeys(("sixteen", "sesnaest"), 16),
    **dict.fromkeys(("seventeen", "sedamnaest"), 17),
    **dict.fromkeys(("eighteen", "osamnaest"), 18),
    **dict.fromkeys(("nineteen", "devetnaest"), 19),
    **dict.fromkeys(("twenty", "dvadeset"), 20),
    **dict.fromkeys(("thirty", "trideset"), 30),
    **dict.fromkeys(("forty", "cetrdeset"), 40),
    **dict.fromkeys(("fifty", "pedeset"), 50),
    **dict.fromkeys(("sixty", "sezdeset"), 60),
    **dict.fromkeys(("seventy", "sedamdeset"), 70),
    **dict.fromkeys(("eighty", "osamdeset"), 80),
    **dict.fromkeys(("ninety", "devedeset"), 90),
    **dict.fromkeys(("hundred", "sto", "stotinu"), 100),
    **dict.fromkeys(("dvjesto", "dvjesta"), 200),
    **dict.fromkeys(("tristo", "trista"), 300),
    "petsto": 500,
    **dict.fromkeys(("thousand", "tisucu", "tisuca", "tisuce"), 1000),
}
_SCALES = (
    *(("million", 1e6), ("milijun", 1e6), ("mil.", 1e6), ("billion", 1e9), ("milijard", 1e9)),
    *(("thousand", 1e3), ("tisuc", 1e3)),
)
_MONTHS = tuple(
    tuple(names.split())
    for names in (
        "january jan sijecnja sijecanj", "february feb veljace veljaca", "march mar ozujka ozujak",
        "april apr travnja travanj", "may svibnja svibanj",
        "june jun lipnja lipanj", "july jul srpnja srpanj", "august aug kolovoza kolovoz",
        "september sep sept rujna rujan", "october oct listopada listopad", "november nov studenoga studenog studeni",
        "december dec prosinca prosinac",
    )
)  # fmt: skip
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_WRITTEN_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?,?(?:\s+(?P<year>\d{{4}})\b)?"
    rf"|\b(?P<month2>{_MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)(?:,?\s+(?P<year2>\d{{4}})\b)?"
    rf"|\b(?P<month3>{_MONTH})\b\.?,?\s+(?P<year3>\d{{4}})\b"
)
_NUMERIC_DATE = re.compile(
    r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"
    r"|(?<![\d.,])(?P<first>\d{1,2})\s?[./]\s?(?P<second>\d{1,2})\s?[./]\s?(?P<year2>\d{4})\b"
    r"|(?<![\d.,])(?P<day3>\d{1,2})\.\s?(?P<month3>\d{1,2})\.(?!\d)"
)
_NUMBER = re.compile(
    r"(?<![\w.,])(?:\d{1,3}(?:[.,' \u00a0]\d{3}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,:]\d+)*)(?!\w)"
    r"|(?<![\w.,])\d+(?:[.,]\d+)?(?=[a-z%°€£$])"
)
_WORD = re.compile(r"[^\W\d_]+")
_TENS = range(20, 100, 10)
_HALF_DAY = 12


@dataclass(frozen=True, slots=True)
class Value:
    """A number or date at characters [start, end); `numbers` and `dates` are what it may be read as."""

    start: int
    end: int
    numbers: frozenset[float] = frozenset()
    dates: frozenset[Date] = frozenset()

    def agrees_with(self, others: "Values") -> bool:
        """Return whether the other text holds the same; a date without its year is that day of any."""
        if self.dates:
            return any(_is_same_day(one, other) for one in self.dates for other in others.dates)
        return not self.numbers.isdisjoint(others.numbers)


@dataclass(frozen=True, slots=True)
class Values:
    """All numbers, those within dates included, and all dates of a text."""

    numbers: frozenset[float]
    dates: frozenset[Date]


def values_of(text: str) -> Values:
    """Return everything a text holds, for `Value.agrees_with`."""
    found = list(find_values(text))
    dates = frozenset(date for value in found for date in value.dates)
    parts = frozenset(float(part) for date in dates for part in date if part is not None)
    return Values(frozenset(number for value in found for number in value.numbers) | parts, dates)


def find_values(text: str) -> Iterator[Value]:
    """Yield the numbers and dates of a text, Croatian or English notation, in digits or words up to thousands."""
    folded = fold(text)
    if len(folded) != len(text):
        folded = "".join(fold(character)[:1] or " " for character in text)
    taken = [False] * len(text)
    for value in (*_dates(folded), *_numbers(folded)):
        if not any(taken[value.start : value.end]):
            taken[value.start : value.end] = [True] * (value.end - value.start)
            yield value
    yield from _spelled(folded, taken)


def _dates(folded: str) -> Iterator[Value]:
    for match in _WRITTEN_DATE.finditer(folded):
        month = _MONTH_OF[match["month"] or match["month2"] or match["month3"]]
        day, year = match["day"] or match["day2"], match["year"] or match["year2"] or match["year3"]
        yield Value(*match.span(), dates=frozenset({(_int(year), month, _int(day))}))
    for match in _NUMERIC_DATE.finditer(folded):
        dates = frozenset(_readings(match))
        if dates:
            yield Value(*match.span(), dates=dates)


def _readings(match: re.Match[str]) -> Iterator[Date]:
    """Yield the dates that digits may mean: the day first, between slashes the month first as well."""
    if match["year"]:
        yield int(match["year"]), int(match["month"]), int(match["day"])
        return
    first, second = int(match["first"] or match["day3"]), int(match["second"] or match["month3"])
    year = _int(match["year2"])
    if 1 <= second <= 12 and 1 <= first <= 31:
        yield year, second, first
    if "/" in match.group() and 1 <= first <= 12 and 1 <= second <= 31:
        yield year, first, second


def _numbers(folded: str) -> Iterator[Value]:
    for match in _NUMBER.finditer(folded):
        readings = _worth(match.group())
        after = folded[match.end() : match.end() + 12].lstrip()
        scale = next((factor for name, factor in _SCALES if after.startswith(name)), 1.0)
        numbers = {reading * scale for reading in readings}
        if after.startswith(("pm", "p.m")):
            numbers |= {reading + _HALF_DAY for reading in readings}
        yield Value(*match.span(), numbers=frozenset(numbers))


def _worth(digits: str) -> set[float]:
    """Return what digits with separators may be worth: "1.250" is 1250 in Croatian and 1.25 in English."""
    plain = re.sub(r"[\s\u00a0']", "", digits).replace(":", ".")
    marks = [mark for mark in plain if mark in ".,"]
    if not marks:
        return {float(plain)}
    grouped = float(re.sub(r"[.,]", "", plain))
    head, tail = plain[: plain.rfind(marks[-1])], plain[plain.rfind(marks[-1]) + 1 :]
    decimal = float(f"{re.sub(r'[.,]', '', head)}.{tail}")
    if len(set(marks)) == 2 or len(tail) != 3:
        return {decimal}
    return {grouped} if len(marks) > 1 else {grouped, decimal}


def _spelled(folded: str, taken: list[bool]) -> Iterator[Value]:
    """Yield numbers in words, tens and ones together: "twenty-five", "dvadeset i pet"."""
    words = [match for match in _WORD.finditer(folded) if not taken[match.start()]]
    at = 0
    while at < len(words):
        number = _WORDS.get(words[at].group())
        if number is None:
            at += 1
            continue
        last = at
        if number in _TENS:
            after = at + 2 if at + 1 < len(words) and words[at + 1].group() in ("i", "and") else at + 1
            ones = _WORDS.get(words[after].group(), 0) if after < len(words) else 0
            if 0 < ones < 10 and words[after].start() - words[at].end() <= 4:
                number, last = number + ones, after
        elif number < 10 and at + 1 < len(words) and _WORDS.get(words[at + 1].group()) in (100, 1000):
            number, last = number * _WORDS[words[at + 1].group()], at + 1
        yield Value(words[at].start(), words[last].end(), numbers=frozenset({float(number)}))
        at = last + 1


def _is_same_day(one: Date, other: Date) -> bool:
    return all(left == right or left is None or right is None for left, right in zip(one, other, strict=True))


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None
