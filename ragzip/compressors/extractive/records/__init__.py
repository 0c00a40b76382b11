"""Texts of many records: which of them a model reads, and how their scores join those of prose."""
