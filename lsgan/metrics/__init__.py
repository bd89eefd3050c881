"""Distances between real and generated images, one metric a file."""
