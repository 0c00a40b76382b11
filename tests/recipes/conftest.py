"""Every training recipe, for some steps, on the small checkpoints of ``tiny``."""

from tiny.conftest import checkpoints, exported, gpt, one_thread

__all__ = ["checkpoints", "exported", "gpt", "one_thread"]
