"""A recipe: one YAML file that says who, how warm, what happens when, with which words and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mactl.declaring import ChannelName, DurationText, Many, Meanings, Model
from mactl.document import Document
from mactl.recipe.definitions import Label, Score, Segments, Stages
from mactl.recipe.derived import FieldName, FormulaText
from mactl.recipe.expectations import RecipeTest
from mactl.recipe.journey import Goal, Journey
from mactl.recipe.moved import original
from mactl.recipe.operators import Scalar
from mactl.recipe.template import Privacy, Template

KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""What a recipe's id looks like."""
KebabCase = Annotated[str, StringConstraints(pattern=KEBAB)]


class Cost(Model):
    """What the recipe costs."""

    fixed: int | float = Field(0, description="Once, whoever is written to")
    per_send: dict[ChannelName, int | float] = Field({}, description="Channel → a message")
    currency: str | None = Field(None, description="The currency (ISO 4217); else the project's")


class UseCase(Model):
    """What the recipe is a case of, before it is built: a hypothesis to rank."""

    interaction: str | None = Field(None, description="The interaction with people that is wanted")
    data: dict[str, str] = Field({}, description="Data that it needs → where it comes from")
    objective: str | None = Field(None, description="An objective of mactl.yaml")
    value: int | float | None = Field(None, description="What it may bring in a year")
    effort: DurationText | None = Field(None, description="What it takes to build")


class RecipeFile(Model):
    """The top of a recipe file."""

    recipe: KebabCase = Field(description="The id, same as the file's name; kebab-case")
    version: int = Field(
        1, ge=1, description="Counts from 1; a new one starts afresh, people inside finish the old"
    )
    title: str | None = Field(None, description="What it does, in one line")
    status: Annotated[
        Literal["live", "draft", "paused", "archived"],
        Meanings(
            live="lets people in, sends and acts",
            draft="lets nobody in; who is inside goes on",
            paused="lets people in and waits run, but nothing is sent or done",
            archived="ends it for everyone, and cancels what is pending",
        ),
    ] = Field(
        "live",
        description="draft lets nobody in; paused sends and does nothing while waits run; archived ends it for all",
    )
    vars: dict[str, Scalar] = Field({}, description="Values for its templates, as vars.NAME")
    fields: dict[FieldName, FormulaText] = Field(
        {}, description="Name → a value worked out from other fields: clv - service_cost"
    )
    segments: Segments = Field({}, description="Name → who is in it")
    scoring: dict[str, Score] = Field({}, description="Name → how its points are given")
    stages: Stages = Field({}, description="The ladder of the cookbook, lowest first")
    labels: dict[str, Label] = Field({}, description="Name → buckets, the first that holds")
    goal: Goal | None = Field(None, description="What the recipe is for")
    cost: Cost | None = Field(None, description="What it costs")
    use_case: UseCase | None = Field(None, description="What it is a case of, to rank it by")
    privacy: Privacy | None = Field(None, description="On what ground it writes to people")
    journey: Journey | None = Field(
        None, description="The flow; without one the recipe only shares definitions"
    )
    moved: dict[str, str] = Field(
        {},
        description="Old name → new name, of a step, a template or the recipe: nothing is sent anew",
    )
    retired: dict[str, str] = Field(
        {}, description="A step that is gone → the step where its people go on"
    )
    templates: dict[str, Template] = Field({}, description="Name → what is written to people")
    tests: Many[RecipeTest] = Field((), description="Stories that `mactl test` plays")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as it was read: what it says, and where in which file it says so."""

    file: RecipeFile
    document: Document
    folder: Path

    @property
    def id(self) -> str:
        """Its name, which other recipes refer to."""
        return self.file.recipe

    @property
    def origin(self) -> str:
        """Its oldest name, which the state knows it by."""
        return original(self.file.recipe, self.file.moved)

    @property
    def journey(self) -> Journey:
        """The journey of a recipe that is known to have one."""
        assert self.file.journey is not None
        return self.file.journey
