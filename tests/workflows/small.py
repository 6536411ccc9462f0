"""A world of a few people, for tests of single runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mactl.people.events import events_from_rows
from mactl.people.people import people_from_rows
from mactl.project import Project, Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.store.state import State
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.playing.world import World
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.timing.quiet import quiet_until
from mactl.workflows.writing.changes import Letters, changes_of
from mactl.workflows.writing.templates import compile_templates

SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Amsterdam",
    "country": "NL",
    "engine": "pandas",
    "sender": {"from": "a@acme.test", "address": "Acme", "unsubscribe": "https://acme.test/u/{token}"},
    "grounds": {"legitimate_interest": "nobody is written to"},
}  # fmt: skip
PRIVACY = {"basis": ["legitimate_interest"], "purpose": "x", "topic": "news"}
ONE = {"one": {"kind": "service", "subject": "x", "body": "x"}}


class Small:
    """A world of a few people, one recipe at least, and no messages that are written."""

    def __init__(
        self,
        recipes: Mapping[str, Mapping[str, Any]],
        contacts: Sequence[Mapping[str, Any]],
        events: Sequence[Mapping[str, Any]],
        limits: Mapping[str, Any] | None = None,
    ) -> None:
        declared = Settings.model_validate({**SETTINGS, "limits": limits or {}})
        declared = declared.model_copy(update={"engine": "arrow"})  # the quickest for so few
        project = Project(Path(), declared, has_file=False)
        cookbook = cookbook_of(recipes)
        people = people_from_rows(declared, contacts)
        crowd = Crowd(people, events_from_rows(declared, events, people))
        self.state = State.open("sqlite://", Path(), write=True)
        self.templates, _ = compile_templates([], declared)
        self.project, self.cookbook = project, cookbook
        self.world = World(
            project,
            cookbook,
            list(cookbook.recipes),
            crowd,
            self.state,
            self.templates,
            writes=False,
        )

    def plan(self, now: datetime) -> Plan:
        gathered = self.world.gathered(now)
        return make_plan(self.project, self.cookbook, list(self.cookbook.recipes), gathered, self.state)  # fmt: skip

    def does_nothing(self, plan: Plan) -> bool:
        changes = changes_of(plan, self.templates, Letters({}, {}))
        nobody = pd.DataFrame()  # the world does not write down who people are
        return replace(changes, contacts=nobody, aliases=nobody).is_nothing

    def quiet_after(self, now: datetime) -> datetime | None:
        """Runs until one does nothing at `now`, and until when the next ones do nothing either."""
        for _ in range(8):
            plan = self.plan(now)
            if self.does_nothing(plan):
                return quiet_until(plan, self.state)
            self.world.tick(now)
        return None


def cookbook_of(recipes: Mapping[str, Mapping[str, Any]]) -> Cookbook:
    """Recipes by their name, each with the template `one`."""
    found = {}
    for name, body in recipes.items():
        text = yaml.safe_dump(
            {"recipe": name, "privacy": PRIVACY, "templates": ONE, **body}, sort_keys=False
        )
        recipe, findings = parse_recipe(text, Path(f"{name}.yaml"))
        assert recipe is not None, findings
        found[name] = recipe
    return Cookbook(found)
