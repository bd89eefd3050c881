"""Measuring images against photographs, one metric a file."""
