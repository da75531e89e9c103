"""Sources as they are stored with a message, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ragapp.core.evidence import Passage, Source, Unsupported, UnsupportedKind


def to_row(source: Source) -> dict[str, Any]:
    """Return the JSON form of a source."""
    return asdict(source)


def from_row(row: dict[str, Any]) -> Source:
    """Return the source a JSON row stands for; keys this version does not know are ignored."""
    known_passage = {name: row["passage"][name] for name in Passage.__dataclass_fields__ if name in row["passage"]}
    known_passage["columns"] = tuple(known_passage.get("columns", ()))
    known = {name: row[name] for name in Source.__dataclass_fields__ if name in row and name != "passage"}
    return Source(passage=Passage(**known_passage), **known)


def claim_from_row(row: Mapping[str, Any]) -> Unsupported:
    """Return what a JSON row says is in no cited passage."""
    return Unsupported(row["start"], row["end"], row["text"], UnsupportedKind(row["kind"]))
