"""How often somebody may guess: by account and by source, counted before any password is hashed.

What is typed is counted, never what exists, so known and unknown addresses are treated alike.
"""

from dataclasses import dataclass

from ragapp.core.addresses import source_of
from ragapp.core.errors import RateLimited
from ragapp.core.ports import Rate, RateDecision, RateLimiter
from ragapp.services.identity.tokens import digest

_STRANGERS = (Rate(5, 60), Rate(10, 600), Rate(20, 3600))
"""Five guesses at once, then longer and longer waits; for all unknown browsers of an account together."""
_DEVICE = (Rate(5, 60), Rate(15, 600), Rate(40, 3600))
"""The same for each browser its owner has signed in with, which others cannot use up."""
_FAILURES = Rate(90, 3600)
"""Wrong guesses at one account from everywhere; at most one burst more can be under way: 100 are never reached."""
_SOURCE = (Rate(30, 60), Rate(300, 3600))
"""Wrong guesses of unknown browsers from one address, at whatever accounts. Known browsers have their own counts: a
whole office may be behind one address."""
CODES = Rate(5, 15 * 60)
"""Tries of a second factor."""
_CODES_OF_SOURCE = Rate(30, 15 * 60)
"""Wrong second factors of unknown browsers from one address."""
RESETS_OF_ACCOUNT = Rate(3, 3600)
RESETS_OF_SOURCE = Rate(20, 3600)


@dataclass(frozen=True, slots=True)
class Guess:
    """Who guesses at which account. `device` is a known browser of that account, empty for a stranger."""

    account: str
    source: str
    device: str = ""

    @property
    def _account_key(self) -> str:
        return f"sign-in:account:{digest(self.account)[:32]}"

    @property
    def _own_key(self) -> str:
        return f"{self._account_key}:{self.device}" if self.device else self._account_key

    @property
    def _source_key(self) -> str:
        return f"sign-in:source:{source_of(self.source)}"

    @property
    def _codes_key(self) -> str:
        return f"second-factor:source:{source_of(self.source)}"


class Throttle:
    """Admits guesses, and remembers the wrong ones."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter

    async def admit(self, guess: Guess) -> None:
        """Count a guess before it is looked at.

        Raises:
            RateLimited: too many; `retry_after_s` says when there is room.
        """
        if not guess.device:
            for rate in _SOURCE:
                await self._peek(guess._source_key, rate)
        await self._peek(f"{guess._account_key}:failures", _FAILURES)
        for rate in _own_rates(guess):
            await self.count(guess._own_key, rate)

    async def failed(self, guess: Guess) -> None:
        """Remember a wrong guess."""
        await self._limiter.hit(f"{guess._account_key}:failures", _FAILURES)
        if not guess.device:
            for rate in _SOURCE:
                await self._limiter.hit(guess._source_key, rate)

    async def succeeded(self, guess: Guess) -> None:
        """Start anew for whoever knew the password; wrong guesses of others stay counted."""
        for rate in _own_rates(guess):
            await self._limiter.forget(guess._own_key, rate)

    async def admit_code(self, user_id: str, device: str) -> None:
        """Count a try of a second factor.

        Raises:
            RateLimited: too many.
        """
        await self.count(f"second-factor:{user_id}:{device}", CODES)

    async def code_was_right(self, user_id: str, device: str) -> None:
        """Start anew."""
        await self._limiter.forget(f"second-factor:{user_id}:{device}", CODES)

    async def admit_confirmation(self, user_id: str, account: str) -> None:
        """Count a try of somebody who has signed in to prove again who they are, from whichever session.

        Raises:
            RateLimited: too many, or too many wrong guesses at the account from everywhere.
        """
        await self._peek(f"{Guess(account, '')._account_key}:failures", _FAILURES)
        await self.count(f"confirm:{user_id}", CODES)

    async def confirmation_failed(self, account: str) -> None:
        """Remember a wrong proof as a wrong guess at the account."""
        await self._limiter.hit(f"{Guess(account, '')._account_key}:failures", _FAILURES)

    async def confirmed(self, user_id: str) -> None:
        """Start anew for whoever proved who they are."""
        await self._limiter.forget(f"confirm:{user_id}", CODES)

    async def admit_code_of(self, guess: Guess, user_id: str) -> None:
        """Count a try of the second factor of somebody whose password was right.

        Raises:
            RateLimited: too many of this person, or wrong ones of unknown browsers from that address.
        """
        if not guess.device:
            await self._peek(guess._codes_key, _CODES_OF_SOURCE)
        await self.admit_code(user_id, guess.device)

    async def code_failed(self, guess: Guess) -> None:
        """Remember a wrong second factor."""
        if not guess.device:
            await self._limiter.hit(guess._codes_key, _CODES_OF_SOURCE)
        await self.failed(guess)

    async def admit_source(self, purpose: str, source: str, rate: Rate) -> None:
        """Count a request of one address.

        Raises:
            RateLimited: too many.
        """
        await self.count(f"{purpose}:source:{source_of(source)}", rate)

    async def has_room(self, purpose: str, account: str, rate: Rate) -> bool:
        """Count a request about an account; return whether there was room, for callers that must not tell."""
        return (await self._limiter.hit(f"{purpose}:account:{digest(account)[:32]}", rate)).allowed

    async def count(self, key: str, rate: Rate) -> None:
        """Count one.

        Raises:
            RateLimited: too many.
        """
        _ensure(await self._limiter.hit(key, rate))

    async def _peek(self, key: str, rate: Rate) -> None:
        _ensure(await self._limiter.peek(key, rate))


def _own_rates(guess: Guess) -> tuple[Rate, ...]:
    return _DEVICE if guess.device else _STRANGERS


def _ensure(decision: RateDecision) -> None:
    if not decision.allowed:
        raise RateLimited(retry_after_s=decision.reset_after_s)
