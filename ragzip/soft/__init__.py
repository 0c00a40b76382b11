"""Pieces of text as vectors in a language model's embedding space, and reading them. Needs ``ragzip[torch]``."""
