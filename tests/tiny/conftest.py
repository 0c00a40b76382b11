import os

import pytest
from filelock import FileLock

pytest.importorskip("torch", reason="needs ragzip[torch]")
pytest.importorskip("transformers", reason="needs ragzip[torch]")

from .checkpoints import KINDS, NAMES, causal, make


def built_once(tmp_path_factory, name, build):
    """The folder that ``build`` fills, by the first worker that needs it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            unfinished = folder.with_name(f"{name}-unfinished")
            unfinished.mkdir(exist_ok=True)
            build(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    def build(folder):
        for kind in KINDS:
            make(kind, folder)

    folder = built_once(tmp_path_factory, "checkpoints", build)
    return {kind: folder / NAMES.get(kind, kind) for kind in KINDS}


@pytest.fixture(scope="session")
def gpt(tmp_path_factory):
    return built_once(tmp_path_factory, "causal", causal) / "gpt"


@pytest.fixture(scope="session")
def exported(checkpoints, tmp_path_factory):
    from ragzip.backends.export.classifier import export_classifier

    exports = [(kind, dtype) for kind in checkpoints for dtype in ("fp32", "int8")]

    def build(folder):
        for kind, dtype in exports:
            export_classifier(checkpoints[kind], folder / kind / dtype, dtype=dtype)

    folder = built_once(tmp_path_factory, "onnx", build)
    return {(kind, dtype): folder / kind / dtype for kind, dtype in exports}


@pytest.fixture(scope="module")
def one_thread():
    """torch on one thread: small models are faster so, and most of all beside other work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
