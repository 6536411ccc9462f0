"""What can be wrong with a cookbook, one check a file; a check's docstring is its manual."""

from collections.abc import Collection, Iterator
from types import ModuleType

from mactl.checks import (
    action_text,
    again,
    bad_pattern,
    channel,
    circular_definition,
    condition,
    documentation,
    duplicate_step,
    endless_loop,
    first_milestone,
    goal_is_trigger,
    holdout_without_goal,
    large_journey,
    length,
    many_calls,
    misplaced,
    missing_goal,
    missing_ground,
    moving,
    same_people,
    second_ladder,
    secret,
    service_sells,
    template,
    template_hole,
    template_name,
    unknown_name,
    unknown_setting,
    unknown_step,
    unknown_template,
    unreachable_case,
    unreachable_step,
    unused_template,
    winner,
    yaml_trap,
)
from mactl.checks.scope import Scope
from mactl.findings import Finding
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.walk import remembering

CHECKS: tuple[ModuleType, ...] = (
    action_text,
    again,
    bad_pattern,
    channel,
    circular_definition,
    condition,
    documentation,
    duplicate_step,
    endless_loop,
    first_milestone,
    goal_is_trigger,
    holdout_without_goal,
    large_journey,
    length,
    many_calls,
    misplaced,
    missing_goal,
    missing_ground,
    moving,
    same_people,
    second_ladder,
    secret,
    service_sells,
    template,
    template_hole,
    template_name,
    unknown_name,
    unknown_setting,
    unknown_step,
    unknown_template,
    unreachable_case,
    unreachable_step,
    unused_template,
    winner,
    yaml_trap,
)
"""Every check of the recipes alone, by name: `check(scope)`. Those beside data or state are in `beside`."""


def check_recipes(
    cookbook: Cookbook, chosen: Collection[str], settings: Settings | None = None
) -> Iterator[Finding]:
    """What every check finds in the `chosen` recipes and their templates, check by check.

    The rest of `cookbook` is there to be referred to; `settings` are those of mactl.yaml, None where nothing is
    known of the project.
    """
    yield from check_scope(
        Scope(cookbook, [id for id in cookbook.recipes if id in chosen], settings)
    )


def check_scope(scope: Scope) -> Iterator[Finding]:
    """What every check of the recipes alone finds in `scope`, check by check."""
    with remembering():
        findings = [finding for check in CHECKS for finding in check.check(scope)]
    yield from findings
