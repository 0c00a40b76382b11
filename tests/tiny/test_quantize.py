"""int8 for graphs: weights that were trained a little from int8 ones keep what they learnt."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs ragzip[torch]")

import onnxruntime  # noqa: E402

from ragzip.backends.export.quantize import quantize  # noqa: E402

INPUTS, OUTPUTS = 512, 64
SCALES = np.linspace(0.001, 0.004, OUTPUTS, dtype=np.float32)  # of the columns


def on_grid():
    """Weights that came out of int8, in units of their scale; every column holds the largest integer."""
    integers = np.random.default_rng(1).normal(0, 30, (INPUTS, OUTPUTS)).round().clip(-126, 126)
    integers[0] = 127
    return integers


def stored(weights, folder):
    """The integers and the outputs (of a function of inputs) of an int8 graph that multiplies by ``weights``."""
    values = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "w"], ["y"], "layer")],
        "graph",
        [values("x", onnx.TensorProto.FLOAT, ["rows", INPUTS])],
        [values("y", onnx.TensorProto.FLOAT, ["rows", OUTPUTS])],
        [onnx.numpy_helper.from_array(weights.astype(np.float32), "w")],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), folder / "exact.onnx")
    (folder / "int8.onnx").unlink(missing_ok=True)
    quantize(folder / "exact.onnx", folder / "int8.onnx")
    initializers = {tensor.name: tensor for tensor in onnx.load(folder / "int8.onnx").graph.initializer}
    session = onnxruntime.InferenceSession(str(folder / "int8.onnx"))
    return (
        onnx.numpy_helper.to_array(initializers["w/int8"]),
        lambda rows: session.run(None, {"x": rows.astype(np.float32)})[0],
    )


def test_weights_that_nothing_moved_come_back(tmp_path):
    integers, _ = stored(on_grid() * SCALES, tmp_path)
    assert np.array_equal(integers, on_grid())


@pytest.mark.parametrize("most", [0.1, 0.4, 2.0])
def test_small_movements_are_kept(most, tmp_path):
    """Each weight moves by up to ``most`` of a step of int8, all of them towards one input."""
    rng = np.random.default_rng(2)
    direction = rng.choice([-1.0, 1.0], INPUTS)
    movement = direction[:, None] * rng.uniform(0, most, (INPUTS, OUTPUTS))
    movement[0] = 0
    _, before = stored(on_grid() * SCALES, tmp_path)
    _, after = stored((on_grid() + movement) * SCALES, tmp_path)
    changes = (after(direction[None]) - before(direction[None]))[0]
    expected_changes = direction @ movement * SCALES
    assert np.abs(changes / expected_changes - 1).mean() < 0.2
    assert (changes / expected_changes).mean() == pytest.approx(1, abs=0.1)


def test_weights_that_spread_evenly_go_to_the_nearest_integer(tmp_path):
    weights = on_grid() + np.random.default_rng(3).uniform(-0.5, 0.5, (INPUTS, OUTPUTS))
    weights[0] = 127
    integers, _ = stored(weights * SCALES, tmp_path)
    assert np.abs(integers - weights).max() <= 0.5 + 1e-4
