"""Measuring pictures against photographs, one metric a file."""
