"""The command line and a project to check, as the tests of `tests/cli` have them."""

from tests.cli.conftest import command_line, home, mactl

__all__ = ["command_line", "home", "mactl"]
