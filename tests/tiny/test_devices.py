"""Devices to train on: what there is, what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from ragzip.cli import app
from ragzip.errors import OptionError
from ragzip.training.machine import DEVICES, Machine, batch_tokens_of, machine_for, machine_of


def test_machines():
    assert machine_of("cpu", "fp32") == Machine("cpu", "fp32", 2600, 4600)
    assert machine_of("cpu", "bf16").precision == "bf16" and machine_of().device in DEVICES
    with machine_of("cpu", "bf16").autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    with machine_of("cpu", "fp32").autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    gib = 2**30
    assert [batch_tokens_of(n * gib) for n in (4, 16, 24, 80)] == [8192, 16_384, 16_384, 65_536]
    assert torch.equal(machine_of("cpu").to({"a": {"b": np.arange(3)}})["a"]["b"], torch.arange(3))
    for wrong in (("tpu",), ("auto", "fp8"), (3,)):
        with pytest.raises(OptionError, match="received"):
            machine_of(*wrong)


def test_a_loaded_model_is_trained_where_it_is():
    loaded = SimpleNamespace(device="cpu")
    assert machine_for(loaded) == machine_for("name", "cpu") == machine_of("cpu")
    with pytest.raises(OptionError, match="received 'cuda' and a model on 'cpu'"):
        machine_for(loaded, "cuda")


@pytest.mark.parametrize("command", ["pruner", "checker", "soft", "rewriter"])
def test_a_device_that_is_not_there_is_refused(tmp_path, command):
    absent = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(OptionError, match=rf"device: received '{absent}', which torch .* does not find"):
        machine_of(absent)
    (tmp_path / "data").mkdir()
    (tmp_path / "q.jsonl").write_text("{}\n")
    questions, folders = ["--data", str(tmp_path / "q.jsonl")], ["--train", str(tmp_path / "data")]
    folders += ["--dev", str(tmp_path / "data")]
    places = {
        "pruner": questions,
        "checker": folders,
        "soft": ["compllm", "-m", "absent", *questions],
        "rewriter": ["-m", "absent", *folders],
    }
    arguments = ["train", command, *places[command], "--out", str(tmp_path / "out"), "--device", absent]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1 and f"device: received '{absent}'" in result.output and not (tmp_path / "out").exists()
    assert CliRunner().invoke(app, [*arguments, "--minutes", "0"]).exit_code == 2
