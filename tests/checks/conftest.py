"""The command line and a project to check, as the tests of `tests/cli` have them."""

from tests.cli.conftest import home, mactl

__all__ = ["home", "mactl"]
