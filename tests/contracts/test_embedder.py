"""Every embedder keeps the promises of `rag.ports.Embedder`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from ragapp.adapters.e5.recipe import e5_recipe
from ragapp.adapters.minilm_encoder import minilm_recipe
from ragapp.adapters.ollama_embedder import OllamaEmbedder
from ragapp.adapters.onnx_embedder import EncoderRecipe, OnnxEmbedder
from ragapp.core.errors import DimensionMismatch, EmbedderUnavailable
from ragapp.rag.ports import Embedder
from tests.fakes.embedder import HashEmbedder
from tests.fakes.ollama_server import Faults, OllamaServer

TEXTS = [
    "Rok za povrat robe je 30 dana od dana isporuke.",
    "Goods may be returned within 30 days of delivery.",
    "The mitochondrion is the powerhouse of the cell.",
    "",
    "đ" * 3_000,
    "\ud800 a lone surrogate, \x00 and 漢字",
]


BUILT_IN: dict[str, Callable[[Path], EncoderRecipe]] = {"minilm": minilm_recipe, "e5": e5_recipe}


@pytest.fixture(params=list(BUILT_IN))
def recipe(request: pytest.FixtureRequest) -> EncoderRecipe:
    return BUILT_IN[request.param](request.getfixturevalue(f"{request.param}_folder"))


@pytest.fixture(params=["hash", *BUILT_IN, "ollama"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    made: Embedder
    if request.param == "hash":
        made = HashEmbedder()
        yield made
    elif request.param in BUILT_IN:
        made = OnnxEmbedder(BUILT_IN[request.param](request.getfixturevalue(f"{request.param}_folder")))
        yield made
    else:
        async with OllamaServer() as server:
            made = OllamaEmbedder(server.base_url)
            yield made
            await made.close()
            return
    await made.close()


async def test_passages_become_unit_vectors_in_their_order(embedder: Embedder) -> None:
    texts = TEXTS[:5]
    vectors = await embedder.embed_passages(texts)
    assert (vectors.shape, vectors.dtype) == ((5, embedder.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    alone = [(await embedder.embed_passages([text]))[0] for text in texts]
    assert np.allclose(vectors, alone, atol=1e-6)


async def test_no_passages_give_no_vectors(embedder: Embedder) -> None:
    assert (await embedder.embed_passages([])).shape == (0, embedder.dimension)


async def test_a_question_is_one_unit_vector_near_what_it_repeats(embedder: Embedder) -> None:
    question = await embedder.embed_question("Koji je rok za povrat robe?")
    assert (question.shape, question.dtype) == ((embedder.dimension,), np.float32)
    scores = await embedder.embed_passages(TEXTS[:3]) @ question
    assert scores.argmax() == 0


async def test_more_passages_than_a_batch_keep_their_order(embedder: Embedder) -> None:
    texts = [f"Članak {number}." for number in range(40)]
    vectors = await embedder.embed_passages(texts)
    assert np.allclose(vectors[33], (await embedder.embed_passages([texts[33]]))[0], atol=1e-6)


async def test_any_text_has_a_vector(embedder: Embedder) -> None:
    vectors = await embedder.embed_passages(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


async def test_a_text_has_the_same_vector_whatever_is_embedded_beside_it(recipe: EncoderRecipe) -> None:
    embedder = OnnxEmbedder(recipe)
    together, alone = await asyncio.gather(embedder.embed_passages(TEXTS), embedder.embed_passages(TEXTS[:1]))
    assert np.array_equal(together[0], alone[0])
    await embedder.close()


async def test_text_beyond_the_limit_is_not_seen(recipe: EncoderRecipe) -> None:
    embedder = OnnxEmbedder(recipe)
    long = "word " * 508
    assert np.array_equal(await embedder.embed_question(long), await embedder.embed_question(long + "another thing"))
    await embedder.close()


async def test_a_question_is_answered_while_passages_are_being_embedded(
    recipe: EncoderRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = OnnxEmbedder(recipe, thread_count=1)
    done: list[str] = []
    embed = embedder._embed
    monkeypatch.setattr(embedder, "_embed", lambda text: (embed(text), done.append(text))[0])
    ingestion = asyncio.ensure_future(embedder.embed_passages(["word " * 250] * 100))
    await asyncio.sleep(0)
    await embedder.embed_question("Koji je rok?")
    assert len(done) < 100
    ingestion.cancel()
    await embedder.close()


async def test_cancelled_passages_leave_the_embedder_free(recipe: EncoderRecipe) -> None:
    embedder = OnnxEmbedder(recipe, thread_count=1)
    work = asyncio.ensure_future(embedder.embed_passages(["word " * 250] * 200))
    await asyncio.sleep(0)
    await embedder.embed_question("started")
    work.cancel()
    async with asyncio.timeout(2):
        await embedder.embed_passages(["next"])
    await embedder.close()


async def test_a_released_model_is_loaded_again_when_asked(recipe: EncoderRecipe) -> None:
    embedder = OnnxEmbedder(recipe)
    before = await embedder.embed_question(TEXTS[0])
    embedder.release()
    assert np.array_equal(await embedder.embed_question(TEXTS[0]), before)
    await embedder.close()


@pytest.mark.parametrize("name", BUILT_IN)
async def test_a_missing_model_says_how_to_get_it(tmp_path: Path, name: str) -> None:
    embedder = OnnxEmbedder(BUILT_IN[name](tmp_path))
    with pytest.raises(EmbedderUnavailable, match="make setup"):
        await embedder.embed_question("x")
    await embedder.close()


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(status=500), EmbedderUnavailable),
        (Faults(embeddings=[]), EmbedderUnavailable),
        (Faults(embeddings=[[0.0, 0.0]]), EmbedderUnavailable),
        (Faults(embeddings=[[float("nan"), 1.0]]), EmbedderUnavailable),
        (Faults(embeddings=[[1.0, 0.0], [1.0, 0.0]]), EmbedderUnavailable),
        (Faults(embeddings=[[1.0], [1.0, 2.0]]), EmbedderUnavailable),
        (Faults(embeddings=[[1.0, 0.0, 0.0]]), DimensionMismatch),
    ],
)
async def test_nonsense_from_a_model_server_is_refused(faults: Faults, error: type[Exception]) -> None:
    async with OllamaServer(faults=faults) as server:
        embedder = OllamaEmbedder(server.base_url, dimension=2)
        with pytest.raises(error):
            await embedder.embed_question("x")
        await embedder.close()


async def test_a_model_missing_on_the_server_names_the_command() -> None:
    async with OllamaServer(models=()) as server:
        embedder = OllamaEmbedder(server.base_url)
        with pytest.raises(EmbedderUnavailable, match="ollama pull bge-m3"):
            await embedder.embed_question("x")
        await embedder.close()


async def test_a_model_server_that_is_gone_is_unavailable() -> None:
    async with OllamaServer() as gone:
        address = gone.base_url
    embedder = OllamaEmbedder(address)
    with pytest.raises(EmbedderUnavailable):
        await embedder.embed_passages(["x"])
    await embedder.close()
