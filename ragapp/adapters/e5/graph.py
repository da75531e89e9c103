"""Builds the encoder's ONNX graph straight from the weights: from word-table rows of one text to its unit vector.

The word table stays outside, so the graph takes embeddings instead of ids. One text a run: nothing is padded, so there
is no attention mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import onnx
from onnx import TensorProto, helper

from ragapp.adapters.e5.checkpoint import (
    EPSILON,
    HEAD_COUNT,
    INPUT,
    LAYER_COUNT,
    OUTPUT,
    WIDTH,
    Floats,
    Weights,
)
from ragapp.adapters.onnx_graph import GraphBuilder, to_int8

_SMOOTHING = 0.65
_LEAST = 1e-5


@dataclass(frozen=True, slots=True)
class Activations:
    """What ordinary texts feed into one linear map: by input channel, largest absolute value and mean, shape (in,)."""

    largest: Floats
    mean: Floats


class Precision(Protocol):
    """How a linear map is computed."""

    def linear(self, graph: GraphBuilder, hidden: str, weight: Floats, bias: Floats) -> str:
        """Return `hidden` times `weight` of shape (in, out) plus `bias`."""


class SmoothedInt8:
    """Weights in int8, activations quantised as they come, outliers of activations moved into the weights.

    An input channel is divided by s = largest activation ^ alpha / largest weight ^ (1 - alpha) and its weights are
    multiplied by s: the product stays, and no single channel takes the whole range of the activations' one scale. What
    rounding the weights adds to the mean output is taken back in the bias.

    Args:
        activations: Of each linear map, in the order of the graph.

    Source: Xiao et al., "SmoothQuant", ICML 2023; Nagel et al., "Data-Free Quantization", ICCV 2019 (bias correction).
    """

    def __init__(self, activations: Sequence[Activations]) -> None:
        self._activations = iter(activations)

    def linear(self, graph: GraphBuilder, hidden: str, weight: Floats, bias: Floats) -> str:
        """Add the division, and the product with the bias in it."""
        seen = next(self._activations)
        smoothing = _smoothing(seen.largest, np.abs(weight).max(axis=1))
        quantized, scale = to_int8(weight * smoothing[:, None], axis=0)
        added = seen.mean @ (quantized * scale / smoothing[:, None] - weight)
        smoothed = graph.node("Mul", hidden, graph.constant(1 / smoothing))
        constants = [graph.constant(quantized), graph.constant(scale[0]), "", graph.constant(bias - added)]
        return graph.node("DynamicQuantizeMatMul", smoothed, *constants, fused=True)


def _smoothing(largest_activation: Floats, largest_weight: Floats) -> Floats:
    activation, weight = np.maximum(largest_activation, _LEAST), np.maximum(largest_weight, _LEAST)
    smoothing: Floats = (activation**_SMOOTHING / weight ** (1 - _SMOOTHING)).astype(np.float32)
    return smoothing


class ObservedFloat:
    """float32, with the largest absolute value and the mean of each input channel as further outputs."""

    def __init__(self) -> None:
        self.outputs: list[onnx.ValueInfoProto] = []

    def linear(self, graph: GraphBuilder, hidden: str, weight: Floats, bias: Floats) -> str:
        """Add the product, the bias, and the two observations."""
        for kind, observed in (("ReduceMax", graph.node("Abs", hidden)), ("ReduceMean", hidden)):
            name = f"observed_{len(self.outputs)}"
            graph.name_output(graph.node(kind, observed, axes=[0, 1], keepdims=0), name)
            self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [len(weight)]))
        return graph.node("Add", graph.node("MatMul", hidden, graph.constant(weight)), graph.constant(bias))


def build_graph(weights: Weights, precision: Precision) -> onnx.ModelProto:
    """Return the model as ONNX.

    Args:
        weights: The tensors of the checkpoint by name.
        precision: How linear maps are computed; `ObservedFloat` adds outputs of its own.

    Returns:
        A model with the input `words`, float32 of shape (1, tokens, 384): rows of the word table; and the output
        `embedding`, float32 of shape (1, 384): the mean over all tokens, of length 1.
    """
    graph = GraphBuilder()
    hidden = _add_positions(graph, weights)
    for number in range(LAYER_COUNT):
        hidden = _layer(graph, precision, weights, f"encoder.layer.{number}.", hidden)
    mean = graph.node("ReduceMean", hidden, axes=[1], keepdims=0)
    graph.name_output(graph.node("LpNormalization", mean, axis=-1, p=2), OUTPUT)
    inputs = [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [1, "tokens", WIDTH])]
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, WIDTH])]
    observed = precision.outputs if isinstance(precision, ObservedFloat) else []
    return graph.finish("multilingual-e5-small", inputs, [*outputs, *observed])


def _add_positions(graph: GraphBuilder, weights: Weights) -> str:
    # There is only ever one segment, so its embedding is folded into the positions.
    table = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    first = graph.constant(np.array([0], dtype=np.int64))
    token_count = graph.node("Shape", INPUT, start=1, end=2)
    positions = graph.node("Slice", graph.constant(table), first, token_count, first)
    return _normalise(graph, weights, "embeddings.LayerNorm.", graph.node("Add", INPUT, positions))


def _layer(graph: GraphBuilder, precision: Precision, weights: Weights, prefix: str, hidden: str) -> str:
    attended = _attend(graph, precision, weights, prefix + "attention.self.", hidden)
    change = _linear(graph, precision, weights, prefix + "attention.output.dense", attended)
    hidden = _normalise(graph, weights, prefix + "attention.output.LayerNorm.", graph.node("Add", change, hidden))
    widened = graph.node("Gelu", _linear(graph, precision, weights, prefix + "intermediate.dense", hidden), fused=True)
    change = _linear(graph, precision, weights, prefix + "output.dense", widened)
    return _normalise(graph, weights, prefix + "output.LayerNorm.", graph.node("Add", change, hidden))


def _attend(graph: GraphBuilder, precision: Precision, weights: Weights, prefix: str, hidden: str) -> str:
    parts = ("query", "key", "value")
    weight = np.concatenate([weights[f"{prefix}{part}.weight"].T for part in parts], axis=1)
    bias = np.concatenate([weights[f"{prefix}{part}.bias"] for part in parts])
    widths = graph.constant(np.array([WIDTH] * len(parts), dtype=np.int64))
    projected = precision.linear(graph, hidden, weight, bias)
    query, key, value = graph.split_node("Split", projected, widths, output_count=3, axis=-1)
    return graph.node("MultiHeadAttention", query, key, value, fused=True, num_heads=HEAD_COUNT)


def _linear(graph: GraphBuilder, precision: Precision, weights: Weights, name: str, hidden: str) -> str:
    return precision.linear(graph, hidden, weights[f"{name}.weight"].T, weights[f"{name}.bias"])


def _normalise(graph: GraphBuilder, weights: Weights, prefix: str, hidden: str) -> str:
    scale, bias = (graph.constant(weights[prefix + name]) for name in ("weight", "bias"))
    return graph.node("LayerNormalization", hidden, scale, bias, axis=-1, epsilon=EPSILON)
