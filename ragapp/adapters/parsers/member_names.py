"""Which names a file inside a file may have."""

import re
import unicodedata

_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
MAX_NAME_CHARS = 1000


def is_plain_name(name: str) -> bool:
    """Return whether a name is that of a file below the archive and nothing else, on any system."""
    parts = name.split("/")
    return (
        0 < len(name) <= MAX_NAME_CHARS
        and not any(unicodedata.category(character) in _UNSAFE_CATEGORIES for character in name)
        and not any(part.strip(". ") == "" or _DEVICES.fullmatch(part.strip()) for part in parts)
        and ":" not in parts[0]
    )
