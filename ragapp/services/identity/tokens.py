"""Secrets handed to people and programs: random, prefixed by kind, kept as hashes only."""

import hashlib
import secrets
from enum import StrEnum


class TokenKind(StrEnum):
    """The visible beginning of a token; one kind never verifies as another."""

    BROWSER = "rgs"
    API_KEY = "rgk"
    SETUP = "rgi"
    INVITATION = "rgn"
    RESET = "rgr"
    DEVICE = "rgd"
    SECOND_STEP = "rgc"
    EXTERNAL_STATE = "rgo"


def mint(kind: TokenKind) -> str:
    """Return a fresh token: prefix and 256 random bits."""
    return f"{kind.value}_{secrets.token_urlsafe(32)}"


def is_kind(token: str, kind: TokenKind) -> bool:
    """Return whether a token claims to be of that kind."""
    return token.startswith(f"{kind.value}_") and token.isascii() and len(token) < 100


def digest(token: str) -> str:
    """Return what is stored of a token: its SHA-256, hex. Fast is fine: the input has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
