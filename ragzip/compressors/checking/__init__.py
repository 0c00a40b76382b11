"""Checks that a rewriting agrees with its sources."""
