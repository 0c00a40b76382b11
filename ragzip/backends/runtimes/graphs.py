"""ONNX graphs that are changed while they are loaded; the files stay as they are. Needs ``ragzip[situated]``.

The shipped embedder is an int8 graph whose only output is the pooled vector. Its two changes are made in the graph and
not in its weights: a factor in front of each softmax, and another output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.checks import number_in
from ragzip.errors import ModelError, needs_extra

__all__ = ["UNCHANGED", "GraphChange", "changed_graph", "temperature_of"]

_POOLING = ("ReduceSum", "ReduceMean")
_FACTOR_NAME = "attention/temperature"
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.1, 10.0


@dataclass(frozen=True)
class GraphChange:
    """A change to make in a graph.

    :param temperature: of the softmax of every attention layer; 1 is that of training.
    :param token_states: the output is the states of the tokens before they are pooled, not the vector of the text.
    """

    temperature: float = 1.0
    token_states: bool = False

    @property
    def suffix(self) -> str:
        """The part of a fingerprint that tells the changed graph from others of the same file; "" without a change."""
        states = ":states" if self.token_states else ""
        return f":temperature={self.temperature:g}{states}" if self.temperature != 1 else states


UNCHANGED = GraphChange()


def temperature_of(temperature: object) -> float:
    """``temperature`` of an attention softmax.

    :raises OptionError: no number from 0.1 to 10.
    """
    return number_in(temperature, "temperature", least=MIN_TEMPERATURE, most=MAX_TEMPERATURE)


def changed_graph(path: Path, change: GraphChange) -> bytes:
    """The model at ``path`` with ``change``, as the bytes of an ONNX model.

    :raises ModelError: the graph has no softmax, or no pooling, that could be changed.
    :raises MissingExtraError: without ``onnx``.
    """
    with needs_extra("situated"):
        import onnx
    model = onnx.load(str(path))
    if change.temperature != 1:
        _scale_attention(onnx, model.graph, change.temperature, path)
    if change.token_states:
        _put_out_states(onnx, model.graph, path)
    serialized: bytes = model.SerializeToString()
    return serialized


def _scale_attention(onnx: Any, graph: Any, temperature: float, path: Path) -> None:
    """Divide the input of each softmax of ``graph`` by ``temperature``. An encoder has no softmax but attention's; the
    mask in it is zero for all tokens of a window, and far below zero for padding, whatever the factor.
    """
    factor = onnx.numpy_helper.from_array(np.asarray(1 / temperature, np.float32), _FACTOR_NAME)
    nodes = list(graph.node)
    if not any(node.op_type == "Softmax" for node in nodes):
        raise ModelError(
            f"model: {path} has no softmax, so that the temperature of its attention cannot be changed. Export it with "
            "attn_implementation='eager', or leave temperature at 1."
        )
    graph.initializer.append(factor)
    del graph.node[:]
    for node in nodes:
        if node.op_type == "Softmax":
            scaled_name = f"{node.output[0]}/scaled"
            graph.node.append(onnx.helper.make_node("Mul", [node.input[0], _FACTOR_NAME], [scaled_name]))
            node.input[0] = scaled_name
        graph.node.append(node)


def _put_out_states(onnx: Any, graph: Any, path: Path) -> None:
    """Make the states of the tokens the output of ``graph``. *Shape:* (batch, sequence, dimension)."""
    states_name = _pooled_tensor(graph)
    if states_name is None:
        raise ModelError(
            f"model: {path} does not pool its token states by their mean, so that they cannot be read. Use an embedder "
            "with mean pooling, as the shipped one."
        )
    del graph.output[:]
    shape = ["batch", "sequence", None]
    graph.output.append(onnx.helper.make_tensor_value_info(states_name, onnx.TensorProto.FLOAT, shape))


def _pooled_tensor(graph: Any) -> str | None:
    """The name of the tensor whose mean is the output of ``graph``: what is summed, before it is multiplied by the
    mask. None: the output is no mean.
    """
    makers = {name: node for node in graph.node for name in node.output}
    pooling = next((node for node in _origins(makers, graph.output[0].name) if node.op_type in _POOLING), None)
    if pooling is None:
        return None
    masking = makers.get(pooling.input[0])
    return str(masking.input[0] if masking is not None and masking.op_type == "Mul" else pooling.input[0])


def _origins(makers: dict[str, Any], name: str) -> Iterator[Any]:
    """The node that makes the tensor ``name``, the node that makes its first input, and so on."""
    while (node := makers.get(name)) is not None and node.input:
        yield node
        name = node.input[0]
