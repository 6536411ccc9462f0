"""Merge fields: which values a recipe's template needs, each with its place, for checks against the data."""

from collections.abc import Iterator
from dataclasses import dataclass

from mactl.content.reading import read_every
from mactl.content.source import names_used
from mactl.content.templates import compile_written
from mactl.findings import Place
from mactl.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class MergeField:
    """A name that a template prints or looks at: `root` is `contact`, `event`, `scores`, …

    `name` is what stands after it (`first_name`; `lines.0` has more parts), empty where the root is used as a whole
    or has no parts, as `stage`. `has_default` is whether nothing goes wrong without a value.
    """

    root: str
    name: str
    has_default: bool
    place: Place


def merge_fields(recipe: Recipe, template: str) -> Iterator[MergeField]:
    """What the recipe's template of that name needs, each once: the place is the first that needs a value.

    Of all its cells, blocks, occurrences and channels, and of the subjects that steps give it; what chooses its cells
    too. A wording with mistakes is left out. Names of mactl's own layout stand at line 0.
    """
    declared = recipe.file.templates[template]
    found: dict[tuple[str, str], MergeField] = {}
    for axis in declared.by:
        place = recipe.document.place(("templates", template, "by"))
        root, name = ("stage", "") if axis == "stage" else ("by", axis)
        found[root, name] = MergeField(root, name, True, place)
    for written in read_every(template, declared, recipe)[0]:
        source, _ = compile_written(written)
        for path, use in names_used(source).items() if source else ():
            root, _, name = path.partition(".")
            known = found.get((root, name))
            if known is None or (known.has_default and not use.has_default):
                found[root, name] = MergeField(root, name, use.has_default, use.place)
    yield from found.values()
