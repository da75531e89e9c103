"""A session of onnxruntime as the built-in encoders use it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime  # type: ignore[import-untyped]


def open_session(model: Path) -> "onnxruntime.InferenceSession":
    """Load a model for runs of one text on one thread each, from any number of threads."""
    # Imported here: 30 MB that a process without embedding work need not carry.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Every text has its own length: remembered memory plans would pile up, one per length.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
