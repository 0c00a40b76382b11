import pytest

pytest.importorskip("torch", reason="needs ragzip[torch]")
pytest.importorskip("transformers", reason="needs ragzip[torch]")

from .checkpoints import KINDS, causal, make


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: make(kind, folder) for kind in KINDS}


@pytest.fixture(scope="session")
def gpt(tmp_path_factory):
    return causal(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="session")
def exported(checkpoints, tmp_path_factory):
    from ragzip.backends.export.classifier import export_classifier

    folder = tmp_path_factory.mktemp("onnx")
    out = {}
    for kind, path in checkpoints.items():
        for dtype in ("fp32", "int8"):
            export_classifier(path, folder / kind / dtype, dtype=dtype)
            out[kind, dtype] = folder / kind / dtype
    return out


@pytest.fixture(scope="module")
def one_thread():
    """torch on one thread: small models are faster so, and most of all beside other work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
