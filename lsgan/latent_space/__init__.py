"""Exploring what a generator has learned: directions that steer, and latents of photographs."""
