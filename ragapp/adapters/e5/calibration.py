"""What activations look like in ordinary passages, by which the int8 weights are smoothed and corrected."""

from importlib.resources import files

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from ragapp.adapters.e5.checkpoint import INPUT, Weights
from ragapp.adapters.e5.graph import Activations, ObservedFloat, build_graph
from ragapp.adapters.e5.vocabulary import Tokenizer
from ragapp.adapters.e5.word_table import WordTable
from ragapp.adapters.model_files import Say

_SAY_EVERY = 10


def calibration_passages() -> list[str]:
    """Return some forty passages in English and Croatian, of the kinds that organisations keep."""
    text = files("ragapp.adapters.e5").joinpath("calibration.txt").read_text(encoding="utf-8")
    return text.strip().split("\n\n")


def observe(weights: Weights, tokenizer: Tokenizer, table: WordTable, prefix: str, say: Say) -> list[Activations]:
    """Run the exact encoder over the calibration passages; return what each linear map is fed, in graph order.

    Largest values are averaged over the passages: the range that activations are quantised in is one text's own, and
    what a single text among forty reaches would press all others together.
    """
    precision = ObservedFloat()
    model = build_graph(weights, precision)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in precision.outputs]
    passages = calibration_passages()
    found = []
    for number, passage in enumerate(passages, start=1):
        rows = table.rows(tokenizer.encode(prefix + passage))[np.newaxis]
        found.append(session.run(names, {INPUT: rows}))
        if number % _SAY_EVERY == 0:
            say(f"Observing activations: {number} of {len(passages)} passages")
    means = [np.mean(values, axis=0) for values in zip(*found, strict=True)]
    return [Activations(largest, mean) for largest, mean in zip(means[::2], means[1::2], strict=True)]
