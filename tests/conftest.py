"""Tiers, hypothesis profiles, one thread for each worker, no network, no host cache."""

import gc
import os
import signal
import socket
from pathlib import Path

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # before numpy, torch and ONNX Runtime read it: workers share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

TIERS = {  # a test is of the tier that it is marked with, or that its folder belongs to
    "long": "seconds each: pages and examples as a reader runs them, processes, files, models, drawn texts",
    "full": "generated at length, new examples each time",
    "limits": "time, memory and files under hostile input, kills and forks",
    "torch": "methods and training recipes on small torch checkpoints",
    "training": "models that must learn",
    "slow": "minutes or large downloads",
}
TIERS_BY_PLACE = {  # folders and files
    "tiny": "torch",
    "recipes": "torch",
    "limits": "limits",
    "training": "training",
    "slow": "slow",
    **dict.fromkeys(
        [
            "contract/test_retrievers.py",
            "test_examples.py",
            "test_imports.py",
            "test_readme.py",
            "unit/api/test_batches.py",
            "unit/api/test_calls.py",
            "unit/api/test_doors.py",
            "unit/api/test_fuzz.py",
            "unit/api/test_telemetry.py",
            "unit/cli",
            "unit/compressors/test_multilingual.py",
            "unit/compressors/test_pruner.py",
            "unit/compressors/test_short_statements.py",
            "unit/evaluation",
            "unit/files",
            "unit/integrations",
            "unit/models",
            "unit/retrievers",
            "unit/server",
            "unit/structure/test_code_kept.py",
            "unit/structure/test_latex.py",
            "unit/structure/test_trees.py",
            "unit/text/test_patterns.py",
        ],
        "long",
    ),
}
TESTS = Path(__file__).parent
NOT_ABOUT_SCORES = {"needs", "pages", "rules", "structure", "text"}  # folders of unit tests: readers and rules

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a shell; children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before huggingface_hub reads it

settings.register_profile("default", max_examples=20, deadline=None, derandomize=True, database=None)
settings.register_profile("full", max_examples=400, deadline=None, derandomize=False, print_blob=True)

pytest_plugins = ["extras"]

gc.disable()  # until everything is imported: what is collected then stays, and each full collection goes through it


def pytest_addoption(parser):
    for tier, about in TIERS.items():
        parser.addoption(f"--{tier}", action="store_true", help=f"run the tests marked {tier!r} too: {about}")


def pytest_configure(config):
    settings.load_profile("full" if config.getoption("--full") else "default")


def place_of(path):
    """The folder or file of a tier that a path is, or is in; None for one of the default tier."""
    parts = path.relative_to(TESTS).parts if path.is_relative_to(TESTS) else ()
    return next((place for end in range(1, len(parts) + 1) if (place := "/".join(parts[:end])) in TIERS_BY_PLACE), None)


def pytest_ignore_collect(collection_path, config):
    """What is of a tier that is not run is not imported, but where it is asked for by name."""
    place = place_of(collection_path)
    is_run = place is None or config.getoption(f"--{TIERS_BY_PLACE[place]}")
    return None if is_run or any(place in asked for asked in config.args) else True


def pytest_collection_modifyitems(config, items):
    skips = {
        tier: pytest.mark.skip(reason=f"{tier}: run with --{tier}")
        for tier in TIERS
        if not config.getoption(f"--{tier}")
    }
    for item in items:
        if place := place_of(item.path):
            item.add_marker(TIERS_BY_PLACE[place])
        for tier, skip in skips.items():
            if item.get_closest_marker(tier) is not None:  # a folder may have its name, as a node
                item.add_marker(skip)


def pytest_collection_finish():
    gc.freeze()  # modules and tests stay: without this each full collection goes through all of them again
    gc.set_threshold(20_000, 20, 20)  # rarer than by default: a tenth of the time went into it
    gc.enable()


@pytest.fixture(scope="session")
def at_length(pytestconfig):
    """Whether to take the larger sizes."""
    return pytestconfig.getoption("--full")


@pytest.fixture(scope="session", autouse=True)
def one_model_thread():
    """Workers share the cores: each of them takes its share for one."""
    with pytest.MonkeyPatch.context() as patch:
        if "PYTEST_XDIST_WORKER" in os.environ:
            patch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache folder of this run's own, and no hub."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAGZIP_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module", autouse=True)
def scored_once(request):
    """In tests of readers and rules a text is scored once for a query, whatever the budgets: calls with ``cache=False``
    share what :mod:`shared_scores` holds.
    """
    from shared_scores import SCORES

    from ragzip.pipeline import open_cache

    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name in NOT_ABOUT_SCORES:
            patch.setattr("ragzip.pipeline.open_cache", lambda cache: SCORES if cache is False else open_cache(cache))
        yield
    SCORES.clear()


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Connections beyond this machine fail at once."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(("127.", "::1")):
            raise OSError(f"tests have no network: {address}")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
