"""Who writes the answer: the model server while it can, exact passages otherwise."""

import time

import structlog

from ragapp.core.errors import Unavailable
from ragapp.rag.ports import Generator
from ragapp.rag.types import GeneratorStatus

_RECHECK_S = 15.0
_log = structlog.get_logger(__name__)


class GeneratorChoice:
    """Remembers for a short while whether the model server answers, so that a dead one costs nobody time.

    Args:
        preferred: The model; None where the operator wants exact passages only.
        fallback: Writes without a model; None where the operator wants the model or an error.
    """

    def __init__(self, preferred: Generator | None, fallback: Generator | None) -> None:
        self._preferred = preferred
        self._fallback = fallback
        self._status: GeneratorStatus | None = None
        self._checked_at = 0.0

    async def choose(self) -> Generator:
        """Return the generator to use now."""
        if self._preferred is None:
            return self._certain
        if self._fallback is None or (await self.preferred_status()).available:
            return self._preferred
        return self._fallback

    def substitute(self, failed: Generator, error: Unavailable) -> Generator | None:
        """Return who takes over from a generator that failed before its first word, if anybody may."""
        if failed is not self._preferred or self._fallback is None:
            return None
        self._status = GeneratorStatus(failed.name, "", available=False, problem=error.code)
        self._checked_at = time.monotonic()
        _log.warning("generator.replaced", generator=failed.name, code=error.code)
        return self._fallback

    async def status(self) -> GeneratorStatus:
        """Return the state of the generator an answer would use now; `problem` says why it is not the model."""
        if self._preferred is None:
            return await self._certain.status()
        preferred = await self.preferred_status()
        if preferred.available or self._fallback is None:
            return preferred
        name = self._fallback.name
        return GeneratorStatus(
            name, preferred.model, available=True, problem=preferred.problem, details=preferred.details
        )

    async def preferred_status(self) -> GeneratorStatus:
        """Return the model's state, at most a few seconds old."""
        if self._preferred is None:
            return await self._certain.status()
        now = time.monotonic()
        if self._status is None or now - self._checked_at > _RECHECK_S:
            self._status = await self._preferred.status()
            self._checked_at = time.monotonic()
        return self._status

    @property
    def wants_model(self) -> bool:
        """Return whether a language model is to write answers at all."""
        return self._preferred is not None

    async def check_again(self) -> GeneratorStatus:
        """Return the model's state as it is now, and remember it."""
        self._status = None
        return await self.preferred_status()

    def is_model(self, name: str) -> bool:
        """Return whether the generator of that name is a language model, not the one that only quotes."""
        return self._preferred is not None and name == self._preferred.name

    async def close(self) -> None:
        """Free the generators' connections."""
        for generator in (self._preferred, self._fallback):
            if generator is not None:
                await generator.close()

    @property
    def _certain(self) -> Generator:
        generator = self._fallback or self._preferred
        if generator is None:
            raise ValueError("a generator is needed")
        return generator
