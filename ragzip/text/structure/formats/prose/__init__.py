"""Prose: its headings, lists and labels, and what each unit of it cannot be read without."""
