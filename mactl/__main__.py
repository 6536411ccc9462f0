"""`python -m mactl` is the same as `mactl`."""

from mactl.cli import main

main()
