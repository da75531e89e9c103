"""Builds the MiniLM ONNX graph straight from the published weights: no torch, no tracing.

The graph is BERT (6 layers, width 384, 12 heads) in onnxruntime's fused operators, with mean pooling and L2
normalisation at its end, so that one run goes from token ids to unit vectors.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper

from ragapp.adapters.onnx_graph import Array, GraphBuilder, to_int8

Weights = Mapping[str, Array]

WIDTH = 384
_LAYER_COUNT = 6
_HEAD_COUNT = 12
_EPSILON = 1e-12


def build_graph(weights: Weights, *, int8: bool) -> onnx.ModelProto:
    """Return the model as ONNX.

    Args:
        weights: The tensors of `model.safetensors` by name, float32; linear weights have shape (out, in).
        int8: Store linear weights as int8 with one scale per output and quantise activations as they come (one scale
            per tensor); store the word table as int8 with one scale per word. Everything else stays float32.

    Returns:
        A model with inputs `input_ids` and `attention_mask`, int32 of shape (batch, tokens), and the output
        `embedding`, float32 of shape (batch, 384), rows of length 1.
    """
    graph = _Graph(int8=int8)
    hidden = _embed(graph, weights)
    for number in range(_LAYER_COUNT):
        hidden = _layer(graph, weights, f"encoder.layer.{number}.", hidden)
    return graph.finish_model(_pool(graph, hidden))


class _Graph(GraphBuilder):
    """Knows how a linear map and a table look-up are stored in this precision."""

    def __init__(self, *, int8: bool) -> None:
        super().__init__()
        self._int8 = int8

    def linear(self, hidden: str, weight: Array) -> str:
        """Multiply by `weight` of shape (in, out); the bias is left to the fused operator that follows."""
        if not self._int8:
            return self.node("MatMul", hidden, self.constant(weight))
        quantized, scale = to_int8(weight, axis=0)
        return self.node(
            "DynamicQuantizeMatMul", hidden, self.constant(quantized), self.constant(scale[0]), fused=True
        )

    def look_up(self, table: Array, rows: str) -> str:
        if not self._int8:
            return self.node("Gather", self.constant(table), rows)
        quantized, scale = to_int8(table, axis=1)
        picked = self.node("Cast", self.node("Gather", self.constant(quantized), rows), to=TensorProto.FLOAT)
        return self.node("Mul", picked, self.node("Gather", self.constant(scale), rows))

    def finish_model(self, output: str) -> onnx.ModelProto:
        self.name_output(output, "embedding")
        shape = ["batch", "tokens"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT32, shape) for name in ("input_ids", "attention_mask")
        ]
        outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", WIDTH])]
        return self.finish("minilm", inputs, outputs)


def _embed(graph: _Graph, weights: Weights) -> str:
    words = graph.look_up(weights["embeddings.word_embeddings.weight"], "input_ids")
    # There is only ever one segment, so its embedding is folded into the positions.
    table = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    first = graph.constant(np.array([0], dtype=np.int64))
    token_count = graph.node("Shape", "input_ids", start=1, end=2)
    positions = graph.node("Slice", graph.constant(table), first, token_count, first)
    scale = graph.constant(weights["embeddings.LayerNorm.weight"])
    bias = graph.constant(weights["embeddings.LayerNorm.bias"])
    return graph.node(
        "LayerNormalization", graph.node("Add", words, positions), scale, bias, axis=-1, epsilon=_EPSILON
    )


def _layer(graph: _Graph, weights: Weights, prefix: str, hidden: str) -> str:
    attended = _attend(graph, weights, prefix + "attention.self.", hidden)
    projected = graph.linear(attended, weights[prefix + "attention.output.dense.weight"].T)
    hidden = _add_and_normalise(graph, weights, prefix + "attention.output.", projected, hidden)
    widened = graph.linear(hidden, weights[prefix + "intermediate.dense.weight"].T)
    bias = graph.constant(weights[prefix + "intermediate.dense.bias"])
    narrowed = graph.linear(
        graph.node("BiasGelu", widened, bias, fused=True), weights[prefix + "output.dense.weight"].T
    )
    return _add_and_normalise(graph, weights, prefix + "output.", narrowed, hidden)


def _attend(graph: _Graph, weights: Weights, prefix: str, hidden: str) -> str:
    parts = ("query", "key", "value")
    weight = np.concatenate([weights[f"{prefix}{part}.weight"].T for part in parts], axis=1)
    bias = np.concatenate([weights[f"{prefix}{part}.bias"] for part in parts])
    widths = graph.constant(np.array([WIDTH] * len(parts), dtype=np.int64))
    query, key, value = graph.split_node("Split", graph.linear(hidden, weight), widths, output_count=3, axis=-1)
    return graph.node(
        "MultiHeadAttention",
        query,
        key,
        value,
        graph.constant(bias),
        "attention_mask",
        fused=True,
        num_heads=_HEAD_COUNT,
    )


def _add_and_normalise(graph: _Graph, weights: Weights, prefix: str, change: str, hidden: str) -> str:
    names = ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")
    constants = [graph.constant(weights[prefix + name]) for name in names]
    return graph.node("SkipLayerNormalization", change, hidden, *constants, fused=True, epsilon=_EPSILON)


def _pool(graph: _Graph, hidden: str) -> str:
    # The sum over real tokens points where their mean does, and only the direction is kept.
    middle = graph.constant(np.array([1], dtype=np.int64))
    mask = graph.node("Unsqueeze", graph.node("Cast", "attention_mask", to=TensorProto.FLOAT), middle)
    return graph.node(
        "LpNormalization", graph.node("Squeeze", graph.node("MatMul", mask, hidden), middle), axis=-1, p=2
    )
