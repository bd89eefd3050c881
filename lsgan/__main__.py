"""`python -m lsgan` is the `lsgan` command."""

from lsgan.cli import main

main()
