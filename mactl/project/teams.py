"""Colleagues who are told and given tasks."""

from pydantic import Field, model_validator

from mactl.declaring import Model, TimeOfDay


class OfficeHours(Model):
    """When a team is there."""

    from_: TimeOfDay = Field(alias="from", description="From when on")
    to: TimeOfDay = Field(description="Until when")

    @model_validator(mode="after")
    def _in_order(self) -> "OfficeHours":
        if self.from_ >= self.to:
            raise ValueError("they end before they begin; `to` must be later than `from`")
        return self


class Team(Model):
    """Colleagues who are told and given tasks."""

    email: str | None = Field(None, description="Their address")
    hours: OfficeHours | None = Field(None, description="When they are there, on business days")
    field: str | None = Field(
        None, description="The field of the contact with the address of who looks after them"
    )
    else_: str | None = Field(None, alias="else", description="The team where that field is empty")

    @model_validator(mode="after")
    def _reachable(self) -> "Team":
        if (self.email is None) == (self.field is None):
            raise ValueError("a team is reached one way; write email: … or field: …")
        return self
