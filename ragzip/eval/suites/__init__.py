"""Evaluation suites, one file each; see :mod:`~ragzip.eval.suites.table`."""
