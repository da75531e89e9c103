"""Finding text that people typed: their words are words, never patterns."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that `column` holds `text` somewhere, whatever its case."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return col(column).ilike(f"%{escaped}%", escape="\\")
