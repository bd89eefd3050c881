"""Layers that compute faster on a CPU than Paddle's own, and their kernels."""
