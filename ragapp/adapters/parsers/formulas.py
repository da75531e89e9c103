"""Formulas as a line of text, `5/100`, `x^2`, `√(a+b)`: those of Office documents (OMML) and of pages (MathML)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ragapp.adapters.parsers.xml_events import Attributes

_SIMPLE = re.compile(r"\w*|[^\w\s]\w*|\(.*\)|√\w+")
_RAISED_NUMBER = re.compile(r"[-+−–]?\d")
_LAST_WORD = re.compile(r"[^\W_]+$")
_FOOTNOTED_CHARS = 4
_MAX_DEPTH = 100
# The first is the formula itself, outside all elements.
_WORDS_OF_TEXT = frozenset({"", "t", "mi", "mn", "mo", "mtext", "ms"})
_NOT_SHOWN = frozenset({"annotation", "annotation-xml"})
# In Office formulas the parts of a structure have names; a page gives them by their order.
_PARTS = frozenset({"num", "den", "sup", "sub", "deg", "e", "lim", "fName"})


@dataclass(slots=True)
class _Node:
    """An element being read: its texts in order, those that are named parts, and what its properties say."""

    name: str
    pieces: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)


class FormulaReader:
    """Reads one formula event by event. Never recurses; what nests too deep keeps its text and loses its shape."""

    def __init__(self) -> None:
        self._nodes = [_Node("")]
        self._too_deep = 0
        self._not_shown = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in one element."""
        if self._not_shown or name in _NOT_SHOWN:
            self._not_shown += 1
        elif len(self._nodes) > _MAX_DEPTH:
            self._too_deep += 1
        else:
            if "val" in attributes and len(self._nodes) > 1 and self._nodes[-1].name.endswith("Pr"):
                self._nodes[-2].properties[name] = attributes["val"]
            self._nodes.append(_Node(name))

    def end(self, name: str) -> None:
        """Leave an element."""
        if self._not_shown:
            self._not_shown -= 1
        elif self._too_deep:
            self._too_deep -= 1
        elif len(self._nodes) > 1 and any(node.name == name for node in self._nodes[1:]):
            while self._close() != name:
                continue

    def text(self, data: str) -> None:
        """Take in character data."""
        if not self._not_shown and (self._too_deep or self._nodes[-1].name in _WORDS_OF_TEXT):
            self._nodes[-1].pieces.append(data.strip() if self._nodes[-1].name != "t" else data)

    def take(self) -> str:
        """Return the formula."""
        while len(self._nodes) > 1:
            self._close()
        return "".join(self._nodes[0].pieces)

    def _close(self) -> str:
        node = self._nodes.pop()
        plain = "".join(node.pieces)
        # A structure without its parts still has its words.
        written = (_WRITERS[node.name](node) if node.name in _WRITERS else "") or plain
        outer = self._nodes[-1]
        if node.name in _PARTS:
            held = outer.parts.get(node.name)
            outer.parts[node.name] = written if held is None else f"{held}, {written}"
        outer.pieces.append(written)
        return node.name


def join_raised(before: str, raised: str) -> str:
    """Return raised text as it follows `before`: a power after a number as `^`, a note's number after a word apart."""
    word = _LAST_WORD.search(before[-50:])
    if word is None or not _RAISED_NUMBER.match(raised.lstrip()):
        return raised
    if word[0][-1].isdigit():
        return f"^{raised.lstrip()}"
    return f" {raised.lstrip()}" if len(word[0]) >= _FOOTNOTED_CHARS else raised


def _grouped(text: str) -> str:
    """Return a part of a formula in brackets where it is more than one thing."""
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _at(node: _Node, number: int) -> str:
    return node.pieces[number] if number < len(node.pieces) else ""


def _fraction(above: str, below: str) -> str:
    return f"{_grouped(above)}/{_grouped(below)}" if below else above


def _scripted(base: str, below: str, above: str) -> str:
    return _grouped(base) + (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _root(radicand: str, degree: str) -> str:
    return f"{_grouped(degree)}√{_grouped(radicand)}" if degree else f"√{_grouped(radicand)}"


def _nary(node: _Node) -> str:
    sign = _scripted(node.properties.get("chr", "∫"), node.parts.get("sub", ""), node.parts.get("sup", ""))
    return f"{sign} {node.parts.get('e', '')}"


def _delimited(node: _Node) -> str:
    start, end = node.properties.get("begChr", "("), node.properties.get("endChr", ")")
    return f"{start}{node.parts.get('e', '')}{end}"


def _accented(node: _Node) -> str:
    return f"{node.parts.get('e', '')}{node.properties.get('chr', '')}"


def _rows(node: _Node) -> str:
    return "; ".join(filter(None, node.pieces))


_WRITERS: dict[str, Callable[[_Node], str]] = {
    "f": lambda node: _fraction(node.parts.get("num", ""), node.parts.get("den", "")),
    "sSup": lambda node: _scripted(node.parts.get("e", ""), "", node.parts.get("sup", "")),
    "sSub": lambda node: _scripted(node.parts.get("e", ""), node.parts.get("sub", ""), ""),
    "sSubSup": lambda node: _scripted(node.parts.get("e", ""), node.parts.get("sub", ""), node.parts.get("sup", "")),
    "sPre": lambda node: _scripted("", node.parts.get("sub", ""), node.parts.get("sup", "")) + node.parts.get("e", ""),
    "rad": lambda node: _root(node.parts.get("e", ""), node.parts.get("deg", "")),
    "nary": _nary,
    "d": _delimited,
    "acc": _accented,
    "limLow": lambda node: _scripted(node.parts.get("e", ""), node.parts.get("lim", ""), ""),
    "limUpp": lambda node: _scripted(node.parts.get("e", ""), "", node.parts.get("lim", "")),
    "func": lambda node: f"{node.parts.get('fName', '')} {node.parts.get('e', '')}",
    "mr": lambda node: node.parts.get("e", ""),
    "m": _rows,
    "eqArr": _rows,
    "mfrac": lambda node: _fraction(_at(node, 0), _at(node, 1)),
    "msup": lambda node: _scripted(_at(node, 0), "", _at(node, 1)),
    "msub": lambda node: _scripted(_at(node, 0), _at(node, 1), ""),
    "msubsup": lambda node: _scripted(_at(node, 0), _at(node, 1), _at(node, 2)),
    "munder": lambda node: _scripted(_at(node, 0), _at(node, 1), ""),
    "mover": lambda node: _scripted(_at(node, 0), "", _at(node, 1)),
    "munderover": lambda node: _scripted(_at(node, 0), _at(node, 1), _at(node, 2)),
    "msqrt": lambda node: _root("".join(node.pieces), ""),
    "mroot": lambda node: _root(_at(node, 0), _at(node, 1)),
    "mtr": lambda node: ", ".join(filter(None, node.pieces)),
    "mtable": _rows,
}
