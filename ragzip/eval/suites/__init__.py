"""Evaluation sets: a file each."""
