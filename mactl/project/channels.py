"""How messages of the other channels go out."""

from pydantic import Field, model_validator

from mactl.declaring import Many, Model


class Channel(Model):
    """How messages of a channel go out: exactly one way."""

    file: str | None = Field(None, description="A CSV file to append to, below exports/")
    webhook: str | None = Field(
        None, description="An https address that takes each message as JSON"
    )
    columns: Many[str] = Field((), description="Fields of the contact that go along")
    address: str | None = Field(
        None, description="The field with the contact's address on this channel"
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Channel":
        if (self.file is None) == (self.webhook is None):
            raise ValueError("a channel goes one way; write file: … or webhook: …")
        return self
