"""Evaluating a generator: metrics with errors and baselines, memorization, the report."""
