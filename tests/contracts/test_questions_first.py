"""A question is not kept waiting by passages, and passages are not kept waiting for ever."""

import asyncio
import threading

import numpy as np
import pytest

from ragapp.adapters.onnx_embedder import EncoderRecipe, OnnxEmbedder
from ragapp.core.precedence import Precedence


class SlowQuestions:
    """A model that notes what it embeds, and does not let go of a question before it is told to."""

    def __init__(self):
        self.done, self.asked, self.released = [], threading.Event(), threading.Event()

    def embed(self, text):
        if text == "question":
            self.asked.set()
            assert self.released.wait(10)
        self.done.append(text)
        return np.ones(3, dtype=np.float32)


@pytest.fixture
async def model(request):
    model = SlowQuestions()
    recipe = EncoderRecipe("slow", 3, lambda: model)
    embedder = OnnxEmbedder(recipe, thread_count=1, precedence=Precedence(longest_wait_s=request.param))
    model.embedder = embedder
    yield model
    model.released.set()
    await embedder.close()


@pytest.mark.parametrize("model", [10.0], indirect=True)
async def test_no_passage_begins_while_a_question_is_under_way(model):
    question = asyncio.create_task(model.embedder.embed_question("question"))
    assert await asyncio.to_thread(model.asked.wait, 10)
    passages = asyncio.create_task(model.embedder.embed_passages(["first", "second"]))
    await asyncio.to_thread(model.released.wait, 0.1)
    model.released.set()
    await asyncio.gather(question, passages)
    assert model.done == ["question", "first", "second"]


@pytest.mark.parametrize("model", [0.01], indirect=True)
async def test_passages_go_on_however_long_a_question_takes(model):
    question = asyncio.create_task(model.embedder.embed_question("question"))
    assert await asyncio.to_thread(model.asked.wait, 10)
    await asyncio.wait_for(model.embedder.embed_passages(["first", "second"]), 10)
    model.released.set()
    await question
    assert model.done == ["first", "second", "question"]
