"""The relay that takes the mail, and how fast."""

from pydantic import Field, field_validator

from mactl.declaring import Model, Rate, RateText, Share


class WarmUp(Model):
    """How many messages a day a sender that receivers don't know yet begins with."""

    start: RateText = Field(description="On the first day: 200/day")
    grow: Share = Field(description="By how much more on each day after it: 30%")

    @field_validator("start")
    @classmethod
    def _is_of_a_day(cls, rate: Rate) -> Rate:
        if rate.per != "day":
            raise ValueError("a warm-up counts days: 200/day")
        return rate

    def limit(self, days: int) -> int:
        """How many messages may go out so many days after the first."""
        return int(self.start.count * (1 + self.grow) ** days)


class StopIf(Model):
    """When a run that is refused too often stops."""

    failed: Share = Field(description="Which share of the messages that were tried: 5%")
    of: int = Field(200, ge=1, description="How many must have been tried at least")


class Smtp(Model):
    """The relay that takes the mail."""

    url: str = Field(description="smtp:// smtps:// smtp+starttls:// or maildir:PATH")
    connections: int = Field(4, ge=1, le=256, description="Sessions kept open at once")
    rate: RateText | None = Field(
        None, description="How many messages the relay gets at most, over all workers: 50/second"
    )
    per_domain: dict[str, RateText] = Field(
        {}, description="Recipient domain → how many messages it gets at most: 10/second"
    )
    stop_if: StopIf | None = Field(
        None, description="Refusals after which a run stops, with the rest in the queue"
    )
    warm_up: WarmUp | None = Field(
        None, description="A new sender begins with few messages a day, and grows"
    )
