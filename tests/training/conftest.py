"""What trains until something is learnt."""

import pytest

pytest.importorskip("torch", reason="needs ragzip[torch]")
pytest.importorskip("transformers", reason="needs ragzip[torch]")
