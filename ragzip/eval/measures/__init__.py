"""Measures of compressed contexts, and of the answers to them."""
