"""Other systems: what recipes tell them, and what is written back."""

from pydantic import Field, model_validator

from mactl.declaring import Many, Model


class Webhook(Model):
    """Another system that takes JSON."""

    url: str = Field(description="Its https address")
    headers: dict[str, str] = Field({}, description="Header → value; ${NAME} for secrets")


class Sync(Model):
    """What is written back to another system: to a webhook or a file."""

    to: str | None = Field(None, description="The name under `webhooks` of what takes it")
    file: str | None = Field(
        None, description="A CSV file below exports/ that rows are appended to, instead"
    )
    columns: Many[str] = Field(
        description="Fields, scores, labels, segments, `stage`, `segments`, `opted_out`, `opted_out_of`"
    )
    purpose: str | None = Field(None, description="What the other system is told it for")
    segment: str | None = Field(None, description="Only who is in this segment; else everybody")
    only_changed: bool = Field(
        True, description="Whether only who is new, gone or another than at the last sync is told"
    )
    batch: int = Field(
        200, ge=1, le=10_000, description="How many contacts one request tells of at most"
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Sync":
        if (self.to is None) == (self.file is None):
            raise ValueError("a sync goes one way; write to: WEBHOOK or file: …")
        return self
