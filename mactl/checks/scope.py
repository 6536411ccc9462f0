"""What checks look at: a cookbook, the recipes that are meant, and each part of them found once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from pydantic import BaseModel

from mactl.checks.flow import Flow
from mactl.content.parts import Written
from mactl.content.reading import read_every
from mactl.document import Route
from mactl.findings import Finding, Place
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import AskConsentStep, EnrollStep
from mactl.recipe.walk import walk

Part = TypeVar("Part", bound=BaseModel)


@dataclass(frozen=True, eq=False)
class Look:
    """One recipe, walked once for all checks."""

    recipe: Recipe

    @cached_property
    def parts(self) -> Mapping[type[BaseModel], Sequence[tuple[Route, BaseModel]]]:
        """Kind of mapping → each of them with its route, outermost first."""
        found: dict[type[BaseModel], list[tuple[Route, BaseModel]]] = {}
        for route, part in walk(self.recipe.file):
            found.setdefault(type(part), []).append((route, part))
        return found

    @cached_property
    def flow(self) -> Flow | None:
        """How the steps of its journey lead to each other; None without a journey."""
        journey = self.recipe.file.journey
        return None if journey is None else Flow(journey.steps)

    @cached_property
    def letters(self) -> Mapping[str, tuple[Sequence[Written], Sequence[Finding]]]:
        """Template → each of its wordings that can be read, and what is wrong with the others."""
        file = self.recipe.file
        return {name: read_every(name, t, self.recipe) for name, t in file.templates.items()}

    def each(self, kind: type[Part]) -> Iterator[tuple[Route, Part]]:
        """Every part that is a `kind`, with its route."""
        if not kind.__subclasses__():
            yield from self.parts.get(kind, ())  # type: ignore[misc]  # they are of `kind`
            return
        for its, found in self.parts.items():
            if issubclass(its, kind):
                yield from found  # type: ignore[misc]  # they are of `kind`

    def place(self, route: Sequence[str | int], *, key: bool = False) -> Place:
        """Where the value (or its `key`) at `route` stands."""
        return self.recipe.document.place(route, key=key)


@dataclass(frozen=True, eq=False)
class Scope:
    """The recipes that are checked, in the cookbook that they refer to."""

    cookbook: Cookbook
    chosen: Sequence[str]
    settings: Settings | None = None
    """What mactl.yaml says; None where there is none, and nothing is known of teams, channels or topics."""
    looks: Mapping[str, Look] = field(init=False)

    def __post_init__(self) -> None:
        meant = {id: Look(self.cookbook.recipes[id]) for id in self.chosen}
        object.__setattr__(self, "looks", meant)

    def __iter__(self) -> Iterator[Look]:
        return iter(self.looks.values())

    @cached_property
    def paths(self) -> frozenset[str]:
        """The files of the recipes that are checked."""
        return frozenset(look.recipe.document.path for look in self)

    @cached_property
    def handed_over(self) -> frozenset[str]:
        """The recipes that people are handed over to, by any recipe of the cookbook."""
        return frozenset(step.enroll for step in self._steps if isinstance(step, EnrollStep))

    @cached_property
    def asked_topics(self) -> frozenset[str]:
        """The topics that any recipe of the cookbook asks people's consent for."""
        return frozenset(
            step.ask_consent.topic for step in self._steps if isinstance(step, AskConsentStep)
        )

    @cached_property
    def _steps(self) -> list[EnrollStep | AskConsentStep]:
        parts = (part for recipe in self.cookbook for _, part in walk(recipe.file))
        return [part for part in parts if isinstance(part, (EnrollStep, AskConsentStep))]

    def each(self, kind: type[Part]) -> Iterator[tuple[Look, Route, Part]]:
        """Every part of the recipes that is a `kind`, with where it stands."""
        for look in self:
            for route, part in look.each(kind):
                yield look, route, part

    def only(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Those of `findings` that stand in the files of the recipes that are checked."""
        return (f for f in findings if f.place is not None and f.place.path in self.paths)
