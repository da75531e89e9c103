"""A short name for how passages are found and judged in this version: it changes with the code that does it."""

import hashlib
from functools import cache
from pathlib import Path

_DECIDING = (
    "analysis",
    "blending",
    "centring",
    "confidence",
    "evidence",
    "expectations",
    "fusion",
    "identifiers",
    "lexical",
    "matching",
    "retrieval",
    "terms",
)
"""Modules that decide which passages come in which order, and whether they answer."""
_CHARACTERS = 8


@cache
def ranking_version() -> str:
    """Return the first characters of the SHA-256 over the modules that decide; lower case, hexadecimal."""
    digest = hashlib.sha256()
    for name in _DECIDING:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()[:_CHARACTERS]
