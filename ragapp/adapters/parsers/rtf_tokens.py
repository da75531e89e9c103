"""Rich text format cut into its five kinds of tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?"  # a control word with its number
    rb"|\\'([0-9A-Fa-f]{2})"  # a byte in the current code page
    rb"|\\([^A-Za-z])"  # a control symbol
    rb"|([{}])"
    rb"|([^\\{}\r\n]+)"
)


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    SYMBOL = auto()
    TEXT = auto()
    OPEN = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `data` is the name of a word or symbol or, in the code page at this place, text."""

    kind: Kind
    data: bytes
    number: int | None = None


def read_tokens(data: bytes) -> Iterator[Token]:
    r"""Yield the tokens of a file; bytes that are none are passed over, and so is what `\bin` announces."""
    at = 0
    while found := _TOKEN.search(data, at):
        at = found.end()
        word, number, escape, symbol, brace, text = found.groups()
        if word is not None:
            value = None if number is None else int(number)
            if word == b"bin":
                at += max(0, value or 0)
            else:
                yield Token(Kind.WORD, word, value)
        elif escape is not None:
            yield Token(Kind.TEXT, bytes.fromhex(escape.decode()))
        elif symbol is not None:
            yield Token(Kind.SYMBOL, symbol)
        elif brace is not None:
            yield Token(Kind.OPEN if brace == b"{" else Kind.CLOSE, brace)
        else:
            yield Token(Kind.TEXT, text)
