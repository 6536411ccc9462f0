"""The steps that conditions ask about, by name: whose messages were opened, which task is done."""

from collections.abc import Iterable
from typing import Any

from mactl.recipe.conditions import Reaction
from mactl.recipe.recipe import RecipeFile
from mactl.recipe.steps import AskConsentStep, SendStep, TaskStep
from mactl.recipe.walk import walk

ANY = "any"


def step_of(condition: Reaction) -> str:
    """The step that is meant, as it is written: STEP, RECIPE.STEP or `any`."""
    step: str = getattr(condition, condition.keyword)
    return step


def is_of_own_step(condition: Reaction, recipe: str) -> bool:
    """Whether it asks about a step of `recipe` itself."""
    step = step_of(condition)
    return step != ANY and ("." not in step or step.partition(".")[0] == recipe)


def sending_names(file: RecipeFile) -> list[str]:
    """What a message of a recipe may be asked for by: its step's id, or its template's name."""
    sends = [step for step in _steps(file) if isinstance(step, SendStep)]
    requests = [step for step in _steps(file) if isinstance(step, AskConsentStep)]
    ids = [step.id or step.send.id for step in sends]
    templates = [
        *(step.send.template for step in sends),
        *(r.ask_consent.template for r in requests),
    ]
    return _named([*ids, *templates, *_ids(requests, [step.id for step in requests])])


def task_names(file: RecipeFile) -> list[str]:
    """The ids of a recipe's tasks."""
    tasks = [step for step in _steps(file) if isinstance(step, TaskStep)]
    return _named(_ids(tasks, [step.id or step.task.id for step in tasks]))


def _steps(file: RecipeFile) -> Iterable[Any]:
    return (part for _, part in walk(file.journey))


def _ids(steps: list[Any], given: list[str | None]) -> list[str | None]:
    """Their ids; those without one are numbered by kind."""
    unnamed = sum(id is None for id in given)
    return [*given, *(f"{steps[0].keyword}-{n}" for n in range(1, unnamed + 1))] if steps else []


def _named(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
