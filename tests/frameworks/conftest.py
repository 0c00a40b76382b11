"""Frameworks that send figures home or fetch tables when they are imported do not do so here."""

import os
import sys
from pathlib import Path

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("OPENAI_AGENTS_DISABLE_TRACING", "1")
sys.path.append(str(Path(__file__).parent.parent / "unit"))  # local_server
