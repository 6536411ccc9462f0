"""Cells: one template in several wordings, of which each contact gets the most specific that fits."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from mactl.content.filters import locale_of
from mactl.recipe.template import Template

ANY = "*"
"""In a cell's key: any value, and none."""
_LANGUAGES = frozenset(("language", "locale"))
"""What cells are chosen by so, they are written in."""

Values = Sequence[str | None]
"""What a contact has on each axis of `by`, as text; None where it has nothing."""


def choose_cell(keys: Iterable[str], values: Values) -> str | None:
    """The most specific of `keys` (`cto/mql`, `*/mql`, `*`) that fits, regardless of case; None where none does.

    More exact parts win; of as many, those further to the left. Of two keys alike the first is taken.
    """
    wanted = [None if value is None else _folded(value) for value in values]
    fitting = [key for key in keys if _fits(key, wanted)]
    return max(fitting, key=lambda key: _specificity(key, len(wanted)), default=None)


def template_holes(
    template: Template, values_by_axis: Mapping[str, Sequence[str | None]]
) -> list[tuple[str | None, ...]]:
    """The combinations of values for which `template` has no cell, in the order of the axes and their values.

    `values_by_axis` has the values that occur on each axis of `by`; None stands for a contact without one, and an
    axis that it lacks has only that. Empty for a template without cells.
    """
    axes = [values_by_axis.get(axis, (None,)) for axis in template.by]
    if not axes:
        return []
    return [found for found in product(*axes) if choose_cell(template.cells, found) is None]


def no_cell_for(by: Sequence[str], values: Values) -> str:
    """Why a message can't be written: `no cell is for persona cto, stage empty`."""
    shown = (f"{axis} {_shown(value)}" for axis, value in zip(by, values, strict=True))
    return f"no cell is for {', '.join(shown)}"


def _shown(value: str | None) -> str:
    # Reasons are kept and printed: what is no word of a list may be anything of the contact's.
    if value is None:
        return "empty"
    return value if len(value) <= 40 and value.isprintable() else "(something else)"


def with_cell(template: Template, key: str) -> Template:
    """The template as the cell `key` writes it: what the cell lacks is the template's own."""
    return template.model_copy(update={**template.cells[key].written, "cells": {}, "by": ()})


def locale_of_cell(template: Template, key: str) -> str | None:
    """The locale that a cell is written in, where its key names a language; None where the project's holds."""
    for axis, part in zip(template.by, key.split("/"), strict=False):
        if axis in _LANGUAGES and part != ANY and locale_of(part):
            return part.replace("-", "_")
    return None


def _fits(key: str, values: Sequence[str | None]) -> bool:
    if key == ANY:
        return True
    parts = [_folded(part) for part in key.split("/")]
    return len(parts) == len(values) and all(
        part in (ANY, value) for part, value in zip(parts, values, strict=True)
    )


def _specificity(key: str, width: int) -> tuple[int, tuple[bool, ...]]:
    exact = (
        (False,) * width if key == ANY else tuple(part.strip() != ANY for part in key.split("/"))
    )
    return sum(exact), exact


def _folded(value: str) -> str:
    # nl-NL and nl_NL are the same language.
    return value.strip().casefold().replace("_", "-")
