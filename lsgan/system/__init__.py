"""The machine: processes, threads, signals, and Paddle's devices."""
