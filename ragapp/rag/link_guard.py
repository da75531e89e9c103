"""Takes from markdown what leads elsewhere unseen: images, HTML, reference links, links that look like citations.

An answer is written by a model over documents that anybody may have prepared, and is rendered by clients of all kinds.
What survives is plain: `[text](https://host/…)` with words as text; anything else that could become an image, a tag or
a link has a space put where its syntax needs none, and is text for every CommonMark renderer.
"""

import html
import re
import unicodedata
from urllib.parse import urlsplit

_TEXT = r"[^\[\]<>`\\\n\r]"
_ADDRESS = r"[^\s()<>\[\]\"'`\\]"
_LINK = re.compile(rf"\[({_TEXT}{{1,200}})\]\(((?:https?://|mailto:){_ADDRESS}{{1,800}})\)")
_BEGINNING = re.compile(rf"\[{_TEXT}{{0,200}}(?:\](?:\({_ADDRESS}{{0,810}})?)?")
_TAG_BEGINS = re.compile(r"[A-Za-z/!?]")
_OPEN_FENCE = re.compile(r"(`{3,})[^`]*|(~{3,}).*")
_MAYBE_VERBATIM = re.compile(r"```|~~~|\$\$|^(?:---|\+\+\+)\s*$")
_HOST_LIKE = re.compile(r"[^\W_](?:[\w-]*[^\W_])?\.[^\W\d_]{2,}")
_FEWEST_LETTERS = 3
_LIKE_NUMBERS = frozenset("ilovx")
_INVISIBLE_LETTERS = frozenset("\u115f\u1160")


class LinkGuard:
    """Streams markdown through; the result does not depend on how the input was cut.

    Text that may become a link is held back until it is one or is not. What stands in a code fence passes as it is, as
    long as there is no doubt that every renderer sees the same fence: one that is indented, in a list or in a
    quotation, and anything else that some renderers take verbatim, raises doubt; from then on nothing passes unseen.
    """

    def __init__(self) -> None:
        self._held = ""
        self._last = ""
        self._line = ""
        self._fence = ""
        self._in_doubt = False

    @property
    def held(self) -> str:
        """Return the text that is held back."""
        return self._held

    def feed(self, text: str) -> str:
        """Take more text; return what may be shown."""
        return "".join([self._take(character) for character in text])

    def finish(self) -> str:
        """Return what was held back; call once, at the end of the text."""
        return self._release()

    def _take(self, character: str) -> str:
        if self._held:
            return self._extend(character)
        if character == "[" and not self._fence and self._last != "!":
            self._held = character
            return ""
        return self._pass(character)

    def _extend(self, character: str) -> str:
        self._held += character
        link = _LINK.fullmatch(self._held)
        if link:
            return self._settle() if is_plain_link(link[1], link[2]) else self._release()
        if character == "]" and not _is_words(self._held[1:-1]):
            return self._release()
        return "" if _BEGINNING.fullmatch(self._held) else self._release()

    def _settle(self) -> str:
        """The held text is a link that may stay."""
        link, self._held = self._held, ""
        self._line += link
        self._last = link[-1]
        return link

    def _release(self) -> str:
        """The held text is no link; its first character passes and the rest is looked at again."""
        held, self._held = self._held, ""
        return (self._pass(held[0]) + self.feed(held[1:])) if held else ""

    def _pass(self, character: str) -> str:
        if character == "\r":  # a line end for renderers
            character = "\n"
        apart = " " if not self._fence and _would_join(self._last, character) else ""
        self._follow_fences(character)
        self._last = character
        return apart + character

    def _follow_fences(self, character: str) -> None:
        if character != "\n":
            self._line += character
            return
        line, self._line = self._line, ""
        if self._fence:
            mark = re.escape(self._fence[0])
            if re.fullmatch(rf" {{0,3}}{mark}{{{len(self._fence)},}}[ \t]*", line):
                self._fence = ""
            return
        opening = _OPEN_FENCE.fullmatch(line)
        if opening and not self._in_doubt:
            self._fence = opening[1] or opening[2]
        elif _MAYBE_VERBATIM.search(line):
            self._in_doubt = True


def is_plain_link(text: str, address: str) -> bool:
    """Return whether a link may stay one: its text is words, not what could pass for a citation or another address."""
    if not _is_words(text):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    shown = _as_shown(text)
    host = parts.hostname or ""
    is_honest = all(name in (host, f"www.{host}") for name in _HOST_LIKE.findall(shown))
    return is_honest and "://" not in shown and "@" not in parts.netloc


def _as_shown(text: str) -> str:
    return unicodedata.normalize("NFKC", html.unescape(text)).casefold()


def _is_words(text: str) -> bool:
    """Return whether a reader sees words: three letters that are no number, and nothing that hides or turns them."""
    shown = _as_shown(text)
    if any(unicodedata.category(character) in ("Cc", "Cf", "Co") for character in shown):
        return False
    letters = [character for character in shown if character.isalpha() and character not in _INVISIBLE_LETTERS]
    return len(letters) >= _FEWEST_LETTERS and bool(set(letters) - _LIKE_NUMBERS)


def _would_join(before: str, character: str) -> bool:
    """Return whether a character after another makes a link, a definition or a tag."""
    if before == "]":
        return character in "(:"
    return before == "<" and bool(_TAG_BEGINS.match(character))
