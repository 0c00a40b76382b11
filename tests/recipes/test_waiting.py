"""No recipe's step waits for an accelerator: torch's "meta" device has shapes and no numbers, so that what would read
one, or mixes devices, is an error there.
"""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from tiny.checkpoints import llama

from ragzip.backends.runtimes.torch import undo_onednn
from ragzip.soft.adapters import LoRA
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.encoders.gmsa import GMSAEncoder
from ragzip.soft.encoders.xrag import XragEncoder
from ragzip.soft.language import LanguageModel
from ragzip.testing import FakeEmbedder
from ragzip.training import rewriter
from ragzip.training.data import question_of
from ragzip.training.loop import Plan
from ragzip.training.machine import Machine
from ragzip.training.pruner.evaluate import batches_of
from ragzip.training.pruner.model import losses, run
from ragzip.training.pruner.recipe import start
from ragzip.training.soft import recipe
from ragzip.training.soft.data import Sample, SampleBatch

from .questions import RECORD, many, pair_encoder

pytestmark = pytest.mark.filterwarnings("ignore")

PLAN = Plan(tokens=1000, batch_tokens=100)
SAMPLES = (
    Sample((("Where does Ada live?", "Oslo"), ("And Ben?", "In Lima")), ("Ada lives in Oslo.", "Ben lives in Lima.")),
    Sample((("Where does Eve live?", "Cairo"),), ("Eve lives in Cairo, far away from Ada, Ben, Finn and Gus.",)),
)


class NumberlessMachine(Machine):
    """A machine of the meta device, which has no autocast."""

    def autocast(self):
        return nullcontext()


@pytest.fixture
def language_model(tmp_path, monkeypatch):
    """A small Llama without numbers. Where it gets no mask, transformers itself waits once a forward pass, to see
    whether positions begin anew; that is left out.
    """
    monkeypatch.setattr("transformers.masking_utils.find_packed_sequence_indices", lambda position_ids: None)
    lm = LanguageModel(llama(tmp_path), device="cpu")
    undo_onednn(lm.module)
    lm.module.to("meta")
    lm.device = "meta"
    return lm


def assert_gradients(parameters):
    """All have gradients, without numbers."""
    assert parameters and all(parameter.grad is not None and parameter.grad.is_meta for parameter in parameters)


def test_what_would_wait_is_an_error():
    numbers = torch.ones(3, device="meta")
    for waiting in (float, bool, torch.nonzero, lambda tensor: tensor + torch.ones(3)):
        with pytest.raises((RuntimeError, NotImplementedError)):
            waiting(numbers if waiting is not float else numbers.sum())


@pytest.mark.parametrize("records", [[RECORD], many(6)])
def test_the_pruner(tmp_path, records):
    net, tokenizer = start(pair_encoder(tmp_path))
    net.to("meta").train()
    (batch,) = batches_of(tokenizer, list(map(question_of, records)))
    outputs = run(net, batch, 500, NumberlessMachine("meta", "fp32", 500, 500))
    sum(losses(batch, outputs).values()).backward()
    assert_gradients([parameter for parameter in net.parameters() if parameter.requires_grad])


@pytest.mark.parametrize("kind", [LoRA, CompLLMEncoder, GMSAEncoder, XragEncoder])
@pytest.mark.parametrize("restating", [0.0, 10.0])
def test_soft_compressors(language_model, kind, restating):
    trained = kind(language_model, FakeEmbedder()) if kind is XragEncoder else kind(language_model)
    trained.head = None if trained.head is None else trained.head.to("meta")
    settings = recipe.replace(recipe.METHODS[trained.method], restating=restating, taught=1.0)
    if trained.adapter:
        language_model.training.add(trained.adapter)
    parameters = [parameter for group in recipe._groups(trained, settings) for parameter in group["params"]]
    batch = SampleBatch(SAMPLES, 100, 0)
    sum(recipe._losses(settings, PLAN, trained, None, parameters)(batch).values()).backward()
    assert_gradients(parameters)


def test_the_rewriter(language_model):
    trained = LoRA(language_model, method="rewriter")
    language_model.training.add(trained.adapter)
    rng = np.random.default_rng(0)
    examples = [rewriter.RewriteExample(None, "Ada lives in Oslo. It rains.", "Ada lives in Oslo.")] * 2
    batch = rewriter.RewriteBatch(tuple(rewriter.encode(language_model, example, rng) for example in examples))
    loss = rewriter.likelihood(language_model, trained.adapter, batch)
    parameters = list(language_model.lora(trained.adapter).values())
    for parameter in parameters:  # disabling adapters has frozen them
        parameter.requires_grad_(True)
    loss.backward()
    assert_gradients(parameters)
