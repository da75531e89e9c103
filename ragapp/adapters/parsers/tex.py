"""TeX and LaTeX: the text that would be set, with its sections, lists and tables; commands that set type left out."""

import re
import unicodedata

from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.rag.types import ParsedDocument

_COMMENT = re.compile(r"(\\.)|%[^\n]*\n?[ \t]*", re.DOTALL)
_VERBATIM = re.compile(r"\\begin\{((?:verbatim|lstlisting|minted)\*?)\}")
_TOKEN = re.compile(
    r"\\begin\{([A-Za-z*]{1,40})\}(?:\[[^\]]{0,200}\])?|\\end\{[A-Za-z*]{1,40}\}"
    r"|\\([A-Za-z]+\*?)[ \t]*|\\(.)|(\n[ \t]*\n\s*)|([{}])|(\[[^\]\n]{0,200}\])|(&)|(\$\$?)",
    re.DOTALL,
)
_LEVELS = {"part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "title": 1}
# Commands whose argument is for the program and not for the reader, by how many arguments they have.
_WITHOUT_TEXT = {
    **dict.fromkeys(("documentclass", "usepackage", "label", "ref", "eqref", "pageref", "cite", "citep", "citet"), 1),
    **dict.fromkeys(("includegraphics", "input", "include", "bibliography", "bibliographystyle", "pagestyle"), 1),
    **dict.fromkeys(("thispagestyle", "vspace", "hspace", "setcounter", "addtolength", "setlength"), 1),
    **dict.fromkeys(("selectlanguage", "cline", "hypersetup", "geometry", "graphicspath", "RequirePackage"), 1),
    "pagenumbering": 1,
    **{"newcommand": 2, "renewcommand": 2, "providecommand": 2, "def": 1, "textcolor": 1, "color": 1, "href": 1},
}
_LISTS = frozenset({"itemize", "enumerate", "description", "tabular", "tabularx", "longtable", "array"})
_ARGUMENTS_OF = {
    **{"tabular": 1, "tabularx": 2, "longtable": 1, "array": 1, "minipage": 1, "thebibliography": 1, "multicols": 1},
}
_SIGNS = {
    **{"ldots": "…", "dots": "…", "textellipsis": "…", "S": "§", "euro": "€", "EUR": "€", "texteuro": "€"},
    **{"copyright": "©"},
    **{"pm": "±", "times": "×", "cdot": "·", "leq": "≤", "geq": "≥", "le": "≤", "ge": "≥", "neq": "≠", "approx": "≈"},
    **{"degree": "°", "infty": "∞", "sum": "∑", "int": "∫", "sqrt": "√", "alpha": "α", "beta": "β", "gamma": "γ"},
    **{"delta": "δ", "lambda": "λ", "mu": "μ", "pi": "π", "sigma": "σ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ"},
    **{"dj": "đ", "DJ": "Đ", "ss": "ß", "ae": "æ", "AE": "Æ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł"},
    **{"aa": "å", "AA": "Å"},
    **{"i": "ı", "j": "ȷ", "textbackslash": "\\", "quad": " ", "qquad": " ", "to": "→", "rightarrow": "→"},
}
_ACCENTS = {
    **{"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"},
    **{"v": "\u030c", "u": "\u0306", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323"},
}
_ACCENT = re.compile(r"\\(?:(['`^\"~=.])|([vuHckrd])(?=[\s{\\]))\s*(?:\{(\\?[A-Za-z])\}|(\\?[A-Za-z]))")
_DASHES = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("~", " "))


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a TeX file: sections as headings, items as "- a", rows of tables as "a | b"."""
    builder = TextBuilder(limits)
    source = clean(decode_text(data))
    reader, at = _Reader(builder), 0
    while found := _VERBATIM.search(source, at):
        end = source.find(f"\\end{{{found[1]}}}", found.end())
        end = len(source) if end < 0 else end
        reader.feed(source[at : found.start()])
        builder.add_verbatim(source[found.end() : end].strip("\n"))
        at = min(len(source), end + len(f"\\end{{{found[1]}}}"))
    reader.feed(source[at:])
    return builder.build()


class _Reader:
    """Walks through the tokens once. Braces only count, so nesting depth does not matter."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._pieces: list[str] = []
        self._depth = 0
        self._dropped_from = -1
        self._dropped_count = 0
        self._awaits_argument = False
        self._heading = 0
        self._heading_depth = -1
        self._item = False
        self._first = True
        # What stands behind the argument that ends at a depth.
        self._behind: list[tuple[int, str]] = []

    def feed(self, source: str) -> None:
        """Read a stretch of source and end its last paragraph."""
        source = _ACCENT.sub(_accented, _COMMENT.sub(lambda found: found[1] or "", source))
        at = 0
        for found in _TOKEN.finditer(source):
            self._text(source[at : found.start()])
            self._token(found)
            at = found.end()
        self._text(source[at:])
        self._end()

    def _token(self, found: re.Match[str]) -> None:
        environment, command, escaped, blank, brace, option, cell, dollar = found.groups()
        if command:
            self._command(command.rstrip("*"))
        elif brace:
            self._brace(brace)
        elif option:
            # The short form of a section's name stands before the name itself.
            if not self._awaits_argument and not (self._heading and not self._pieces):
                self._text(option)
        elif blank is not None or found[0].startswith(("\\begin", "\\end")):
            self._awaits_argument = False
            self._end()
            name = (environment or "").rstrip("*")
            self._first = self._first or name in _LISTS
            self._dropped_count = _ARGUMENTS_OF.get(name, 0)
            self._awaits_argument = self._dropped_count > 0
        elif escaped == "\\":
            self._end(is_row=True)
        elif escaped:
            self._text(escaped if escaped in "%&#_{}$" else " " if escaped in ",;: !\n" else "")
        elif cell:
            self._text(" | ")
        elif dollar:
            return

    def _command(self, name: str) -> None:
        if name in _LEVELS:
            self._end()
            self._heading, self._heading_depth = _LEVELS[name], self._depth
        elif name == "item":
            self._end()
            self._item = True
        elif name in _WITHOUT_TEXT and self._dropped_from < 0:
            self._dropped_count, self._awaits_argument = _WITHOUT_TEXT[name], True
        elif name in {"frac", "dfrac", "tfrac"}:
            self._behind.append((self._depth, "/"))
        elif name in {"footnote", "footnotetext", "endnote"}:
            self._text(" (")
            self._behind.append((self._depth, ")"))
        elif name in {"newline", "par"}:
            self._end()
        else:
            self._awaits_argument = False
            self._text(_SIGNS.get(name, ""))

    def _brace(self, brace: str) -> None:
        if brace == "{":
            if self._awaits_argument and self._dropped_count and self._dropped_from < 0:
                self._dropped_from = self._depth
            self._depth += 1
            return
        self._depth = max(0, self._depth - 1)
        if self._dropped_from >= 0 and self._depth <= self._dropped_from:
            self._dropped_from = -1
            self._dropped_count -= 1
            self._awaits_argument = self._dropped_count > 0
        elif self._heading and self._depth == self._heading_depth:
            self._end()
        elif self._behind and self._behind[-1][0] == self._depth:
            self._text(self._behind.pop()[1])

    def _text(self, text: str) -> None:
        if self._dropped_from < 0 and text:
            if text.strip():
                self._awaits_argument = False
            self._pieces.append(text)

    def _end(self, *, is_row: bool = False) -> None:
        text, self._pieces = "".join(self._pieces), []
        for written, meant in _DASHES:
            text = text.replace(written, meant)
        heading, self._heading = self._heading, 0
        if not text.strip(" |\n\t"):
            return
        if heading:
            self._builder.add_heading(heading, text)
        elif self._item:
            self._builder.add_row(f"- {text}", first=self._first)
        elif is_row:
            self._builder.add_row(text, first=self._first)
        else:
            self._builder.add_paragraph(text)
        self._first = not (self._item or is_row)
        self._item = False


def _accented(found: re.Match[str]) -> str:
    letter = (found[3] or found[4]).removeprefix("\\")
    return unicodedata.normalize("NFC", letter + _ACCENTS[found[1] or found[2]])


