"""Collects the nodes and constants of an ONNX graph that is written by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Array = NDArray[Any]

_FUSED = "com.microsoft"
_OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
_IR_VERSION = 8


class GraphBuilder:
    """Names what is added, in order: the same calls give the same bytes."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, values: Array) -> str:
        """Add a constant and return its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, *inputs: str, fused: bool = False, **attributes: Any) -> str:
        """Add a node with one output and return the output's name; `fused` ones are onnxruntime's own."""
        return self.split_node(kind, *inputs, output_count=1, fused=fused, **attributes)[0]

    def split_node(
        self, kind: str, *inputs: str, output_count: int, fused: bool = False, **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs and return their names."""
        name = f"{kind}_{len(self._nodes)}"
        outputs = [f"{name}_{position}" for position in range(output_count)]
        domain = _FUSED if fused else ""
        self._nodes.append(helper.make_node(kind, inputs, outputs, name=name, domain=domain, **attributes))
        return outputs

    def name_output(self, value: str, name: str) -> None:
        """Give a value the name under which the graph hands it out."""
        self._nodes.append(helper.make_node("Identity", [value], [name], name=name))

    def finish(
        self, title: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        """Return the checked model."""
        graph = helper.make_graph(self._nodes, title, inputs, outputs, self._constants)
        model = helper.make_model(graph, opset_imports=_OPSETS, ir_version=_IR_VERSION)
        onnx.checker.check_model(model)
        return model


def to_int8(values: Array, *, axis: int) -> tuple[Array, Array]:
    """Return values as int8 with one scale for everything along `axis`, which stays as an axis of length 1."""
    scale = np.abs(values).max(axis=axis, keepdims=True) / np.float32(127)
    scale[scale == 0] = 1
    return np.round(values / scale).astype(np.int8), scale.astype(np.float32)
