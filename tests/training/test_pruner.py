"""The recipe of the pruner on a small BERT: the loss falls; and the export of the shipped one as it is."""

import json

import numpy as np
import onnx
import pytest
import torch
from recipes.questions import many, pair_encoder, write

from ragzip.models import shipped
from ragzip.training.data import read_qa
from ragzip.training.loop import Plan
from ragzip.training.packed.make import packed_of
from ragzip.training.packed.sampler import batches
from ragzip.training.pruner.export import export
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import losses, run
from ragzip.training.pruner.recipe import start

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return pair_encoder(tmp_path_factory.mktemp("encoder"))


def test_the_loss_falls_and_a_finished_run_trains_no_more(encoder, tmp_path):
    sources = packed_of([write(tmp_path / "q.jsonl", many())], "pruner-english", start(encoder)[1])
    plan = Plan(tokens=24_000, batch_tokens=1200, rate=2e-3, seed=1, save_every=0.0, probe_every=12_000)

    def go(folder):
        torch.manual_seed(0)
        net, _ = start(encoder)
        return net, train(net, sources, plan, folder, lambda net: {"x": 1.0})

    net, log = go(tmp_path / "whole")
    again, _ = go(tmp_path / "whole")  # finished: nothing more to do
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True))
    batch = next(batches(sources, None, 9, 3000))
    torch.manual_seed(0)
    fresh, _ = start(encoder)
    with torch.inference_mode():
        before, after = (losses(batch, run(n, batch, 2000)) for n in (fresh, net))
    assert after["list"] < 0.8 * before["list"] and set(after) >= {"sentence", "list", "passage", "passages"}
    assert [row["dev x"] for row in log if "dev x" in row] == [1.0, 1.0, 1.0]
    lines = (tmp_path / "whole" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [row["step"] for row in log]


def test_the_shipped_pruner_read_and_written_again_is_the_same(tmp_path):
    net, tokenizer = start(None)
    agreement = export(net, tokenizer, tmp_path / "out", {}, read_qa(write(tmp_path / "q.jsonl", many(10))))
    assert agreement.kept == 1 and agreement.correlation > 0.999
    before, after = (
        {
            tensor.name: onnx.numpy_helper.to_array(tensor)
            for tensor in onnx.load(folder / "model.onnx").graph.initializer
        }
        for folder in (shipped("pruner"), tmp_path / "out")
    )
    assert before.keys() == after.keys()
    for name, array in before.items():
        if name.endswith("/lifted"):  # sums of the weights
            np.testing.assert_allclose(after[name], array, atol=1e-5, err_msg=name)
        else:
            np.testing.assert_array_equal(after[name], array, name)
