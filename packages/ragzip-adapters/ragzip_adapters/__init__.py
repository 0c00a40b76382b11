"""Weights that ragzip loads with torch: adapters for SmolLM2-135M-Instruct. ``ragzip.models.shipped`` finds them."""

__version__ = "0.1.0"
