"""Characters of the symbol fonts that Office documents use: their own code pages, as Unicode.

Sources: Adobe, "Symbol Encoding"; Microsoft, the Wingdings fonts.
"""

_SYMBOL = dict(
    zip(
        range(0x20, 0x7F),
        " !∀#∃%&∋()∗+,−./0123456789:;<=>?"
        "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
        "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
        strict=True,
    )
) | dict(
    zip(
        range(0xA0, 0xE6),
        "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|─↵"
        "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑",
        strict=True,
    )
) | {0xF1: "〉", 0xF2: "∫"}  # fmt: skip
_WINGDINGS = {
    **{0x20: " ", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x41: "✌", 0x46: "☞", 0x4A: "☺", 0x4C: "☹", 0x51: "✈", 0x52: "☼"},
    **{0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "☐", 0x70: "☐", 0x71: "❑", 0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆"},
    **{0x76: "❖", 0x77: "⬥", 0x78: "☒", 0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢"},
    **{0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xF0: "⇒", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑"},
    **{0x81 + number: chr(ord("①") + number) for number in range(10)},
    **{0x8C + number: chr(ord("❶") + number) for number in range(10)},
}
_WINGDINGS_2 = {
    **{0x20: " ", 0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x97: "●", 0xA3: "☐", 0x98: "•"},
}
_WEBDINGS = {0x20: " ", 0x61: "✓", 0x72: "✗", 0x63: "☐", 0x67: "■", 0x6E: "●", 0x69: "ℹ", 0xC9: "☎"}
_FONTS = {
    "symbol": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "webdings": _WEBDINGS,
}
_PRIVATE_USE = 0xF000


def is_symbol_font(font: str) -> bool:
    """Return whether a font has a code page of its own."""
    return font.strip().lower() in _FONTS


def to_unicode(text: str, font: str) -> str:
    """Return text in a symbol font as Unicode; signs without a counterpart are left out.

    Codes come as they are (32 to 255) or in the private use area (U+F020 to U+F0FF).
    """
    known = _FONTS.get(font.strip().lower(), _SYMBOL)
    return "".join(known.get(_code(character), "" if _is_coded(character) else character) for character in text)


def _code(character: str) -> int:
    return ord(character) - _PRIVATE_USE if _is_private(character) else ord(character)


def _is_private(character: str) -> bool:
    return _PRIVATE_USE <= ord(character) <= _PRIVATE_USE + 0xFF


def _is_coded(character: str) -> bool:
    return _is_private(character) or 0x20 <= ord(character) <= 0xFF
