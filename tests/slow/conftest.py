"""Models of real size: without torch and transformers these tests are not collected."""

import pytest

pytest.importorskip("torch", reason="needs ragzip[torch]")
pytest.importorskip("transformers", reason="needs ragzip[torch]")
