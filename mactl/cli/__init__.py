"""Thin commands: arguments in, one call, one view out; nothing heavy is imported until a command runs."""

import sys


def main() -> None:
    """The console script: parse the command line, run the command, exit with its status."""
    from mactl.cli.streams import guarded_streams

    with guarded_streams():
        _run()


def _run() -> None:
    if sys.argv[1:] == ["--version"]:
        # Asked for by scripts in a loop; the command line parser alone would take five times as long.
        from mactl import __version__

        sys.stdout.write(f"mactl {__version__}\n")
        return
    import mactl.cli.commands  # noqa: F401  importing registers them
    from mactl.cli.app import app

    app()
