"""The training loop and what it keeps: checkpoints, the average, the log."""
