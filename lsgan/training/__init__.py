"""Training: the trainer, its step and loop, and what happens at intervals."""
