"""What is imported before a command runs."""

import subprocess
import sys

HEAVY = [
    "pandas",
    "narwhals",
    "sqlalchemy",
    "jinja2",
    "dns",
    "yaml",
    "duckdb",
    "pyarrow",
    "pydantic",
    "cryptography",
]


def modules_after(arguments: list[str]) -> set[str]:
    code = (
        "import sys, mactl.cli\n"
        f"sys.argv = ['mactl', *{arguments!r}]\n"
        "try:\n    mactl.cli.main()\nexcept SystemExit:\n    pass\n"
        "print('loaded:', *sys.modules, file=sys.stderr)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = next(line for line in ran.stderr.splitlines() if line.startswith("loaded: "))
    assert ran.stdout
    return set(loaded.split()[1:])


def test_help_imports_nothing_heavy() -> None:
    assert not modules_after(["--help"]) & set(HEAVY)


def test_the_version_needs_not_even_the_command_line_parser() -> None:
    assert not modules_after(["--version"]) & {*HEAVY, "typer", "rich"}
