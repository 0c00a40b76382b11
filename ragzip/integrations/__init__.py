"""Adapters to frameworks, on the public API only."""
