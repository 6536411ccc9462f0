"""Caps, gaps, quiet hours and budgets over all recipes."""

from pydantic import Field

from mactl.declaring import ChannelName, DurationText, Many, Model, RateText, TimeOfDay


class Cap(Model):
    """At most so many marketing messages within a time."""

    messages: int = Field(ge=1, description="How many")
    within: DurationText = Field(description="In which length of time, sliding")


class QuietHours(Model):
    """Hours in which nothing is sent, in the contact's time zone."""

    from_: TimeOfDay = Field(alias="from", description="When they begin")
    to: TimeOfDay = Field(
        description="When they end; past midnight where it is earlier than `from`"
    )


class Limits(Model):
    """What holds for every recipe together."""

    per_contact: Many[Cap] = Field((), description="Frequency caps, over all channels")
    min_gap: DurationText | None = Field(
        None, description="The least time between two marketing messages"
    )
    quiet_hours: QuietHours | None = Field(None, description="Hours in which no marketing goes out")
    never: Many[str] = Field((), description="Segments (RECIPE.NAME) that get no marketing at all")
    soft_bounces: int = Field(
        5, ge=1, description="How many in a row, with no delivery since, suppress an address"
    )
    budget: dict[ChannelName, RateText] = Field(
        {}, description="Channel → how many messages at most: 200 per month"
    )
