"""Amounts, ages and times that come again, and the ranges of such."""
