"""Retrievers: from a query to the passages worth compressing."""
