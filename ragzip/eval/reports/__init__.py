"""Figures as tables, pages and plots."""
