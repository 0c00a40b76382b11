"""Headings, labels and lead-ins of plain text, told from statements."""
