"""The Ollama generator against a server that speaks Ollama's wire format and misbehaves on request."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ragapp.adapters.ollama_generator import OllamaGenerator, OllamaTimeouts, context_size
from ragapp.core.errors import GeneratorUnavailable, ModelMissing
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag.prompting import SYSTEM_TEXT
from ragapp.rag.types import GenerationRequest, Language, Turn
from tests.fakes.ollama_server import Faults, OllamaServer


def request(text: str = "Rok je 30 dana. Ostalo.", *, language: Language = Language.CROATIAN) -> GenerationRequest:
    passage = Passage(
        rank=1,
        score=1.0,
        document_id=DocumentId("doc"),
        document_title="Uvjeti",
        page=None,
        chunk_id=ChunkId("doc:1:0"),
        text=text,
        start=0,
        end=len(text),
        heading="",
    )
    return GenerationRequest("Koji je rok?", language, (passage,), (Turn("Prije?", "Da [1]."),))


@pytest.fixture
async def server() -> AsyncIterator[OllamaServer]:
    async with OllamaServer() as running:
        yield running


@pytest.fixture
async def generator(server: OllamaServer) -> AsyncIterator[OllamaGenerator]:
    made = OllamaGenerator(server.base_url)
    yield made
    await made.close()


async def read(generator: OllamaGenerator, asked: GenerationRequest | None = None) -> tuple[str, Exception | None]:
    """Return what was yielded and what was raised after it."""
    pieces: list[str] = []
    try:
        async for piece in generator.stream(asked or request()):
            pieces.append(piece)  # noqa: PERF401 - what came before an error counts
    except (GeneratorUnavailable, AssertionError) as error:
        return "".join(pieces), error
    return "".join(pieces), None


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        (Language.CROATIAN, "U dokumentima piše: Rok je 30 dana [1]."),
        (Language.ENGLISH, "The documents say: Rok je 30 dana [1]."),
    ],
)
async def test_an_answer_streams_in_the_language_asked_for(
    generator: OllamaGenerator, language: Language, answer: str
) -> None:
    assert await read(generator, request(language=language)) == (answer, None)


async def test_the_request_carries_model_context_and_the_whole_prompt(
    server: OllamaServer, generator: OllamaGenerator
) -> None:
    await read(generator)
    path, body = server.requests[-1]
    assert path == "/api/chat"
    assert body["model"] == "qwen2.5:7b-instruct"
    assert body["keep_alive"] == "30m"
    assert body["options"]["num_ctx"] == 4_096
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "user"]
    assert body["messages"][0]["content"] == SYSTEM_TEXT


async def test_the_context_grows_for_a_long_prompt_and_stays(server: OllamaServer, generator: OllamaGenerator) -> None:
    await read(generator, request("riječ " * 1_500))
    await read(generator)
    assert [body["options"]["num_ctx"] for _, body in server.requests] == [8_192, 8_192]


async def test_a_prompt_beyond_the_largest_context_is_cut_to_fit(server: OllamaServer) -> None:
    generator = OllamaGenerator(server.base_url, max_context_tokens=2_048)
    long = request("riječ " * 300)
    await read(generator, GenerationRequest("Q", Language.CROATIAN, long.passages * 5, (Turn("a", "b " * 3_000),)))
    body = server.requests[-1][1]
    assert body["options"]["num_ctx"] == 2_048
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    await generator.close()


@pytest.mark.parametrize(
    ("needed", "largest", "size"),
    [(1, 16_384, 4_096), (4_097, 16_384, 8_192), (99_999, 16_384, 16_384), (1, 2_048, 2_048)],
)
def test_context_sizes_are_few(needed: int, largest: int, size: int) -> None:
    assert context_size(needed, largest=largest) == size


async def test_a_missing_model_names_the_command(server: OllamaServer, generator: OllamaGenerator) -> None:
    server.models = ("llama3:latest",)
    text, error = await read(generator)
    assert text == ""
    assert isinstance(error, ModelMissing)
    assert "ollama pull qwen2.5:7b-instruct" in error.user_message
    status = await generator.status()
    assert (status.available, status.problem) == (False, "model_missing")
    assert status.details["command"] == "ollama pull qwen2.5:7b-instruct"


@pytest.mark.parametrize(
    "faults", [Faults(cut_after=3), Faults(garbage_after=3), Faults(error_after=3), Faults(unending_after=3)]
)
async def test_text_before_a_failure_is_kept(server: OllamaServer, generator: OllamaGenerator, faults: Faults) -> None:
    server.faults = faults
    text, error = await read(generator)
    assert text == "U dokumentima"
    assert isinstance(error, GeneratorUnavailable)


@pytest.mark.parametrize("faults", [Faults(status=500), Faults(status=503), Faults(cut_after=0)])
async def test_a_failure_before_the_first_word_is_an_unavailable_generator(
    server: OllamaServer, generator: OllamaGenerator, faults: Faults
) -> None:
    server.faults = faults
    text, error = await read(generator)
    assert text == ""
    assert type(error) is GeneratorUnavailable


@pytest.mark.parametrize(
    ("silent_after", "kept", "timeouts"),
    [
        (0, "", OllamaTimeouts(first_token_s=0.3, idle_s=30)),
        (3, "U dokumentima", OllamaTimeouts(first_token_s=30, idle_s=0.3)),
    ],
)
async def test_a_model_that_falls_silent_is_given_up(
    server: OllamaServer, silent_after: int, kept: str, timeouts: OllamaTimeouts
) -> None:
    server.faults = Faults(hang_after=silent_after)
    hasty = OllamaGenerator(server.base_url, timeouts=timeouts)
    async with asyncio.timeout(10):
        text, error = await read(hasty)
    assert text == kept
    assert isinstance(error, GeneratorUnavailable)
    assert "too long" in error.user_message
    await hasty.close()


async def test_a_model_that_is_slow_to_start_has_its_own_patience(server: OllamaServer) -> None:
    server.first_token_s = 0.6
    patient = OllamaGenerator(server.base_url, timeouts=OllamaTimeouts(first_token_s=30, idle_s=0.5))
    assert (await read(patient))[1] is None
    await patient.close()


async def test_the_whole_answer_has_a_deadline(server: OllamaServer) -> None:
    server.tokens_per_second = 20
    server.answers.append("riječ " * 100)
    generator = OllamaGenerator(server.base_url, timeouts=OllamaTimeouts(total_s=1.0))
    text, error = await read(generator)
    assert text
    assert isinstance(error, GeneratorUnavailable)
    await generator.close()


async def test_a_server_that_is_not_there_is_an_unavailable_generator() -> None:
    async with OllamaServer() as gone:
        address = gone.base_url
    generator = OllamaGenerator(address)
    assert isinstance((await read(generator))[1], GeneratorUnavailable)
    status = await generator.status()
    assert (status.available, status.problem) == (False, "generator_unavailable")
    await generator.close()


async def test_closing_the_iterator_stops_the_model(server: OllamaServer, generator: OllamaGenerator) -> None:
    server.faults = Faults(hang_after=2)
    stream = generator.stream(request())
    assert await anext(stream) == "U"
    await stream.aclose()
    async with asyncio.timeout(2):
        await server.aborted.wait()
    assert server.aborted_streams == 1


async def test_cancelling_the_reader_stops_the_model(server: OllamaServer) -> None:
    server.faults = Faults(hang_after=2)
    generator = OllamaGenerator(server.base_url)
    stream = generator.stream(request())
    await anext(stream)
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(2):
        await server.aborted.wait()
    await generator.close()


async def test_a_model_that_is_there_is_available(generator: OllamaGenerator) -> None:
    status = await generator.status()
    assert (status.name, status.model, status.available, status.problem) == ("ollama", "qwen2.5:7b-instruct", True, "")


async def test_a_model_without_a_tag_means_its_latest(server: OllamaServer) -> None:
    server.models = ("qwen2.5:latest",)
    generator = OllamaGenerator(server.base_url, "qwen2.5")
    assert (await generator.status()).available
    await generator.close()
