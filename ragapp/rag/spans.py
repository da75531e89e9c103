"""The shortest piece of a sentence that answers: a number, a date, a name, or what the question's words surround."""

import re
from collections.abc import Iterator

from ragapp.core.folding import fold
from ragapp.rag.matching import QuestionWords
from ragapp.rag.questions import AnswerType
from ragapp.rag.words import is_stop_word

_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty hundred thousand"
    " million billion half third jedan jedna jedne jednu dva dvije tri četiri pet šest sedam osam devet deset dvanaest"
    " četrnaest petnaest osamnaest dvadeset trideset četrdeset pedeset šezdeset sto tristo petsto tisuću tisuća"
)
_UNITS = (
    r"%|percent|million|billion|years?|months?|weeks?|days?|hours?|minutes?|posto|milijuna?|godin[aeu]|mjesec[ai]?|dana?"
    r"|sat[ai]?|eura|kuna"
)
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|siječnja|veljače|ožujka|travnja|svibnja|lipnja|srpnja|kolovoza|rujna|listopada|studenoga|prosinca"
)
_AMOUNT = r"[$€£]?\d[\d.,]*\d|[$€£]?\d|" + "|".join(rf"\b{word}\b" for word in _NUMBER_WORDS.split())
_REFERENCE = r"(?<!\()(?<!stavka )(?<!stavku )(?<!članka )(?<!članku )(?<!Članak )(?<!točke )"
_NUMBER = re.compile(rf"{_REFERENCE}(?:{_AMOUNT})(?:[ -](?:{_AMOUNT}))*(?:\s?(?:{_UNITS})(?!\w))?", re.IGNORECASE)
_DATE = re.compile(
    rf"(?:\d{{1,2}}\.? )?(?:{_MONTHS})\.?(?: \d{{1,2}},?)?(?: \d{{4}})?"
    r"|\b\d{1,2}(?:st|nd|rd|th) century\b|\b1?\d{3}s?\b|\b2\d{3}\b"
)
_NAME = re.compile(r"\b[A-ZČĆŠŽĐ][\w'’.-]*(?:(?: (?:of|the|de|la|von|van|and|i|za))* [A-ZČĆŠŽĐ][\w'’-]*)*")
_PHRASE = re.compile(r"[^\s,;:()\"“”–—]+(?: [^\s,;:()\"“”–—]+)*")
_WORD = re.compile(r"[\w'’.%$€-]*\w[\w%]*")
_SHAPES = {
    AnswerType.NUMBER: _NUMBER,
    AnswerType.DATE: _DATE,
    AnswerType.PERSON: _NAME,
    AnswerType.PLACE: _NAME,
}
_FAR_CHARS = 60
_LONG_WORDS = 6


def holds_type(sentence: str, kind: AnswerType, words: QuestionWords) -> bool:
    """Return whether a sentence holds something of the kind asked for that the question did not mention itself."""
    return kind in _SHAPES and any(True for _ in _of_shape(sentence, _SHAPES[kind], words))


def best_span(sentence: str, kind: AnswerType, words: QuestionWords) -> str:
    """Return the piece that answers best: of the kind asked for or a phrase, near the question's words."""
    shaped = list(_of_shape(sentence, _SHAPES[kind], words)) if kind in _SHAPES else []
    spans = shaped or list(_phrases(sentence, words))
    known = [match.start() for match in _WORD.finditer(sentence) if any(words.credits([match.group()]))]
    return min(spans, key=lambda span: _distance(span, known), default=(0, 0, sentence))[2]


def _of_shape(sentence: str, shape: re.Pattern[str], words: QuestionWords) -> Iterator[tuple[int, int, str]]:
    for match in shape.finditer(sentence):
        text = match.group()
        if not any(words.credits(text.split())) and not is_stop_word(fold(text), words.language):
            yield match.start(), match.end(), text


def _phrases(sentence: str, words: QuestionWords) -> Iterator[tuple[int, int, str]]:
    """Yield runs of words without question words or punctuation, stop words trimmed off both ends."""
    for clause in _PHRASE.finditer(sentence):
        run: list[re.Match[str]] = []
        for word in [*_WORD.finditer(sentence, clause.start(), clause.end()), None]:
            if word is not None and not any(words.credits([word.group()])):
                run.append(word)
                continue
            yield from _trimmed(sentence, run, words)
            run = []


def _trimmed(sentence: str, run: list[re.Match[str]], words: QuestionWords) -> Iterator[tuple[int, int, str]]:
    telling = [at for at, word in enumerate(run) if not is_stop_word(fold(word.group()), words.language)]
    if telling:
        start, end = run[telling[0]].start(), run[min(telling[-1], telling[0] + _LONG_WORDS)].end()
        yield start, end, sentence[start:end]


def _distance(span: tuple[int, int, str], known: list[int]) -> float:
    """Return the mean distance of a span to the question's words in characters, far ones alike."""
    start, end, _ = span
    gaps = [min(_FAR_CHARS, max(start - at, at - end, 0)) for at in known]
    return sum(gaps) / len(gaps) if gaps else float(start)
