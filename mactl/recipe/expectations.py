"""Tests that a recipe carries: people, what they do, and what should come of it."""

from typing import Annotated

from pydantic import Field, model_validator

from mactl.declaring import CHANNEL_MEANINGS, ChannelName, DurationText, Many, Meanings, Model
from mactl.durations import Duration
from mactl.recipe.operators import InstantText, Scalar

Cells = dict[str, Scalar | Many[Scalar] | None]
"""A row: column → value."""


class ConsentGiven(Model):
    """Consent with all four proofs."""

    email: str = Field(description="Whose")
    topic: str = Field(description="For what")
    at: InstantText | None = Field(None, description="When; before `now` where left out")


class React(Model):
    """What a contact does with a message that a test sends."""

    email: str = Field(description="Who")
    opened: str | None = Field(None, description="The step whose message is opened")
    clicked: str | None = Field(None, description="The step whose message has a link clicked")
    replied: str | None = Field(None, description="The step whose message is answered")
    bounced: str | None = Field(None, description="The step whose message comes back")
    unsubscribed: str | None = Field(None, description="The step whose way out is taken")
    done: str | None = Field(None, description="The task that is done")
    url: str | None = Field(None, description="clicked: the link")
    after: DurationText = Field(Duration(), description="How long after the message, or the task")

    @model_validator(mode="after")
    def _one(self) -> "React":
        names = ("opened", "clicked", "replied", "bounced", "unsubscribed", "done")
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise ValueError(f"a reaction is one thing; write one of {', '.join(names)}")
        return self


class ExpectedSend(Model):
    """A message that should go out."""

    to: str = Field(description="The contact's address or key")
    template: str = Field(description="The template")
    at: InstantText | None = Field(None, description="When, in the project's zone unless it says")
    channel: Annotated[ChannelName, Meanings(**CHANNEL_MEANINGS)] | None = Field(
        None, description="By which channel"
    )
    subject: str | None = Field(None, description="The subject as they read it")


class ExpectedStop(Model):
    """A message that should be held or skipped."""

    to: str = Field(description="The contact's address or key")
    template: str = Field(description="The template")
    gate: str | None = Field(None, description="The gate that stops it")


class ExpectedTask(Model):
    """A task that should have been given."""

    contact: str = Field(description="Whom it is about")
    task: str = Field(description="Its id")
    to: str | None = Field(None, description="The team")
    title: str | None = Field(None, description="What it says")


class ExpectedNotice(Model):
    """A notification that should have gone to colleagues."""

    contact: str = Field(description="Whom it is about")
    to: str = Field(description="The team")
    message: str | None = Field(None, description="What it says")


class Expectations(Model):
    """What should have come of a test: sends exact and in order, the rest at the end."""

    sends: Many[ExpectedSend] | None = Field(None, description="Every message, in order")
    left: dict[str, str] | None = Field(None, description="Contact → why the journey ended")
    stage: dict[str, str | None] | None = Field(None, description="Contact → stage")
    segments: dict[str, Many[str]] | None = Field(
        None, description="Contact → segments they are in"
    )
    labels: dict[str, dict[str, str | None]] | None = Field(
        None, description="Contact → label → bucket"
    )
    scores: dict[str, dict[str, int | float]] | None = Field(
        None, description="Contact → score → points"
    )
    held: Many[ExpectedStop] | None = Field(None, description="Every message that is held")
    skipped: Many[ExpectedStop] | None = Field(None, description="Every message that was skipped")
    tasks: Many[ExpectedTask] | None = Field(None, description="Every task that was given")
    notifies: Many[ExpectedNotice] | None = Field(None, description="Every notification")
    enrolled: dict[str, Many[str]] | None = Field(
        None, description="Contact → recipes whose journey they are in"
    )
    suppressed: dict[str, str] | None = Field(
        None, description="Contact → the topic that they are not written to about, or all"
    )


class RecipeTest(Model):
    """A story with an end: who there is, what they do, and what should come of it."""

    name: str = Field(description="What it promises, in words")
    now: InstantText = Field(description="When it begins; in the project's zone unless it says")
    recipes: Many[str] = Field(
        (),
        description="Other recipes that play too; those it hands people over to or asks about do anyway",
    )
    contacts: Many[Cells] = Field((), description="Rows of contacts")
    events: Many[Cells] = Field((), description="Rows of events: email, event, at, and properties")
    consents: Many[ConsentGiven] = Field((), description="Consent with all four proofs")
    draws: dict[str, dict[str, str | bool]] = Field(
        {}, description="Contact → draw → its outcome; else as the hash says"
    )
    react: Many[React] = Field((), description="What people do with the messages they get")
    run: DurationText = Field(Duration(), description="How long the clock runs")
    expect: Expectations | None = Field(None, description="What should come of it")
