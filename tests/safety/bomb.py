"""What a hostile file is."""

from collections.abc import Callable
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Bomb:
    """A hostile file. `harmless` ones may also be read, as long as that stays within the limits."""

    name: str
    filename: str
    build: Callable[[], bytes]
    declared: str = ""
    harmless: bool = False
