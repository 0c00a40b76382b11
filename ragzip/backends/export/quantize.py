"""int8 for ONNX graphs, with a scale per row of the activations and per column of the weights.

Every token is scaled by its own largest value, so that its numbers depend on nothing else in the run. (The common
dynamic quantisation takes one scale for a whole tensor: a few tokens with huge activations then cost all others their
precision. A MiniLM classifier agrees with fp32 on 95% of the kept half that way, and on 98% this way, for a tenth of
the speed.) Rows of embeddings have a scale each.

Weights go to the nearest integer, unless most are near one already, as those of a model that was trained a little from
int8 weights are. The nearest integer would then be the old one for nearly all of them, and the training undone; such
weights go up or down with probabilities that keep their mean (stochastic rounding, Gupta et al., arXiv 1502.02551).
Weights that nothing has moved come back as they were.

On x86 processors without VNNI, sums of int8 products saturate unless the session is told to be exact, as
:class:`~ragzip.backends.runtimes.onnx.OnnxModel` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.errors import needs_extra
from ragzip.files.writing import atomic_file, refuse_existing, storing

__all__ = ["quantize"]

_MIN_INT8_OUTPUTS = 16  # a layer with fewer (a classifier's head) stays in fp32
_MIN_INT8_ROWS = 1000  # of an embedding; a smaller one stays in fp32
_GELU_MINIMUM = 0.17  # GELU's lowest value is -0.16997: its outputs need no range below
_MIN_SCALE = 1e-12
_MAX_GRID_SHARE = 0.05  # of weights near integers; with more, the nearest integers lose a tenth of a small training
_UNMOVED = 1e-3  # from an integer: the rounding of float32


def quantize(source: Path, target: Path, *, layers: bool = True) -> None:
    """Write the fp32 model at ``source`` with its linear layers and embeddings in int8 to ``target``, which must not
    exist yet.

    :param layers: False: only the embeddings are int8. Small changes of a layer, as of a short training that started
        from int8 weights, are less than half a step, and int8 would undo them.
    :raises StorageError: ``target`` exists, or cannot be written.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    refuse_existing(target)
    with needs_extra("torch"):
        import onnx
    model = onnx.load(str(source))
    _Rewriter(onnx, model.graph, layers).run()
    with storing(target), atomic_file(target) as temporary_path:
        onnx.save(model, str(temporary_path))


