"""Auxiliary verbs of English, as alternatives of patterns."""

from __future__ import annotations

__all__ = ["ASKING", "AUXILIARY", "BE", "DO", "HAVE", "MODAL"]

BE = "is|are|was|were"
HAVE = "has|have|had"
DO = "do|does|did"
MODAL = "can|could|may|might|must|shall|should|will|would"
AUXILIARY = f"{BE}|{HAVE}|{DO}|{MODAL}"
ASKING = f"{BE}|{HAVE}|{DO}|can|could|will|would|should"  # before the subject of a question; "May" is a month
