"""All that mactl.yaml may say."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from mactl.declaring import TEXT, ChannelName, Many, Meanings, Model, Share, ZoneName, from_text
from mactl.errors import ConfigurationError
from mactl.project.channels import Channel
from mactl.project.consent import ConsentColumns, Grounds
from mactl.project.heartbeat import Heartbeat
from mactl.project.identity import IdentityKey, Survivorship
from mactl.project.limits import Limits
from mactl.project.lookups import CodeList, LookupTable
from mactl.project.privacy import Controller, Processor, Retention
from mactl.project.sender import Sender
from mactl.project.smtp import Smtp
from mactl.project.sources import ColumnType, ContactSource, EventSource
from mactl.project.systems import Sync, Webhook
from mactl.project.teams import Team


class Objective(Model):
    """What the company wants, that use cases are ranked by."""

    metric: str = Field(description="What is measured")
    target: Share | int | float | None = Field(None, description="What it should come to")


class Settings(Model):
    """What mactl.yaml says; every key may be left out, `sender` only where nothing is sent."""

    project: str = Field("mactl", description="The project's name")
    timezone: ZoneName = Field(
        "UTC", description="The project's time zone, such as Europe/Amsterdam"
    )
    locale: str = Field("en", description="How dates and numbers are written, such as nl_NL")
    country: str | None = Field(None, description="The country of the public holidays, such as NL")
    currency: str = Field("EUR", description="The currency of amounts (ISO 4217)")
    recipes: str = Field("recipes", description="The folder of the cookbook")
    contacts: Many[ContactSource] = Field((), description="Where contacts come from, in this order")
    events: Many[EventSource] = Field((), description="Where events come from")
    columns: dict[str, ColumnType] = Field(
        {}, description="Field → its type, where it is not to be guessed"
    )
    identity: Many[Annotated[IdentityKey, from_text(lambda text: {"field": text}), TEXT]] = Field(
        (IdentityKey(field="contact_id"), IdentityKey(field="email")),
        description="What makes two rows one person, strongest first: a field, or {all: [FIELD, …]}",
        json_schema_extra={"default": ["contact_id", "email"]},
    )
    survivorship: Annotated[Survivorship, from_text(lambda text: {"by": text}), TEXT] = Field(
        Survivorship(),
        description="Which of several values of a field a contact keeps: a rule, or {by: …, fields: {…}}",
        json_schema_extra={"default": "first"},
    )
    history: Annotated[Literal["all"], Meanings(all="every field of the sources")] | Many[str] = (
        Field(
            "all",
            description="Fields whose changes are kept as events `field_changed`, beside those that recipes ask about",
        )
    )
    consent: dict[str, ConsentColumns] = Field({}, description="Topic → the columns that prove it")
    grounds: Grounds = Field(Grounds(), description="Grounds allowed by name, with the reason")
    sender: Sender | None = Field(None, description="Who the mail comes from")
    smtp: Smtp | None = Field(None, description="The relay that takes the mail")
    visitors: dict[str, str] = Field(
        {},
        description="What names a visitor in analytics and logs → the field with the same: {uid: contact_id}",
    )
    data: dict[str, LookupTable] = Field({}, description="Name → a table that templates look into")
    codes: dict[str, CodeList] = Field({}, description="Name → codes that templates hand out")
    channels: dict[ChannelName, Channel] = Field(
        {}, description="Channel → how its messages go out"
    )
    teams: dict[str, Team] = Field({}, description="Name → colleagues who are told and given tasks")
    webhooks: dict[str, Webhook] = Field(
        {}, description="Name → another system that recipes may tell"
    )
    sync: dict[str, Sync] = Field(
        {}, description="Name → what `mactl sync NAME` writes back to another system"
    )
    controller: Annotated[Controller, from_text(lambda text: {"name": text}), TEXT] | None = Field(
        None, description="Who answers for people's data: a name, or {name: …, contact: …}"
    )
    processors: Many[Processor] = Field(
        (), description="Who does something with it on their behalf"
    )
    safeguards: Many[str] = Field(
        (), description="How people's data is protected in all of it (GDPR Article 32)"
    )
    retention: Annotated[
        Retention,
        from_text(lambda text: dict.fromkeys(("sends", "events", "history", "files"), text)),
        TEXT,
    ] = Field(
        Retention(),
        description="How long what is kept of people is kept: 24 months, or one for each",
    )
    objectives: dict[str, Objective] = Field({}, description="Name → what the company wants")
    limits: Limits = Field(Limits(), description="Caps, gaps and quiet hours over all recipes")
    heartbeat: Annotated[Heartbeat, from_text(lambda text: {"url": text}), TEXT] | None = Field(
        None, description="What a monitoring service is told of the runs: an address, or {url: …}"
    )
    state: str = Field(
        "sqlite:///.mactl/state.db",
        description="Where the state is kept: a file, or PostgreSQL (`postgresql+psycopg://user@host/database`)",
    )
    engine: Annotated[
        Literal["duckdb", "pandas", "polars", "dask", "spark"],
        Meanings(
            duckdb="an embedded database, fast and larger than memory",
            pandas="data frames in memory",
            polars="data frames in memory, on all cores",
            dask="the machines that Dask's configuration names, else threads of this one",
            spark="the cluster that SPARK_REMOTE names, else a Java machine of this one",
        ),
    ] = Field("duckdb", description="What works out the rules")

    @property
    def identity_fields(self) -> tuple[str, ...]:
        """The fields that alone tell who somebody is, strongest first."""
        return tuple(dict.fromkeys(key.field for key in self.identity if key.field is not None))

    @field_validator("identity")
    @classmethod
    def _names_keys(cls, keys: tuple[IdentityKey, ...]) -> tuple[IdentityKey, ...]:
        stronger: set[str] = set()
        for key in keys:
            for name in key.unless_differ or ():
                if name not in stronger:
                    raise ValueError(
                        f"`unless_differ` of {key.name} names {name!r}, which is no key before it"
                    )
            stronger.add(key.name)
        return keys

    @model_validator(mode="after")
    def _leaves_consent_strict(self) -> "Settings":
        for topic, columns in self.consent.items():
            told = {columns.state, columns.at, columns.source, columns.wording}
            told |= {columns.confirmed, columns.withdrawn}
            for field in self.survivorship.fields:
                if field in told:
                    raise ValueError(
                        f"survivorship has a rule for {field}, which is consent for {topic}: there the stricter one "
                        "always counts"
                    )
        return self


def need_sender(settings: Settings) -> Sender:
    """Who the mail comes from; ConfigurationError where mactl.yaml does not say."""
    if settings.sender is None:
        raise ConfigurationError(
            "mactl.yaml does not say who the mail comes from",
            "add sender: {from: …, address: …, unsubscribe: …}",
        )
    return settings.sender
