"""What a Python program does with lsgan; each function does what the command of its name does."""
