"""`mactl init`: a project to start from."""

import re
from pathlib import Path

from mactl.errors import UsageError
from mactl.project import FILE_NAME
from mactl.recipe.schema import recipe_schema, schema_text

EXAMPLE_NOW = "2026-12-01T09:00"
"""The instant that the example data is made for."""
_STARTER = ("shared", "welcome")
_SCHEMA = "recipe.schema.json"
_IGNORED = ".mactl/\noutbox/\nrejects.csv\n"


def shipped_folder() -> Path:
    """The folder with the cookbook and the example data that come with mactl."""
    package = Path(__file__).parent.parent
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent


def start_project(folder: Path, *, every_recipe: bool = False) -> list[Path]:
    """Make a project in `folder`, with one recipe or all that are shipped; the files written, in order.

    Raises UsageError where the folder has a project already, or can't be written to; nothing in it is overwritten.
    """
    shipped = shipped_folder()
    recipes = sorted(path.stem for path in (shipped / "recipes").glob("*.yaml"))
    chosen = recipes if every_recipe else [name for name in recipes if name in _STARTER]
    files = {
        FILE_NAME: (shipped / FILE_NAME)
        .read_text(encoding="utf-8")
        .replace(".csv.example", ".csv"),
        "contacts.csv": (shipped / "contacts.csv.example").read_bytes().decode("utf-8"),
        "events.csv": (shipped / "events.csv.example").read_bytes().decode("utf-8"),
        ".gitignore": _IGNORED,
        _SCHEMA: schema_text(recipe_schema()),
    }
    for name in chosen:
        text = (shipped / "recipes" / f"{name}.yaml").read_text(encoding="utf-8")
        files[f"recipes/{name}.yaml"] = re.sub(r"\$schema=\S+", f"$schema=../{_SCHEMA}", text)
        for part in sorted((shipped / "recipes" / name).glob("*")):
            files[f"recipes/{name}/{part.name}"] = part.read_text(encoding="utf-8")
    in_the_way = [name for name in files if (folder / name).exists()]
    if in_the_way:
        raise UsageError(
            f"{folder / in_the_way[0]} exists already", "choose another folder: mactl init DIR"
        )
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
    except OSError as failed:
        raise UsageError(
            f"{failed.filename}: {failed.strerror}",
            "choose a folder that can be written to: mactl init DIR",
        ) from failed
    return [folder / name for name in files]
