"""Which elements of an HTML page a reader never sees: hidden ones, and furniture such as scripts and navigation."""

import re
from collections.abc import Mapping

Values = Mapping[str, str | None]

_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
# What opens and closes a collapsed part names it in one of these ways.
_CONTROLLED = re.compile(
    r"\b(?:aria-controls|data-(?:bs-)?target|data-(?:bs-)?toggle-target|href)\s*=\s*[\"']?\s*#?([^\s\"'>#/]{1,200})",
    re.IGNORECASE,
)
_NEVER_SHOWN = frozenset({"script", "style", "template", "iframe", "object", "svg", "canvas", "audio", "video"})
FURNITURE = frozenset({"nav", "noscript"})
"""Left out as long as something else remains of the page."""

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_CELLS = frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"})
# A start tag that ends an element left open, and end tags of what can only stand around it.
_ENDED_BY_START: Mapping[str, frozenset[str]] = {
    "p": frozenset({"p", "div", "ul", "ol", "dl", "table", "section", "article", "pre", "form", "blockquote",
                    "h1", "h2", "h3", "h4", "h5", "h6", "details", "main", "footer", "header"}),
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": _CELLS,
    "th": _CELLS,
    "tr": _CELLS - {"td", "th"},
    "option": frozenset({"option", "optgroup"}),
}  # fmt: skip
_ENDED_BY_END: Mapping[str, frozenset[str]] = {
    "p": frozenset({"div", "section", "article", "body", "td", "th", "li", "main", "details", "form"}),
    "li": frozenset({"ul", "ol"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
    "td": frozenset({"tr", "table"}),
    "th": frozenset({"tr", "table"}),
    "tr": frozenset({"table", "tbody", "thead", "tfoot"}),
    "option": frozenset({"select"}),
}
_CONTENT_ROOTS = frozenset({"main", "article"})
_NO_TAGS: frozenset[str] = frozenset()


def find_controlled(page: str) -> frozenset[str]:
    """Return the ids of parts that a control of the page opens; hidden or not, they are there to be read."""
    return frozenset(found[1] for found in _CONTROLLED.finditer(page))


def is_hidden(attributes: Values, controlled: frozenset[str]) -> bool:
    """Return whether an element says that it is not shown, and nothing on the page would show it."""
    hidden = attributes.get("hidden", "no") if "hidden" in attributes else "no"
    is_out = (hidden != "no" and hidden != "until-found") or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))
    is_panel = attributes.get("role") == "tabpanel" or (attributes.get("id") or "") in controlled
    return is_out and not is_panel


class HiddenParts:
    """Follows start and end tags and knows whether the place reached is inside something that is left out.

    Furniture that is never closed is told apart by `swallowed`: it may hold the whole page.
    """

    def __init__(self, controlled: frozenset[str], *, with_furniture: bool) -> None:
        self._controlled = controlled
        self._skipped = _NEVER_SHOWN if with_furniture else _NEVER_SHOWN | FURNITURE
        self._tag = ""
        self._depth = 0
        self.left_out_furniture = False
        self.swallowed = False

    @property
    def inside(self) -> bool:
        """Whether the text here is left out."""
        return bool(self._tag)

    def start(self, tag: str, attrs: list[tuple[str, str | None]]) -> bool:
        """Take in a start tag; return whether it is left out."""
        if self._tag:
            return self._start_inside(tag, attrs)
        if tag in self._skipped:
            self.left_out_furniture = self.left_out_furniture or tag in FURNITURE
            self._tag, self._depth = tag, 1
            return True
        for name, _ in attrs:
            if name in ("hidden", "style") and tag != "body":
                return self._start_hidden(tag, dict(attrs))
        return False

    def end(self, tag: str) -> bool:
        """Take in an end tag; return whether it is left out."""
        if not self._tag:
            return False
        if tag == self._tag:
            self._depth -= 1
            if not self._depth:
                self._tag = ""
            return True
        if tag in _ENDED_BY_END.get(self._tag, _NO_TAGS) and self._depth == 1:
            self._tag = ""
            return False
        if tag in ("body", "html"):
            self.finish()
        return True

    def finish(self) -> None:
        """The page ends."""
        self.swallowed = self.swallowed or self._tag in FURNITURE
        self._tag = ""

    def _start_inside(self, tag: str, attrs: list[tuple[str, str | None]]) -> bool:
        if tag == self._tag and tag not in _ENDED_BY_START:
            self._depth += 1
        elif tag in _ENDED_BY_START.get(self._tag, _NO_TAGS) or (tag in _CONTENT_ROOTS and self._tag in self._skipped):
            self._tag = ""  # a navigation block left open must not swallow the page
            return self.start(tag, attrs)
        return True

    def _start_hidden(self, tag: str, attributes: Values) -> bool:
        if not is_hidden(attributes, self._controlled):
            return False
        if tag not in _VOID:
            self._tag, self._depth = tag, 1
        return True
