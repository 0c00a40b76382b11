"""Model folders, adapters and trainings: nothing of others is touched, nothing is half written."""

import json
import shutil

import pytest

torch = pytest.importorskip("torch", reason="needs ragzip[torch]")
pytest.importorskip("onnx", reason="needs ragzip[torch]")

from kills import THESIS, kill_repeatedly, publish_other, publish_others, stop_at_each_step  # noqa: E402

from ragzip.backends.export.classifier import FILES, export_classifier  # noqa: E402
from ragzip.backends.export.seq2seq import export_seq2seq  # noqa: E402
from ragzip.backends.load import load_word_scorer  # noqa: E402
from ragzip.backends.runtimes.lora import read_adapter  # noqa: E402
from ragzip.backends.runtimes.onnx import OnnxModel, graph_of  # noqa: E402
from ragzip.errors import OptionError, StorageError  # noqa: E402
from ragzip.soft.adapters import LoRA, save_adapter  # noqa: E402
from ragzip.soft.language import LanguageModel  # noqa: E402
from ragzip.training.loop import Plan, run  # noqa: E402
from ragzip.training.pruner.recipe import fine_tune  # noqa: E402
from ragzip.training.soft.recipe import train_soft  # noqa: E402

from .checkpoints import llama  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
SLOW_KILLS = 25


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["model.onnx", "config.json", "agreement.json"])
def test_exports_refuse_folders_of_others(checkpoints, tmp_path, name):
    (tmp_path / name).write_text(THESIS)
    with pytest.raises(StorageError, match=name):
        export_classifier(checkpoints["bert"], tmp_path)
    assert contents(tmp_path) == {name: THESIS.encode()}


def test_an_export_takes_the_place_of_an_earlier_one(checkpoints, tmp_path):
    (tmp_path / "thesis.txt").write_text(THESIS)
    fingerprints = set()
    for dtype in ("fp32", "int8"):
        export_classifier(checkpoints["bert"], tmp_path, dtype=dtype)
        fingerprints.add(OnnxModel(tmp_path).fingerprint)
        assert OnnxModel(tmp_path).settings["ragzip"]["dtype"] == dtype
    assert len(fingerprints) == 2 and (tmp_path / "thesis.txt").read_text() == THESIS
    with pytest.raises(OptionError, match="is an input of this call"):
        export_classifier(tmp_path, tmp_path)
    with pytest.raises(OptionError, match="is an input of this call"):
        export_seq2seq(tmp_path, tmp_path)


def difference(folder):
    return json.loads((folder / "agreement.json").read_text())["mean_difference"]


def check_model(folder):
    """It holds one of the two models, graph, config and agreement of the same, or none yet."""
    if graph_of(folder) is not None:
        dtype = OnnxModel(folder).settings["ragzip"]["dtype"]
        assert (b"int8/byte" in (folder / "model.onnx").read_bytes()) == (dtype == "int8")
        apart = {name: abs(difference(folder) - difference(folder.parent / name)) for name in ("fp32", "int8")}
        assert min(apart, key=apart.get) == dtype
        load_word_scorer(folder, None)


@pytest.fixture
def models(exported, tmp_path):
    for dtype in ("fp32", "int8"):
        shutil.copytree(exported["bert", dtype], tmp_path / dtype)
    return tmp_path


@pytest.mark.limits
def test_a_model_folder_is_never_half_written(models):
    folder = models / "out"
    folder.mkdir()
    (folder / "thesis.txt").write_text(THESIS)

    def nothing(folder):
        pass

    for _ in range(2):  # the first model, and then in place of one
        assert stop_at_each_step(publish_other, nothing, check_model, folder) > 5
    assert set(FILES) <= set(contents(folder)) and (folder / "thesis.txt").read_text() == THESIS
    kill_repeatedly(publish_others, check_model, folder, kills=2, seed=5)


def export_again(folder, told):
    number = 0
    while True:
        number += 1
        export_classifier(folder.parent / "bert", folder, dtype=("fp32", "int8")[number % 2])
        told(number)


