"""`python -m pawang` is the `pawang` command."""

from pawang.cli import main

main()
