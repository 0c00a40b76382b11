"""Sentences: where they begin and end, and what of one can stand by itself."""
