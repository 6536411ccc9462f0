"""What the pages of this folder and the README are made with: `make docs` writes them, a test checks them."""

import os
import subprocess
import sys
from pathlib import Path

import typer

ROOT = Path(__file__).parent.parent


def run(*arguments: str) -> str:
    """What `mactl ARGUMENTS` prints in the project's root, as a block of a page."""
    environment = {**os.environ, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "mactl", *arguments]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    lines = "\n".join(line.rstrip() for line in ran.stdout.strip("\n").splitlines())
    shown = lines.replace("python -m mactl", "mactl")
    return f"\n```console\n$ mactl {' '.join(arguments)}\n{shown}\n```\n"


def commands() -> list[tuple[str, ...]]:
    """Every command and subcommand, in the order of the help screen."""
    import mactl.cli.commands  # noqa: F401
    from mactl.cli.app import app

    found: list[tuple[str, ...]] = []

    def add(group: typer.core.TyperGroup, path: tuple[str, ...]) -> None:
        for name, command in group.commands.items():
            if isinstance(command, typer.core.TyperGroup):
                add(command, (*path, name))
            else:
                found.append((*path, name))

    top = typer.main.get_command(app)
    assert isinstance(top, typer.core.TyperGroup)
    add(top, ())
    return found


def recipe_schema() -> str:
    """The JSON Schema of recipes, as it is published."""
    import json

    from mactl.recipe.schema import recipe_schema as schema

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "recipe.schema.json").write_text(recipe_schema(), encoding="utf-8")
