"""Whether a rewriting says what its sources say."""
