"""Questions before something is done that can't be taken back."""

import sys

from mactl.cli.output import stderr
from mactl.errors import UsageError


def need_consent(*, yes: bool) -> None:
    """UsageError where nobody can be asked and `--yes` is missing."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on", "say --yes to go on without being asked")


def ask(question: str) -> bool:
    """Whether somebody says yes to `question` on the terminal; anything else is a no."""
    answer = stderr().input(f"{question} [y/N] ", markup=False)
    return answer.strip().lower() in ("y", "yes")
