"""Training on any machine: a loop that ends on time and goes on elsewhere, and the pruner's losses over flat arrays."""

import json
import math
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ragzip.errors import InputError, StorageError
from ragzip.training import loop
from ragzip.training.batch import Batch
from ragzip.training.loop import Plan, plan_on
from ragzip.training.machine import Machine, machine_of
from ragzip.training.pruner import evaluate, model
from ragzip.training.pruner.model import PrunerNet, losses, micro_batches
from recipes.line_runs import BATCH_TOKENS, Stop, assert_same_run, train_line

GPU = Machine("cuda", "bf16", 65_536, 65_536)


@pytest.mark.parametrize("stop_at", np.random.default_rng(5).integers(1, 80, 3).tolist())
def test_a_run_that_failed_goes_on_as_if_it_had_not(tmp_path, stop_at):
    whole = train_line(tmp_path / "whole")
    with pytest.raises(Stop):
        train_line(tmp_path / "cut", stop_at=stop_at)
    assert_same_run(train_line(tmp_path / "cut"), whole)


def test_ctrl_c_ends_a_run_after_its_step(tmp_path):
    whole = train_line(tmp_path / "whole")
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train_line(tmp_path / "cut", interrupted_at=41, save_every=1e9)
    assert signal.getsignal(signal.SIGINT) is handler
    state = torch.load(tmp_path / "cut" / "checkpoint.pt", weights_only=True)
    assert (
        state["step"] == 42 and json.loads((tmp_path / "cut" / "log.jsonl").read_text().splitlines()[-1])["step"] == 42
    )
    assert_same_run(train_line(tmp_path / "cut"), whole)


def test_ctrl_c_pressed_again_ends_a_run_at_once(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train_line(tmp_path / "cut", interrupted_at=41, presses=2, save_every=1e9)
    assert not (tmp_path / "cut" / "checkpoint.pt").exists()


def test_a_run_ends_in_good_order_when_its_minutes_are_over(tmp_path):
    figures = []

    def probe():
        figures.append(1.0)
        return {"figure": float(len(figures))}

    log, weight = train_line(tmp_path / "cut", minutes=0.004, wait=0.01, probe=probe)
    last = log[-1]
    assert 0 < last["step"] < 80 and last["tokens"] == last["step"] * BATCH_TOKENS
    assert last["dev figure"] == len(figures) == 2.0 and {"square", "absolute"} <= set(last)
    assert json.loads((tmp_path / "cut" / "log.jsonl").read_text().splitlines()[-1]) == last
    state = torch.load(tmp_path / "cut" / "checkpoint.pt", weights_only=True)
    assert state["step"] == last["step"] and torch.equal(state["held"]["weight"], weight)
    assert_same_run(train_line(tmp_path / "cut", probe=probe), train_line(tmp_path / "whole", probe=probe))


def test_a_step_that_is_not_finite_changes_nothing(tmp_path):
    log, weight = train_line(tmp_path / "broken", broken_at=40)
    rows = {row["step"]: row for row in log}
    assert "skipped" not in rows[25] and rows[50]["skipped"] == 1 and "skipped" not in rows[75]
    assert all(math.isfinite(row["square"]) for row in log) and bool(torch.isfinite(weight).all())
    with pytest.raises(Stop):
        train_line(tmp_path / "cut", broken_at=40, stop_at=41)
    saved = [torch.load(tmp_path / "cut" / "checkpoint.pt", weights_only=True)]
    with pytest.raises(Stop):
        train_line(tmp_path / "earlier", broken_at=40, stop_at=40)
    saved.append(torch.load(tmp_path / "earlier" / "checkpoint.pt", weights_only=True))
    assert [state["step"] for state in saved] == [41, 40]
    assert torch.equal(*(state["held"]["weight"] for state in saved))
    assert all(torch.equal(*(state["optimizer"]["state"][0][name] for state in saved)) for name in ("step", "exp_avg"))


def test_a_batch_without_labels_is_counted_and_changes_nothing(tmp_path):
    states = {}
    for stop_at in (40, 41):
        folder = tmp_path / str(stop_at)
        with pytest.raises(Stop):
            train_line(folder, bare_at=40, stop_at=stop_at)
        states[stop_at] = torch.load(folder / "checkpoint.pt", weights_only=True)
    assert [states[stop_at]["done"] for stop_at in (40, 41)] == [40 * BATCH_TOKENS, 41 * BATCH_TOKENS]
    assert torch.equal(*(state["held"]["weight"] for state in states.values()))
    log, _ = train_line(tmp_path / "41", bare_at=40)
    assert log[-1]["step"] == 80 and all("skipped" not in row for row in log)
    alone, _ = train_line(tmp_path / "alone", steps=1, bare_at=0)
    assert alone[-1]["step"] == 1 and "square" not in alone[-1]


def test_a_checkpoint_of_a_gpu_is_taken_up_here(tmp_path):
    whole = train_line(tmp_path / "whole")
    with pytest.raises(Stop):
        train_line(tmp_path / "cut", stop_at=33)
    file = tmp_path / "cut" / "checkpoint.pt"
    state = torch.load(file, weights_only=True)
    state["random"]["cuda"] = torch.zeros(16, dtype=torch.uint8)
    for group in state["optimizer"]["param_groups"]:
        group["fused"] = False  # as where AdamW has no kernel for all weights
    torch.save(state, file)
    assert_same_run(train_line(tmp_path / "cut"), whole)


def test_development_figures_take_a_tenth_of_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "FREE_PROBE_SECONDS", 0.0)
    monkeypatch.setattr(loop, "PROBE_SECONDS", 0.0)
    spent = []

    def probe():
        begin = time.monotonic()
        time.sleep(0.02)
        spent.append(time.monotonic() - begin)
        return {"figure": 1.0}

    begin = time.monotonic()
    log, _ = train_line(tmp_path, wait=0.01, probe=probe, save_every=60.0)
    allowed = loop.PROBE_SHARE * (time.monotonic() - begin)
    assert len([row for row in log if "dev figure" in row]) == len(spent) > 2
    assert sum(spent[:-1]) <= allowed + spent[0]  # the first and the last ones always are taken


