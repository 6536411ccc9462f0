"""Who stands where, and what went out, as the state says: what an edit of a recipe must not break."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mactl.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Standing:
    """How many people stand on a step now; names are the original ones."""

    recipe: str
    version: int
    step: str
    people: int


@dataclass(frozen=True, slots=True)
class Sent:
    """To how many people a template went out; names are the original ones."""

    recipe: str
    template: str
    people: int


@dataclass(frozen=True)
class InFlight:
    """The state, as far as an edit can harm it."""

    standing: Sequence[Standing] = ()
    sent: Sequence[Sent] = ()
    ran: Mapping[tuple[str, int], Recipe] = field(default_factory=dict)
    """(recipe, version) → the recipe as it last ran."""
