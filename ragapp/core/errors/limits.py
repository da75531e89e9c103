"""Limits of the organisation or of a person."""

from ragapp.core.errors.base import Details, RagAppError


class LimitReached(RagAppError):
    code = "limit_reached"
    default_message = "A limit of your organisation has been reached. Ask an administrator for more room."


class QuotaExceeded(LimitReached):
    code = "quota_exceeded"
    default_message = (
        "Your organisation's quota is used up. Delete what is not needed, or ask an administrator for more room."
    )


class RateLimited(LimitReached):
    code = "rate_limited"
    default_message = "Too many requests. Wait a moment and try again."

    def __init__(self, message: str | None = None, *, retry_after_s: int, details: Details | None = None) -> None:
        super().__init__(message, details={**(details or {}), "retry_after_s": retry_after_s})
        self.retry_after_s = retry_after_s
