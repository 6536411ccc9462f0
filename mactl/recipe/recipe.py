"""A recipe: one YAML file that says who, how warm, what happens when, with which words and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mactl.declaring import Model
from mactl.document import Document
from mactl.recipe.conditions import Scalar
from mactl.recipe.definitions import Label, Score, Segments, Stages
from mactl.recipe.journey import Goal, Journey
from mactl.recipe.template import Privacy, Template

KebabCase = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class RecipeFile(Model):
    """The top of a recipe file."""

    recipe: KebabCase = Field(description="The id, same as the file's name; kebab-case")
    version: int = Field(
        1, ge=1, description="Counts from 1; a new one starts afresh, people inside finish the old"
    )
    title: str | None = Field(None, description="What it does, in one line")
    status: Literal["live", "draft", "paused", "archived"] = Field(
        "live",
        description="draft enrolls nobody; paused admits and sends nothing; archived cancels what is pending",
    )
    vars: dict[str, Scalar] = Field({}, description="Values for its templates, as vars.NAME")
    segments: Segments = Field({}, description="Name → who is in it")
    scoring: dict[str, Score] = Field({}, description="Name → how its points are given")
    stages: Stages = Field({}, description="The ladder of the cookbook, lowest first")
    labels: dict[str, Label] = Field({}, description="Name → buckets, the first that holds")
    goal: Goal | None = Field(None, description="What the recipe is for")
    privacy: Privacy | None = Field(None, description="On what ground it writes to people")
    journey: Journey | None = Field(
        None, description="The flow; without one the recipe only shares definitions"
    )
    templates: dict[str, Template] = Field({}, description="Name → what is written to people")


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
    def journey(self) -> Journey:
        """The journey of a recipe that is known to have one."""
        assert self.file.journey is not None
        return self.file.journey