class _Rewriter:
    """Rewrites a graph: each product with constant weights becomes quantise, integer product, scale."""

    def __init__(self, onnx: Any, graph: Any, layers: bool) -> None:
        self.onnx, self.graph, self.layers = onnx, graph, layers
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.makers = {name: node for node in graph.node for name in node.output}
        self.nodes: list[Any] = []
        self.stored: dict[str, Any] = {}  # by the name of the weights, which several layers may share
        self.rows: dict[str, tuple[str, str]] = {}  # activations already quantised: the integers, and a scale per row
        self.byte = self._constant("int8/byte", np.float32(1 / 255))
        self.half = self._constant("int8/half", np.float32(1 / 127))
        self.zero = self._constant("int8/zero", np.uint8(0))
        self.middle = self._constant("int8/middle", np.uint8(128))
        self.tiny = self._constant("int8/tiny", np.float32(_MIN_SCALE))
        self.lift = self._constant("int8/lift", np.float32(_GELU_MINIMUM))

    def run(self) -> None:
        for node in list(self.graph.node):
            if self.layers and self._is_linear(node):
                self._linear(node)
            elif self._is_embedding(node):
                self._embedding(node)
            else:
                self.nodes.append(node)
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        used_names = set(_input_names(self.graph)) | {tensor.name for tensor in self.graph.output}
        kept_tensors = [tensor for tensor in self.graph.initializer if tensor.name in used_names]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept_tensors)

    def _is_linear(self, node: Any) -> bool:
        if node.op_type != "MatMul" or node.input[1] not in self.weights:
            return False
        weight_shape = self.weights[node.input[1]].dims
        return len(weight_shape) == 2 and int(weight_shape[1]) >= _MIN_INT8_OUTPUTS

    def _is_embedding(self, node: Any) -> bool:
        if (
            node.op_type != "Gather"
            or node.input[0] not in self.weights
            or any(attribute.name == "axis" and attribute.i for attribute in node.attribute)
        ):
            return False
        tensor = self.weights[node.input[0]]
        return (
            len(tensor.dims) == 2
            and int(tensor.dims[0]) >= _MIN_INT8_ROWS
            and tensor.data_type == self.onnx.TensorProto.FLOAT
        )

    def _embedding(self, node: Any) -> None:
        table_name, ids_name = node.input
        prefix = node.name or node.output[0]
        table_rows = self.onnx.numpy_helper.to_array(self.weights[table_name])
        row_scales = np.maximum(np.abs(table_rows).max(1, keepdims=True), _MIN_SCALE) / 127
        stored_rows = self._constant(f"{prefix}/rows", np.rint(table_rows / row_scales).astype(np.int8))
        gathered = self._add("Gather", [stored_rows, ids_name], f"{prefix}/integers")
        gathered_floats = self._add("Cast", [gathered], f"{prefix}/float", to=self.onnx.TensorProto.FLOAT)
        row_scale = self._add(
            "Gather", [self._constant(f"{prefix}/scales", row_scales.astype(np.float32)), ids_name], f"{prefix}/scale"
        )
        self._add("Mul", [gathered_floats, row_scale], node.output[0], exact=True)

    def _linear(self, node: Any) -> None:
        source_name, prefix = node.input[0], node.name or node.output[0]
        is_lifted = self._follows_gelu(source_name)
        if source_name not in self.rows:
            self.rows[source_name] = self._quantised(source_name, f"{prefix}/in", is_lifted)
        activations, row_scale = self.rows[source_name]
        stored_weights, integer_weights, column_scales = self._integers(node.input[1])
        offset = self.zero if is_lifted else self.middle
        product = self._add("MatMulInteger", [activations, stored_weights, offset], f"{prefix}/product")
        product_floats = self._add("Cast", [product], f"{prefix}/float", to=self.onnx.TensorProto.FLOAT)
        activation_unit = 1 / 255 if is_lifted else 1 / 127
        scales = self._constant(f"{prefix}/scales", (column_scales * activation_unit).astype(np.float32))
        scaled = self._add("Mul", [product_floats, scales], f"{prefix}/scaled")
        if is_lifted:
            lift_correction = self._constant(
                f"{prefix}/lifted", (-_GELU_MINIMUM * (integer_weights * column_scales).sum(0)).astype(np.float32)
            )
            rescaled = self._add("Mul", [scaled, row_scale], f"{prefix}/back")
            self._add("Add", [rescaled, lift_correction], node.output[0], exact=True)
        else:
            self._add("Mul", [scaled, row_scale], node.output[0], exact=True)

    def _integers(self, name: str) -> tuple[str, Any, Any]:
        """The name of the stored integers, the integers, and their scale by column."""
        if name not in self.stored:
            weights = self.onnx.numpy_helper.to_array(self.weights[name])
            column_scales = np.maximum(np.abs(weights).max(0), _MIN_SCALE) / 127
            integer_weights = np.clip(_rounded(weights / column_scales), -127, 127)
            self.stored[name] = (
                self._constant(f"{name}/int8", integer_weights.astype(np.int8)),
                integer_weights,
                column_scales,
            )
        stored_integers: tuple[str, Any, Any] = self.stored[name]
        return stored_integers

    def _quantised(self, source: str, name: str, is_lifted: bool) -> tuple[str, str]:
        if is_lifted:
            source = self._add("Add", [source, self.lift], f"{name}/lift")
            largest = self._add("ReduceMax", [source], f"{name}/largest", axes=[-1], keepdims=1)
        else:
            magnitudes = self._add("Abs", [source], f"{name}/size")
            largest = self._add("ReduceMax", [magnitudes], f"{name}/largest", axes=[-1], keepdims=1)
        scale = self._add("Max", [largest, self.tiny], f"{name}/scale")
        scaled_rows = self._add("Div", [source, scale], f"{name}/even")
        step, offset = (self.byte, self.zero) if is_lifted else (self.half, self.middle)
        return self._add("QuantizeLinear", [scaled_rows, step, offset], f"{name}/integers"), scale

    def _follows_gelu(self, name: str) -> bool:
        """Whether the tensor is GELU of one other tensor: a formula of that tensor alone, with one error function."""
        operations = list(self._formula(name))
        tensor_names = {leaf for leaf, operation in operations if operation is None}
        return len(tensor_names) == 1 and [operation for _, operation in operations].count("Erf") == 1

    def _formula(self, name: str) -> Iterator[tuple[str, str | None]]:
        node = self.makers.get(name)
        if node is not None and node.op_type in ("Mul", "Div", "Add", "Erf"):
            constants = [input_name for input_name in node.input if self._is_constant(input_name)]
            if node.op_type == "Add" and constants and self._size(constants[0]) > 1:
                yield name, None  # the bias of the layer before: the input of the formula
                return
            yield name, node.op_type
            for input_name in node.input:
                if input_name not in constants:
                    yield from self._formula(input_name)
        else:
            yield name, None

    def _is_constant(self, name: str) -> bool:
        return name in self.weights or (name in self.makers and self.makers[name].op_type == "Constant")

    def _size(self, name: str) -> int:
        return int(np.prod(self.weights[name].dims)) if name in self.weights else 1

    def _constant(self, name: str, value: Any) -> str:
        self.graph.initializer.append(self.onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def _add(self, operation: str, inputs: list[str], name: str, *, exact: bool = False, **attributes: Any) -> str:
        self.nodes.append(self.onnx.helper.make_node(operation, inputs, [name], "" if exact else name, **attributes))
        return name


def _rounded(weights: Any) -> Any:
    """``weights``, in units of their scale, as whole numbers. *Shape:* (n, m) to (n, m).

    The mean of cos 2πw is 1 where all weights are whole and 0 where they lie anywhere between; where they spread
    normally around whole numbers, rounding to the nearest loses twice that share of a small shift.
    """
    if np.cos(2 * np.pi * weights).mean() <= _MAX_GRID_SHARE:
        return np.rint(weights)
    draws = np.random.default_rng(0).uniform(_UNMOVED, 1 - _UNMOVED, weights.shape)
    return np.floor(weights + draws)


def _input_names(graph: Any) -> Iterator[str]:
    """The names that the nodes of a graph read, and those of graphs inside it."""
    for node in graph.node:
        yield from node.input
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _input_names(inner)
