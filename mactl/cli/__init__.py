"""Thin commands: arguments in, one call, one view out; nothing heavy is imported until a command runs."""

import gc
import sys

_MANY = 5_000  # new objects; reading modules makes a hundred times as many


def main() -> None:
    """The console script: parse the command line, run the command, exit with its status."""
    from mactl.cli.streams import guarded_streams

    gc.set_threshold(
        _MANY
    )  # what is made while modules are read stays; looking for garbage in it takes its time
    try:
        with guarded_streams():
            _run()
    finally:
        if "duckdb" not in sys.modules:  # which complains about what is not taken apart
            gc.freeze()  # nor need anybody look through all of it at the end


def _run() -> None:
    if sys.argv[1:] == ["--version"]:
        # Asked for by scripts in a loop; the command line parser alone would take five times as long.
        from mactl import __version__

        sys.stdout.write(f"mactl {__version__}\n")
        return
    import mactl.cli.commands  # noqa: F401  importing registers them
    from mactl.cli.app import app

    app()
