"""A generator that says what the test tells it to, when the test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from ragapp.core.errors import GeneratorUnavailable, RagAppError
from ragapp.rag.types import GenerationRequest, GeneratorStatus


class ScriptedGenerator:
    """Implements `rag.ports.Generator` with a script.

    Script items: a string is yielded; an `asyncio.Event` is waited for; an exception is raised. With no script the
    answer is the first sentence of passage 1, cited. `requests` records what was asked; `closed_streams` counts streams
    that were closed before their end.
    """

    def __init__(self, *script: str | asyncio.Event | Exception, name: str = "scripted", model: str = "script") -> None:
        self.script: Sequence[str | asyncio.Event | Exception] | None = script or None
        self.requests: list[GenerationRequest] = []
        self.closed_streams = 0
        self.started = asyncio.Event()
        self.available = True
        self.closed = False
        self._name = name
        self._model = model

    @property
    def name(self) -> str:
        return self._name

    async def status(self) -> GeneratorStatus:
        problem = "" if self.available else GeneratorUnavailable.code
        return GeneratorStatus(name=self._name, model=self._model, available=self.available, problem=problem)

    async def stream(self, request: GenerationRequest) -> AsyncIterator[str]:
        self.requests.append(request)
        self.started.set()
        if not self.available:
            raise GeneratorUnavailable
        try:
            for step in self._steps(request):
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        except RagAppError:
            raise
        except BaseException:
            self.closed_streams += 1
            raise

    async def close(self) -> None:
        self.closed = True

    def _steps(self, request: GenerationRequest) -> Sequence[str | asyncio.Event | Exception]:
        if self.script is not None:
            return self.script
        if not request.passages:
            return ("I do not know.",)
        sentence = request.passages[0].text.split(". ")[0].strip().rstrip(".")
        return (sentence, " [1]", ".")
