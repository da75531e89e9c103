"""Short remarks beside quoted words, in the language of who asks."""

from ragapp.rag.types import Language

_QUOTED_IN = {
    (Language.CROATIAN, Language.ENGLISH): "Dokument je na engleskom; navodi se u izvorniku.",
    (Language.ENGLISH, Language.CROATIAN): "The document is in Croatian; quoted in the original.",
}
_GOES_ON = {
    Language.CROATIAN: "Popis se nastavlja u dokumentu.",
    Language.ENGLISH: "The list goes on in the document.",
}
_MORE = {
    Language.CROATIAN: "Prikazan je dio popisa; još stavki u dokumentu: {count}.",
    Language.ENGLISH: "Part of the list; more items in the document: {count}.",
}


def quoted_in(asked: Language, language: str) -> str:
    """Return the remark that a quotation is in another language than the question; empty where it is not."""
    return next((note for (one, other), note in _QUOTED_IN.items() if (one, other.value) == (asked, language)), "")


def list_goes_on(language: Language) -> str:
    """Return the remark that a list has more items than the passage at hand."""
    return _GOES_ON.get(language, _GOES_ON[Language.ENGLISH])


def more_items(language: Language, count: int) -> str:
    """Return the remark that so many items of a list are not shown."""
    return _MORE.get(language, _MORE[Language.ENGLISH]).format(count=count)
