"""The root of every error raised on purpose."""

from collections.abc import Mapping
from typing import ClassVar

Details = Mapping[str, str | int | float | None]


class RagAppError(Exception):
    """Root of everything raised on purpose."""

    code: ClassVar[str] = "error"
    default_message: ClassVar[str] = "The request could not be completed."

    def __init__(self, message: str | None = None, *, details: Details | None = None) -> None:
        self.user_message = message or self.default_message
        self.details: Details = dict(details or {})
        super().__init__(self.user_message)


class ConfigurationError(Exception):
    """Start-up only: a setting is missing or impossible; the message names it and the fix."""
