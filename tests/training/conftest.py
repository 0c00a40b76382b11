"""What trains until something is learnt: every test here is of the tier "training"."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs ragzip[torch]")
pytest.importorskip("transformers", reason="needs ragzip[torch]")

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("training")
