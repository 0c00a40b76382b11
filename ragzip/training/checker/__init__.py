"""Fitting the check of rewritings."""