def test_an_accelerator_reads_more_at_once_and_a_run_keeps_its_batches(tmp_path):
    plan = Plan(tokens=1000, batch_tokens=4096, rate=1e-4)
    assert plan_on(plan, machine_of("cpu"), tmp_path) == plan
    large = plan_on(plan, GPU, tmp_path)
    assert (large.batch_tokens, large.micro_tokens) == (65_536, 65_536) and large.rate == pytest.approx(4e-4)
    train_line(tmp_path, steps=2, batch_tokens=large.batch_tokens, rate=large.rate)
    here = plan_on(plan, machine_of("cpu"), tmp_path)
    assert (here.batch_tokens, here.rate, here.micro_tokens) == (65_536, large.rate, plan.micro_tokens)
    (tmp_path / "checkpoint.pt").write_bytes(b"damaged")
    with pytest.raises(StorageError, match="Remove it to start again"):
        plan_on(plan, GPU, tmp_path)


def test_batches_are_made_ahead_in_their_order():
    assert list(loop._ahead(iter(range(20)))) == list(range(20))

    def failing():
        yield from range(5)
        raise Stop

    ahead = loop._ahead(failing())
    assert [next(ahead) for _ in range(5)] == list(range(5))
    with pytest.raises(Stop):
        next(ahead)


