"""Which wording each queued send gets: the cell of its template that fits the contact, the contents of its blocks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mactl.content.cells import choose_cell
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import AnyQuestion, Question
from mactl.workflows.gathering import Gathered
from mactl.workflows.writing.templates import StepTemplate
from mactl.working_days import PublicHolidays

Axis = Definition | str
"""What cells are chosen by: the stage, a label or a derived field; else the name of a column."""


def axis_of(name: str, recipe: Recipe, cookbook: Cookbook) -> Axis:
    """What `name` in `by` of one of the recipe's templates means.

    `stage` where the cookbook has stages; a label of this recipe, else of the only one that has it; a derived field
    of this recipe; else a column of the contacts.
    """
    if name == "stage" and cookbook.stages:
        return STAGE
    own = cookbook.qualify(name, recipe.id)
    if own in cookbook.labels:
        return Definition("label", own)
    elsewhere = [full for full in cookbook.labels if full.partition(".")[2] == name]
    if len(elsewhere) == 1:
        return Definition("label", elsewhere[0])
    if name in recipe.file.fields:
        return Definition("field", f"{recipe.id}.{name}")
    return name


def choose_cells(step: StepTemplate, values: Sequence[Sequence[Any]]) -> list[str | None]:
    """The cell of each row of `values` (one for each axis); None where none fits, and for a template without."""
    keys = step.template.cells
    if not keys:
        return [None] * len(values)
    chosen: dict[tuple[str | None, ...], str | None] = {}
    cells = []
    for row in values:
        texts = tuple(None if value is None else _as_text(value) for value in row)
        if texts not in chosen:
            chosen[texts] = choose_cell(keys, texts)
        cells.append(chosen[texts])
    return cells


def choose_blocks(
    intents: pd.DataFrame,
    step: StepTemplate,
    gathered: Gathered,
    cookbook: Cookbook,
    settings: Settings,
) -> list[dict[str, int | None]]:
    """For each of the intents of one step: block → the number of the first content that fits, None where none does.

    Conditions hold as they do in a step's `when`: events count from the trigger on.
    """
    blocks = step.template.blocks
    if not blocks:
        return [{} for _ in range(len(intents))]
    questions: dict[str, AnyQuestion] = {
        f"{name} {number}": Question(content.when, step.recipe.id)
        for name, contents in blocks.items()
        for number, content in enumerate(contents)
        if content.when is not None
    }
    answers = pd.DataFrame(index=pd.Index(intents["id"]))
    if questions:
        answers = evaluate(
            gathered.facts, cookbook, questions,
            engine=settings.engine, subjects=_subjects(intents), holidays=PublicHolidays(settings.country),
        )  # fmt: skip
    chosen = {
        name: _first_true([answers.get(f"{name} {n}") for n in range(len(contents))], len(intents))
        for name, contents in blocks.items()
    }
    return [dict(zip(chosen, row, strict=True)) for row in zip(*chosen.values(), strict=True)]


def _subjects(intents: pd.DataFrame) -> pd.DataFrame:
    """The sends as what conditions are asked about; without the instant of a trigger all events count."""
    nothing = pd.array([pd.NA] * len(intents), dtype="Int64")
    since = intents.get("trigger_at", nothing)
    table = intents[["id", "contact", "trigger"]]
    return table.assign(since=since, until=nothing)


def _first_true(answers: Sequence["pd.Series[bool] | None"], rows: int) -> list[int | None]:
    """Of each row the number of the first answer that is true; an answer that is None is true for all."""
    columns = [
        np.ones(rows, dtype=bool) if answer is None else answer.to_numpy(dtype=bool)
        for answer in answers
    ]
    if not columns:
        return [None] * rows
    table = np.column_stack(columns)
    return [int(row.argmax()) if row.any() else None for row in table]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
