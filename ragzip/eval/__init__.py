"""Evaluation of compression: suites, official metrics, readers, resumable runs, reports."""
