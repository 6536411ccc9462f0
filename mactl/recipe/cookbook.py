"""A cookbook: recipes read together, with one way to find what a name in one of them means."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mactl.document import read_document
from mactl.errors import UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.recipe.conditions import Condition
from mactl.recipe.definitions import Label, Score
from mactl.recipe.recipe import Recipe, RecipeFile
from mactl.validation import validate

SUFFIXES = (".yaml", ".yml")
OLD = "@"
"""Between the name and the version of a recipe that some people are still in: welcome@1."""


@dataclass(frozen=True)
class Cookbook:
    """Recipes by their id, in order of name."""

    recipes: Mapping[str, Recipe] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Recipe]:
        return iter(self.recipes.values())

    def qualify(self, name: str, recipe: str) -> str:
        """`NAME` as `RECIPE.NAME`: a name without a dot is meant in `recipe` itself."""
        return name if "." in name else f"{recipe}.{name}"

    @cached_property
    def segments(self) -> Mapping[str, Condition]:
        """RECIPE.NAME → who is in it."""
        return {f"{r.id}.{name}": who for r in self for name, who in r.file.segments.items()}

    @cached_property
    def scores(self) -> Mapping[str, Score]:
        """RECIPE.NAME → the score."""
        return {f"{r.id}.{name}": score for r in self for name, score in r.file.scoring.items()}

    @cached_property
    def labels(self) -> Mapping[str, Label]:
        """RECIPE.NAME → the label's buckets."""
        return {f"{r.id}.{name}": label for r in self for name, label in r.file.labels.items()}

    @cached_property
    def ladder(self) -> Recipe | None:
        """The recipe that declares the stages; None where no recipe does."""
        return next((r for r in self if r.file.stages), None)

    @cached_property
    def stages(self) -> Mapping[str, Condition]:
        """The ladder, lowest first; empty where no recipe declares it."""
        return self.ladder.file.stages if self.ladder else {}

    def short_names(self, qualified: Iterable[str]) -> dict[str, str]:
        """RECIPE.NAME → NAME where no other recipe of today has it, else RECIPE.NAME itself.

        What an old version of a recipe has goes by its full name, and stands in nobody's way.
        """
        names = list(qualified)
        todays = Counter(name.partition(".")[2] for name in names if not _is_old(name))
        return {
            name: short if todays[short] == 1 and not _is_old(name) else name
            for name in names
            for short in (name.partition(".")[2],)
        }


def _is_old(name: str) -> bool:
    """Whether RECIPE.NAME is of an old version."""
    return OLD in name.partition(".")[0]


def find_recipe_files(paths: Iterable[Path]) -> list[Path]:
    """The recipe files at `paths`: files as they are named, folders with all that lies in them.

    Raises UnreadableInput where a path does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (file for suffix in SUFFIXES for file in path.rglob(f"*{suffix}"))
            found.update(
                dict.fromkeys(sorted(f for f in inside if f.name != "mactl.yaml" and f.is_file()))
            )
        elif path.exists():
            found[path] = None
        else:
            raise UnreadableInput(f"{path}: there is no such file or folder")
    return list(found)


def load_cookbook(files: Iterable[Path]) -> tuple[Cookbook, list[Finding]]:
    """The recipes in `files` and every finding; a faulty recipe is left out of the cookbook."""
    recipes: dict[str, Recipe] = {}
    findings: list[Finding] = []
    for path in files:
        recipe, problems = load_recipe(path)
        findings += problems
        if recipe is None:
            continue
        if recipe.id in recipes:
            first = recipes[recipe.id].document.path
            findings.append(
                Finding(
                    "duplicate-recipe", Severity.ERROR, f"{recipe.id!r} is also the recipe in {first}",
                    recipe.document.place(("recipe",)), "give one of the two another name",
                )
            )  # fmt: skip
            continue
        recipes[recipe.id] = recipe
    return Cookbook(dict(sorted(recipes.items()))), findings


def load_recipe(path: Path) -> tuple[Recipe | None, list[Finding]]:
    """The recipe in `path`, or None and what is wrong with it; UnreadableInput where it can't be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as unreadable:
        raise UnreadableInput(f"{path}: {unreadable.strerror or unreadable}") from unreadable
    except UnicodeDecodeError as broken:
        line = broken.object[: broken.start].count(b"\n") + 1
        return None, [
            Finding(
                "yaml-encoding", Severity.ERROR, "this is not UTF-8", Place(str(path), line, 1),
                "save the file as UTF-8",
            )
        ]  # fmt: skip
    return parse_recipe(text, path)


def parse_recipe(text: str, path: Path) -> tuple[Recipe | None, list[Finding]]:
    """The recipe written in `text`, which stands (or is to stand) in `path`."""
    document, findings = read_document(text, str(path))
    if findings and document.value is None:
        return None, findings
    if document.value is None:
        empty = Finding(
            "empty-recipe",
            Severity.ERROR,
            "the file says nothing",
            document.place(),
            "start with `recipe: NAME`",
        )
        return None, [empty]
    file, problems = validate(RecipeFile, document)
    findings += problems
    if file is None:
        return None, findings
    recipe = Recipe(file, document, path.parent)
    if file.recipe != path.stem:
        findings.append(
            Finding(
                "recipe-name", Severity.ERROR, f"the recipe is called {file.recipe!r}, its file {path.stem!r}",
                document.place(("recipe",)), f"write `recipe: {path.stem}` or rename the file",
            )
        )  # fmt: skip
    return recipe, findings


def content_hash(recipe: Recipe) -> str:
    """What identifies this very text of the recipe: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(recipe.document.text.encode()).hexdigest()[:16]
