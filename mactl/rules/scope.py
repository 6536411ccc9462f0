"""What a condition is asked of: where its names lead, and whose events count."""

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw

from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.moved import original
from mactl.rules.asides import Asides
from mactl.rules.events import Happenings
from mactl.rules.names import Definition
from mactl.rules.source import Source
from mactl.rules.tally import Tally


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the names in a condition lead: its recipe, the columns, and whose events count."""

    facts: Facts
    cookbook: Cookbook
    recipe: str
    fields: Source
    """The contacts' fields, with names as they are meant in the recipe."""
    happenings: Happenings
    definitions: Mapping[Definition, nw.Expr]
    """The columns of the segments, scores, stage and labels that conditions may refer to."""
    asides: Asides
    of_contacts: Tally
    of_subjects: Tally | None = None
    """Events counted for each subject; None where the condition is about contacts."""
    trigger: Source | None = None
    """The properties of what enrolled each subject."""
    is_limited: bool = False
    """Whether subjects have an instant after which events no longer count."""

    def tally(self, *, by_subject: bool = False) -> Tally:
        """Where events are counted: for each subject where that makes a difference, else for each contact.

        What counts alike for all subjects of a contact is counted for the contact.
        """
        if self.of_subjects is not None and (by_subject or self.is_limited):
            return self.of_subjects
        return self.of_contacts

    def names_of(self, recipe: str) -> tuple[str, ...]:
        """What `recipe` is called in the state and in events: its oldest name, and the one it has now."""
        return self.names_in(recipe, recipe)

    def names_in(self, recipe: str, name: str) -> tuple[str, ...]:
        """What a step, template or task of `recipe` is called in events: its oldest name, and the one it has now."""
        known = self.cookbook.recipes.get(recipe)
        oldest = original(name, known.file.moved) if known else name
        return tuple(dict.fromkeys((oldest, name)))
