"""Evaluation runs: records, readers, resuming."""