def drawn_batch(seed):
    """Rows of several questions with every kind of label, one question unanswerable, one sentence without a token."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 60, 14)
    row_question = np.sort(rng.integers(0, 5, 14))
    sentence, owner = [], []
    for question, length in zip(row_question.tolist(), lengths.tolist(), strict=True):
        marks = np.sort(rng.integers(-1, 3, length))
        numbers = {mark: len(owner) + i for i, mark in enumerate(sorted({*marks.tolist()} - {-1}))}
        sentence += [numbers.get(mark, -1) for mark in marks.tolist()]
        owner += [question] * len(numbers)
    owner.append(int(row_question[-1]))  # without a token
    tokens = int(lengths.sum())
    return Batch(
        ids=rng.integers(5, 90, tokens).astype(np.int32),
        offsets=np.concatenate([[0], lengths.cumsum()]),
        sentence=np.array(sentence, np.int32),
        keep=rng.integers(-1, 2, len(owner)).astype(np.int8),
        sentence_question=np.array(owner),
        relevant=rng.integers(-1, 2, 14).astype(np.int8),
        row_question=row_question,
        word=rng.integers(-1, 2, tokens).astype(np.int8),
        word_weight=rng.choice([0.0, 0.3, 1.0], tokens).astype(np.float32),
        answerable=np.array([1, 0, -1, 1, -1], np.int8),
    )


def plain_losses(batch, outputs):
    """The losses as their definition reads, one sentence, row and token after the other."""
    bce = torch.nn.functional.binary_cross_entropy_with_logits

    def label(values, question, i):
        return 0 if batch.answerable is not None and batch.answerable[question[i]] == 0 else int(values[i])

    def both(items):
        alone = torch.stack([bce(logit, torch.tensor(float(kind))) for logit, kind, _ in items]).mean()
        terms = []
        for question in sorted({question for _, _, question in items}):
            good = [logit for logit, kind, owner in items if owner == question and kind == 1]
            bad = [logit for logit, kind, owner in items if owner == question and kind == 0]
            if good and bad:
                against = torch.logsumexp(torch.stack(bad), 0)
                terms.append(torch.stack([torch.nn.functional.softplus(against - logit) for logit in good]).mean())
        return alone, torch.stack(terms).mean() if terms else None

    sentences = []
    for i in range(len(batch.keep)):
        inside = outputs[torch.tensor(np.flatnonzero(batch.sentence == i))]
        kind = label(batch.keep, batch.sentence_question, i)
        if len(inside) and kind >= 0:
            weight = inside[:, 1].clamp(-8, 8).exp()
            logit = (weight * inside[:, 0]).sum() / weight.sum()
            sentences.append((logit, kind, int(batch.sentence_question[i])))
    rows = [
        (outputs[int(batch.offsets[i]), 3], label(batch.relevant, batch.row_question, i), int(batch.row_question[i]))
        for i in range(len(batch.relevant))
    ]
    words = [
        (float(weight), bce(outputs[i, 2], torch.tensor(float(kind))))
        for i, (kind, weight) in enumerate(zip(batch.word.tolist(), batch.word_weight.tolist(), strict=True))
        if kind >= 0 and weight > 0
    ]
    sentence, listed = both(sentences)
    passage, passages = both([row for row in rows if row[1] >= 0])
    word = sum(weight * loss for weight, loss in words) / sum(weight for weight, _ in words)
    parts = {"sentence": sentence, "list": listed, "passage": passage, "passages": passages, "word": word}
    return {name: loss for name, loss in parts.items() if loss is not None}


@pytest.mark.parametrize("seed", range(4))
def test_losses_are_those_of_their_definition(seed):
    batch = drawn_batch(seed)
    values = 4 * torch.randn(batch.tokens, 4, generator=torch.Generator().manual_seed(seed))
    gradients, parts = [], {}
    for function in (losses, plain_losses):
        outputs = values.clone().requires_grad_()
        parts[function] = function(batch, outputs)
        sum(parts[function].values()).backward()
        gradients.append(outputs.grad)
    assert set(parts[losses]) == set(parts[plain_losses]) >= {"sentence", "list", "passage", "word"}
    for name, loss in parts[plain_losses].items():
        torch.testing.assert_close(parts[losses][name], loss, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-4)


def test_losses_without_labels_are_left_out():
    batch = drawn_batch(0)
    outputs = torch.zeros(batch.tokens, 4)
    bare = replace(
        batch,
        keep=np.full_like(batch.keep, -1),
        relevant=np.full_like(batch.relevant, -1),
        word_weight=np.zeros_like(batch.word_weight),
        answerable=None,
    )
    assert losses(bare, outputs) == {}
    assert set(losses(replace(bare, relevant=np.ones_like(batch.relevant)), outputs)) == {"passage"}
    assert set(losses(replace(bare, answerable=np.zeros(5, np.int8)), outputs)) == {"sentence", "passage"}
    with pytest.raises(InputError, match="expected as many as ids"):
        replace(batch, word=batch.word[:-1])


@pytest.fixture(scope="module")
def net():
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    return PrunerNet(transformers.BertModel(config, add_pooling_layer=False), separator=3)


@pytest.mark.parametrize("micro_tokens", [1, 150, 10_000])
def test_rows_are_read_as_by_themselves(net, micro_tokens):
    batch = drawn_batch(1)
    outputs = model.run(net, batch, micro_tokens, machine_of("cpu", "fp32"))
    for start, stop in zip(batch.offsets[:-1].tolist(), batch.offsets[1:].tolist(), strict=True):
        ids = torch.tensor(batch.ids[None, start:stop].astype(np.int64))
        torch.testing.assert_close(outputs[start:stop], net(ids, torch.ones_like(ids))[0], atol=1e-4, rtol=1e-4)


def test_micro_batches_hold_every_row_once_and_little_padding():
    lengths = np.random.default_rng(2).integers(1, 320, 300)
    parts = list(micro_batches(lengths, 2600))
    assert sorted(np.concatenate([rows for rows, _ in parts]).tolist()) == list(range(300))
    for rows, width in parts:
        assert lengths[rows].max() <= width and width % 32 == 0
        assert len(rows) == 1 or (len(rows) * width <= 2600 and lengths[rows].min() >= 0.75 * width)


class Waits(TorchDispatchMode):
    """Counts operations for which a GPU has to finish its work, as their results are needed here."""

    NAMES = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "item", "_unique2")

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket.__name__ in self.NAMES:
            self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def test_nothing_in_a_step_waits_for_a_gpu(net, tmp_path):
    batch = drawn_batch(2)
    machine, plan = machine_of("cpu", "fp32"), Plan(tokens=10**9, rate=1e-4)
    groups = [{"params": list(net.parameters()), "weight_decay": 0.0, "factor": 1.0}]

    def batch_losses(batch):
        return losses(batch, model.run(net, batch, 5000, machine))

    held = net.state_dict()
    training = loop._Training(plan, groups, batch_losses, held, tmp_path, machine, {}, loop._Clock(plan))
    training.take_step(batch)  # the first one makes the moments
    with Waits() as waits:
        training.take_step(batch)
        assert waits.names == []
        float(held["head.bias"].sum())
    assert len(waits.names) == 1  # of the last line: what waits is seen


def test_questions_together_are_measured_as_one_by_one(net):
    batches = [drawn_batch(seed) for seed in range(6)]
    machine = machine_of("cpu", "fp32")
    recall = evaluate.batches_recall(net, batches, 0.4, machine)
    shares = []
    for batch in batches:
        with torch.inference_mode():
            logits = model.sentence_logits(batch, model.run(net, batch, 4096, machine)).numpy()
        for question in range(5):
            mine = np.flatnonzero((batch.sentence_question == question) & (batch.keep_labels >= 0))
            wanted = set(mine[batch.keep_labels[mine] > 0].tolist())
            costs = {i: int((batch.sentence == i).sum()) for i in mine.tolist()}
            room, chosen = int(0.4 * sum(costs.values())), set()
            for i in sorted(costs, key=lambda i: -logits[i]):
                if costs[i] <= room:
                    room, chosen = room - costs[i], chosen | {i}
            if wanted:
                shares.append(len(wanted & chosen) / len(wanted))
    assert 0 < recall < 1 and recall == pytest.approx(np.mean(shares))
    guess = [(model.run(net, batch, 4096, machine)[:, 2] > 0).numpy() for batch in batches]
    pairs = [(g, w) for some, batch in zip(guess, batches, strict=True) for g, w in zip(some, batch.word, strict=True)]
    hits = sum(g and w == 1 for g, w in pairs)
    kept, wanted = sum(g and w >= 0 for g, w in pairs), sum(w == 1 for _, w in pairs)
    assert evaluate.batches_word_f1(net, batches, machine) == pytest.approx(2 * hits / (kept + wanted))


def test_a_run_shorter_than_a_batch_learns(tmp_path):
    log, weight = train_line(tmp_path, tokens=4)
    assert log[-1]["step"] == 1 and log[-1]["scale"] == 1 and weight.abs().min() > 0
