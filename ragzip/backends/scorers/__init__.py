"""Scores of words, sentences and passages from a model."""