@pytest.mark.slow
def test_many_kills_of_exports(checkpoints, exported, models):
    shutil.copytree(checkpoints["bert"], models / "bert")
    folder = models / "out"
    folder.mkdir()
    (folder / "thesis.txt").write_text(THESIS)
    assert kill_repeatedly(export_again, check_model, folder, SLOW_KILLS, seed=6, longest=3.0) >= SLOW_KILLS // 2
    assert set(FILES) <= set(contents(folder))


def test_adapters_refuse_folders_of_others(tmp_path):
    lm = LanguageModel(llama(tmp_path))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "config.json").write_text(THESIS)
    with pytest.raises(StorageError, match=r"config\.json"):
        save_adapter(LoRA(lm), tmp_path / "out")
    with pytest.raises(StorageError, match=r"config\.json"):
        train_soft("reader", lm, [tmp_path / "absent"], tmp_path / "out")
    assert contents(tmp_path / "out") == {"config.json": THESIS.encode()}
    for note in (1, 2):
        save_adapter(LoRA(lm, method=f"reader{note}"), tmp_path / "adapter", {"note": note})
    assert read_adapter(tmp_path / "adapter", "reader2", lm.module, "tiny")[0]["note"] == 2
    with pytest.raises(OptionError, match="is an input of this call"):
        train_soft("compllm", lm, [tmp_path / "absent"], tmp_path / "adapter", adapter=tmp_path / "adapter")


def test_fine_tuning_refuses_folders_of_others(tmp_path):
    (tmp_path / "CARD.md").write_text(THESIS)
    with pytest.raises(StorageError, match=r"CARD\.md"):
        fine_tune([tmp_path / "absent"], tmp_path)
    with pytest.raises(OptionError, match="is an input of this call"):
        fine_tune([tmp_path / "absent"], tmp_path, model=tmp_path)
    assert contents(tmp_path) == {"CARD.md": THESIS.encode()}


class OneBatch:
    tokens = 100


def train_line(folder, tokens=500):
    """A line fitted to a point, as all recipes are trained."""
    weight = torch.nn.Parameter(torch.zeros(1))
    plan = Plan(tokens=tokens, save_every=0.0, probe_every=100)

    def batches(skip):
        while True:
            yield OneBatch()

    groups = [{"params": [weight], "weight_decay": 0.0, "factor": 1.0}]
    return run(plan, groups, batches, lambda batch: {"loss": (weight - 1).square().sum()}, {"weight": weight}, folder)


def test_a_training_goes_on_after_a_line_cut_short(tmp_path):
    log = train_line(tmp_path)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 6, "tok')
    longer = train_line(tmp_path, 1000)
    assert longer[: len(log)] == log and [row["step"] for row in longer] == list(range(1, 11))
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == longer


@pytest.mark.parametrize(("name", "bad"), [
    ("log.jsonl", b"[]\n"), ("log.jsonl", b'{"step": "x"}\n'), ("log.jsonl", b"\xff\n"), ("log.jsonl", b"no\n"),
    ("checkpoint.pt", b""), ("checkpoint.pt", b"no"), ("checkpoint.pt", None),
])  # fmt: skip
def test_bent_trainings_are_refused(tmp_path, name, bad):
    train_line(tmp_path)
    if bad is None:
        torch.save({"held": {}, "optimizer": [], "step": "x"}, tmp_path / name)
    else:
        (tmp_path / name).write_bytes(bad)
    before = contents(tmp_path)
    with pytest.raises(StorageError, match=name.replace(".", r"\.")):
        train_line(tmp_path, 1000)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["log.jsonl", "checkpoint.pt"])
def test_trainings_refuse_folders_of_others(tmp_path, name):
    (tmp_path / name).write_text(THESIS)
    with pytest.raises(StorageError, match="Nothing was changed"):
        train_line(tmp_path)
    assert contents(tmp_path) == {name: THESIS.encode()}
