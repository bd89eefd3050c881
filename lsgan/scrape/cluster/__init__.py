"""Fetching on the workers of a cluster, each of which has hosts of its own."""
