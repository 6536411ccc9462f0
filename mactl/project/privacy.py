"""Who answers for people's data, who handles it for them, and how long it is kept."""

from typing import Annotated

from pydantic import Field

from mactl.declaring import TEXT, DurationText, Many, Model, from_text


class Party(Model):
    """Somebody who answers for what is done with people's data, as they are reached."""

    name: str = Field(description="Their name")
    address: str | None = Field(None, description="Their postal address")
    contact: str | None = Field(None, description="An e-mail address or telephone number")


class Controller(Party):
    """Who decides what people's data is used for, and answers for it (GDPR Article 4)."""

    representative: Annotated[Party, from_text(lambda text: {"name": text}), TEXT] | None = Field(
        None, description="Who stands for a controller from outside the EU"
    )
    dpo: Annotated[Party, from_text(lambda text: {"name": text}), TEXT] | None = Field(
        None, description="The data protection officer"
    )
    joint: Many[Annotated[Party, from_text(lambda text: {"name": text}), TEXT]] = Field(
        (), description="Who decides together with them"
    )


class Processor(Model):
    """Who does something with people's data on the controller's behalf (GDPR Article 28)."""

    name: str = Field(description="Their name")
    does: str = Field(description="What they do: the relay, the printer, the host of the state")
    country: str | None = Field(None, description="Where, such as NL")
    transfer: str | None = Field(
        None, description="Outside the EU: on what safeguards, such as standard contractual clauses"
    )


class Retention(Model):
    """How long what mactl keeps of people is kept."""

    sends: DurationText | None = Field(
        None, description="Messages and journeys that are over; then they are nobody's"
    )
    events: DurationText | None = Field(
        None, description="Events that were imported or noticed, history of fields aside"
    )
    history: DurationText | None = Field(
        None, description="What fields, stages and segments were before"
    )
    files: DurationText | None = Field(
        None, description="Files that mactl wrote for others, below exports/ and with --out"
    )
