"""Queries: the questions in one, the tasks it sets, and whether it was given in the place of the context."""
