"""References to articles of laws, rules and contracts, in any notation one key: "čl. 14. st. 2.", "Art. 14(2)", "§ 14".

A reference says where an answer stands, but not for sure: other documents have an article 14 as well, and a text may
number its parts without a word for them. So it weighs much, and unlike a code (see `identifiers`) it never decides
alone.
"""

import re
from dataclasses import dataclass

_ARTICLE = r"(?:[čc]l(?:an(?:ak|ka|ku|kom|aka|ci|cima|ke))?\.?|art(?:icles?)?\.?|§{1,2})"
_PARAGRAPH = r"(?:st(?:av(?:ak|ka|ku|kom|aka|ci|cima|ke))?\.?|par(?:a(?:graph)?)?\.?)"
_NUMBER = r"(\d{1,4}(?:\.?[a-z](?![a-z]))?)"
_REFERENCE = re.compile(
    rf"(?<!\w){_PARAGRAPH}\s?\(?(\d{{1,3}})\)?\.?,?\s(?:of\s)?(?:the\s)?{_ARTICLE}\s?{_NUMBER}(?!\w)\.?"
    rf"|(?<!\w){_ARTICLE}\s?{_NUMBER}(?!\w)\.?(?:,?\s?{_PARAGRAPH}\s?\(?(\d{{1,3}})\)?(?!\w)\.?|\s?\((\d{{1,3}})\))?",
    re.IGNORECASE,
)
_MARKS = " #*_\n\t"
_OWN_PARAGRAPH = re.compile(r"^[ \t]*\((\d{1,3})\)[ \t]", re.MULTILINE)
_LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class Reference:
    """An article ("14", "14a") and, where one is named, a paragraph of it."""

    article: str
    paragraph: str = ""

    @property
    def key(self) -> str:
        """Return what all notations of it have in common."""
        return f"{self.article_key}st{self.paragraph}" if self.paragraph else self.article_key

    @property
    def article_key(self) -> str:
        """Return the key of its article."""
        return f"cl{self.article}"


def find_references(text: str) -> list[Reference]:
    """Return the references in a text in NFC, in order of appearance, each once."""
    if not any(character.isdigit() for character in text):
        return []
    return list(dict.fromkeys(_as_reference(match) for match in _REFERENCE.finditer(text)))


def without_references(text: str) -> str:
    """Return the text with its references blanked out, so that no part of them reads as a word or a code."""
    return _REFERENCE.sub(" ", text) if any(character.isdigit() for character in text) else text


def reference_keys(text: str) -> list[str]:
    """Return the keys of the references in a text; one to a paragraph stands for its article as well."""
    found = find_references(text)
    return list(dict.fromkeys(key for reference in found for key in (reference.key, reference.article_key)))


def own_keys(heading: str, text: str) -> list[str]:
    """Return the keys of the article that a passage is part of, and of its paragraphs that begin in it.

    Args:
        heading: Headings above the passage, outermost first, parted by "›".
        text: The passage, which may begin with its heading.
    """
    first_line = text.lstrip().partition("\n")[0][:_LONGEST_HEADING]
    for line in (first_line, heading.rpartition("›")[2]):
        match = _REFERENCE.match(line.strip(_MARKS))
        if match and not (own := _as_reference(match)).paragraph:
            numbers = dict.fromkeys(_OWN_PARAGRAPH.findall(text))
            return [own.key, *(Reference(own.article, number).key for number in numbers)]
    return []


def own_paragraph(article_key: str, text: str) -> list[str]:
    """Return the key of the paragraph that a sentence of an article begins, if it begins one."""
    match = _OWN_PARAGRAPH.match(text) if article_key else None
    return [f"{article_key}st{match[1]}"] if match else []


def _as_reference(match: re.Match[str]) -> Reference:
    paragraph_before, article_after, article, paragraph, in_brackets = match.groups()
    number = (article or article_after).replace(".", "").casefold()
    return Reference(number, paragraph_before or paragraph or in_brackets or "")
