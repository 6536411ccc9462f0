"""What people did with the messages that mactl sent: sent, opened, clicked, replied, bounced."""

import narwhals as nw

from mactl.own_events import reaction_events
from mactl.recipe.conditions import Reaction
from mactl.rules.events import Meaning, is_one_of
from mactl.rules.scope import Scope
from mactl.rules.steps import ANY, step_of


def reactions_meant(condition: Reaction, scope: Scope) -> Meaning:
    """The events that `condition` means: of a step by its name, or by its template's where an event names no step."""
    names = reaction_events(condition.keyword, scope.facts.channels)
    happenings = scope.happenings
    step = step_of(condition)
    if step == ANY:
        return happenings.told(names, condition, condition.where)
    recipe, _, name = scope.cookbook.qualify(step, scope.recipe).partition(".")
    of_recipe = happenings.told(names, condition, condition.where, recipe=scope.names_of(recipe))
    steps = scope.names_in(recipe, name)
    return Meaning(
        ("step", of_recipe.key, steps),
        of_recipe.names,
        (*of_recipe.tests, _is_step(scope, steps)),
        of_recipe.begin,
    )


def _is_step(scope: Scope, names: tuple[str, ...]) -> nw.Expr:
    events = scope.happenings.events
    step, template = events.cell("step"), events.cell("template")
    by_template = is_one_of(template, names)
    if step.type is None:
        return by_template
    return is_one_of(step, names) | (step.plain().is_null() & by_template)
