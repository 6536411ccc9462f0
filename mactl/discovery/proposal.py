"""What a search came to, and the recipe that it proposes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd

from mactl.discovery.fields import LeftOut
from mactl.discovery.traits import Example
from mactl.errors import ConfigurationError
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.recipe.recipe import Recipe
from mactl.recipe.writing import flow
from mactl.rules.evaluate import evaluate
from mactl.rules.questions import AnyQuestion

Kind = Literal["rfm", "clusters", "lookalikes", "stages"]
Says = Mapping[str, Any]
Route = tuple[str, ...]
_WIDTH = 116
_SECTIONS = ("segments", "scoring", "stages", "labels")


@dataclass(frozen=True, slots=True)
class Group:
    """People who were found to have something in common."""

    name: str
    people: int
    """How many are in its segment, by the rules of the recipe."""
    share: float
    """Of those whom the search was about."""
    sentence: str
    rule: str = ""
    """Who is in it, in words; empty where its name and sentence say so."""
    figures: Mapping[str, float | int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found; without groups and definitions where nothing was."""

    kind: Kind
    title: str
    verdict: str
    """The outcome in a sentence."""
    people: int
    """How many the search was about."""
    sampled: int | None = None
    """How many of them were looked at; None for all."""
    notes: Sequence[str] = ()
    """How it was done, and what to mind."""
    groups: Sequence[Group] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    left_out: Sequence[LeftOut] = ()
    definitions: Mapping[str, Says] = field(default_factory=dict)
    """Section of a recipe → name → what it says."""
    comments: Mapping[Route, Sequence[str]] = field(default_factory=dict)
    examples: Mapping[str, Example] = field(default_factory=dict)
    """Group → somebody made up who should be in it."""

    @property
    def is_found(self) -> bool:
        """Whether there is something to write down."""
        return bool(self.definitions)


def nothing(kind: Kind, title: str, verdict: str, people: int, **more: Any) -> Proposal:
    """That a search found nothing, and why."""
    return Proposal(kind, title, verdict, people, **more)


def answers_of(
    definitions: Mapping[str, Says],
    recipe: str,
    questions: Mapping[str, AnyQuestion],
    facts: Facts,
    cookbook: Cookbook,
    engine: str,
) -> pd.DataFrame:
    """`questions` about all contacts, where `recipe` says `definitions`: by the same rules that its segments go by."""
    text = f"recipe: {recipe}\n" + "\n".join(section_lines(definitions, {}))
    found = parsed(text, Path(f"{recipe}.yaml"))
    others = {id: other for id, other in cookbook.recipes.items() if id != recipe}
    book = Cookbook(dict(sorted({**others, recipe: found}.items())))
    return evaluate(facts, book, questions, engine=engine)


def parsed(text: str, path: Path) -> Recipe:
    """The recipe that was written; ConfigurationError where it isn't one, which names of fields can do."""
    recipe, findings = parse_recipe(text, path)
    if recipe is None or findings:
        told = findings[0].message if findings else "it is no recipe"
        raise ConfigurationError(f"what was found can't be said in a recipe: {told}")
    return recipe


def recipe_text(
    proposal: Proposal, recipe: str, lead: Sequence[str], tests: Sequence[Says] = ()
) -> str:
    """The proposal as a recipe: `lead` in front as a comment, what was found beside each definition, tests behind."""
    lines = [
        *(line for told in lead for line in _comment(told, "")),
        f"recipe: {recipe}",
        f"title: {flow(proposal.title)}",
    ]
    lines += section_lines(proposal.definitions, proposal.comments)
    if tests:
        lines += ["", "tests:"]
        for test in tests:
            (first, value), *rest = test.items()
            lines.append(f"  - {first}: {flow(value)}")
            lines += [line for key, value in rest for line in _entry((key,), value, 2, {})]
    return "\n".join(lines) + "\n"


def section_lines(
    definitions: Mapping[str, Says], comments: Mapping[Route, Sequence[str]]
) -> list[str]:
    """The sections of a recipe, in the order that recipes have them."""
    lines: list[str] = []
    for section in _SECTIONS:
        if definitions.get(section):
            lines += ["", *_entry((section,), definitions[section], 0, comments)]
    return lines


def _entry(
    route: Route, value: Any, depth: int, comments: Mapping[Route, Sequence[str]]
) -> list[str]:
    """A key and what it says: on a line where it fits, else a line for each part."""
    space = "  " * depth
    lines = [line for told in comments.get(route, ()) for line in _comment(told, space)]
    key = flow(route[-1])
    line = f"{space}{key}: {flow(value)}"
    open_ = len(route) == 1 or any(r[: len(route)] == route for r in comments if r != route)
    if isinstance(value, Mapping) and value and (open_ or len(line) > _WIDTH):
        inner = (_entry((*route, name), part, depth + 1, comments) for name, part in value.items())
        return [*lines, f"{space}{key}:", *(line for part in inner for line in part)]
    if isinstance(value, (list, tuple)) and value and len(line) > _WIDTH:
        return [*lines, f"{space}{key}:", *(f"{space}  - {flow(item)}" for item in value)]
    return [*lines, line]


def _comment(told: str, space: str) -> list[str]:
    """A comment of as many lines as it takes; one that speaks to mactl stays whole."""
    if told.startswith("mactl:"):
        return [f"{space}# {told}"]
    hang = "  " if told.startswith("- ") else ""
    return wrap(
        "".join(c if c.isprintable() else " " for c in told),  # words of data may hold anything
        _WIDTH,
        initial_indent=f"{space}# ",
        subsequent_indent=f"{space}# {hang}",
        break_on_hyphens=False,
    )


def shown_day(now: datetime, zone: ZoneInfo) -> str:
    """The day of a run, as a comment tells it."""
    return now.astimezone(zone).date().isoformat()


def percent(share: float) -> str:
    """A share for people: `12 %`; `0.4 %` where it is small."""
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else f"{100 * share:.1f} %"
