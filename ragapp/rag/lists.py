"""Lists in a text: a line that announces them, and their items; a list is quoted whole or says that it is not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ragapp.core.folding import fold

_ITEM = re.compile(r"[ \t]*(?:[-*•–−·▪◦]|[a-zčćšžđ]\)|\d{1,2}[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?)[ \t]+(?=\S)")
_LINE = re.compile(r"[^\n]+")
_LONGEST_ITEM = 300
_FEWEST = 2
_NAMED = re.compile(r"[^\n:]{2,40}: \S[^\n]{0,100}$")
_LONGEST_TITLE = 80
_GOES_ON = (",", ";", " i", " ili", " and", " or")
_NO_PLURAL = "is|was|does|has|address|class|process|business|boss|access|bus|gas|basis|status|series|this|us"
_OF_A_KIND = (
    "je|bi|bih|godine|boje|vrste|marke|velicine|kvalitete|dobi|strane|duljine|visine|tezine|sirine|snage|sorte|klase|skupine"
    "|kategorije|razine|struke"
)
"""Croatian words after "koje" that ask for one thing: "koje godine", "koje boje"."""
_ASKS_ALL = re.compile(
    "|".join(
        (
            r"\blist (?:all|the|every|of|our|my)\b|^\W*list\b|\bname (?:all|the|every)\b|\benumerate\b",
            r"\b(?:what|which|who) (?:all )?are\b(?! you\b)",
            r"\bwhat (?:do|does|did|must|should|can) \w+(?: \w+){0,2}?"
            r" (?:have|need|include|cover|contain|bring|show|submit|attach|comprise|consist|entail)\b",
            r"\bwhat (?:is|gets) (?:included|covered|required)\b",
            rf"\b(?:what|which) (?!(?:{_NO_PLURAL})\b)\w{{3,}}s\b(?! (?:is|has|was|does)\b)",
            rf"\b(?:what|which) \w+ (?!(?:{_NO_PLURAL})\b)\w{{3,}}s"
            r" (?:are|were|do|did|can|may|must|should|have|will|need|apply|count|i|we|you)\b",
            r"\b(?:nabroji|navedi|pobroji|ispisi)\w*\b|\bpopis\b|\bsv[eiu] (?!je\b|do\b|dok\b)\w+|\bsve\W*$",
            r"\b(?:sto|sta|tko|koga|koji|koje|koja|cega) (?:se )?sve\b|\b(?:koji|koje|koja|tko|kakv[ei]) su\b",
            r"\bza sto (?:imam|imamo|ima|se)\b",
            r"\bsto (?:\w+ )?(?:mora|treba|ukljucuj|obuhvaca|pokriva|sadrzi|cini|predaj|prilaz)\w*",
            r"\bkoji (?:\w{2,3} )?(?:\w+i )?\w{3,}i\b",
            rf"\b(?:koje|kakve) (?:(?:se|mi|nam|god) )?(?!(?:{_OF_A_KIND})\b)(?:\w+[eai] )?\w{{3,}}[ea]\b",
            r"\bkojih \w+|\bkojim \w+ima\b",
        )
    )
)

@dataclass(frozen=True, slots=True)
class Listing:
    """A list: `lead` is the [start, end) of the line that announces it, if one does; `items` those of its items.

    `goes_on` says that the text ends before the list does.
    """

    lead: tuple[int, int] | None
    items: tuple[tuple[int, int], ...]
    goes_on: bool

    @property
    def start(self) -> int:
        """Return where the list begins, with its lead."""
        return self.lead[0] if self.lead else self.items[0][0]

    @property
    def end(self) -> int:
        """Return where its last item ends."""
        return self.items[-1][1]


def find_lists(text: str) -> list[Listing]:
    """Return the lists of a text with at least two items, in order."""
    return [found for found in _listings(text) if len(found.items) >= _FEWEST]


def plain_listing(text: str) -> Listing | None:
    """Return the lines of a text as a list, where they are nothing but names of things after a word and a colon."""
    lines = [match.span() for match in _LINE.finditer(text) if match.group().strip()]
    named = [span for span in lines if _NAMED.match(text[slice(*span)])]
    others = [text[slice(*span)] for span in lines if span not in named]
    is_prose = any(not line.lstrip().startswith("#") and len(line) > _LONGEST_TITLE for line in others)
    if len(named) <= _FEWEST or is_prose:
        return None
    return Listing(None, tuple(named), goes_on=False)


def asks_for_all(question: str) -> bool:
    """Return whether a question, Croatian or English, asks for several things: a whole list rather than one item."""
    return bool(_ASKS_ALL.search(fold(question)))


def item_text(item: str) -> str:
    """Return an item without its bullet or number."""
    return _ITEM.sub("", item, count=1)


def _listings(text: str) -> Iterator[Listing]:
    before: tuple[int, int] | None = None
    lead: tuple[int, int] | None = None
    items: list[tuple[int, int]] = []
    for match in _LINE.finditer(text):
        line = match.group()
        if not line.strip():
            continue
        start, end = match.start() + len(line) - len(line.lstrip()), match.end() - len(line) + len(line.rstrip())
        if _ITEM.match(line) and end - start <= _LONGEST_ITEM and not line.rstrip().endswith(":"):
            if not items:
                lead = before if before and text[before[1] - 1] == ":" else None
            items.append((start, end))
        elif items and line[0] in " \t":
            items[-1] = (items[-1][0], end)
        else:
            if items:
                yield Listing(lead, tuple(items), goes_on=False)
            items = []
        before = start, end
    if items:
        yield Listing(lead, tuple(items), goes_on=text.rstrip().endswith(_GOES_ON))
