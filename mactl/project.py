"""`mactl.yaml`: a project's settings, and where its data, recipes and state are."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Strict, Tag, field_validator, model_validator

from mactl.declaring import (
    TEXT,
    ChannelName,
    DurationText,
    Many,
    Meanings,
    Model,
    Rate,
    RateText,
    Share,
    TimeOfDay,
    ZoneName,
    from_text,
)
from mactl.document import read_document
from mactl.durations import Duration
from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding
from mactl.validation import validate

FILE_NAME = "mactl.yaml"


class ContactSource(Model):
    """A file, or a pattern of files, of contacts."""

    file: str = Field(
        description="A CSV, XLSX or JSON file, or a pattern such as crm/*.csv, relative to mactl.yaml"
    )
    columns: dict[str, str] = Field({}, description="Header in the file → field in mactl")
    encoding: str | None = Field(
        None, description="Its encoding; found by itself where it has a BOM or is UTF-8"
    )
    decimal: Literal[".", ","] | None = Field(
        None,
        description="The decimal mark of its numbers; found by itself where its cells leave no doubt",
    )
    delimiter: str | None = Field(
        None, description="What stands between two cells; found by itself"
    )
    sheet: str | None = Field(
        None, description="The sheet of a workbook; else the first that holds a table"
    )
    layout: str | None = Field(
        None,
        description="The program whose export it is, such as mailchimp; none: headers as they stand",
    )


class EventSource(ContactSource):
    """A file, or a pattern of files, of events."""

    names: dict[str, str] = Field({}, description="Event name in the file → name in mactl")


class DateColumn(Model):
    """A column of dates in a format of its own."""

    date: str = Field(description="The format in strptime's letters, such as %d-%m-%Y")


ColumnType = (
    Annotated[
        Literal["text", "number", "boolean", "date", "instant", "list"],
        Meanings(
            text="as it stands, leading zeros too",
            number="whole or decimal",
            boolean="true or false, yes or no, 1 or 0",
            date="a day, as ISO 8601 writes it",
            instant="a day and a time, as ISO 8601 writes them",
            list="several values: a;b;c",
        ),
    ]
    | DateColumn
)


class IdentityKey(Model):
    """What makes two rows one person: a field in which they agree, or several fields in all of which they do."""

    field: str | None = Field(None, description="The field")
    all: Many[str] = Field((), description="Fields of which each is filled, and the same")
    compare: (
        Annotated[
            Literal["exact", "text", "phone"],
            Meanings(
                exact="letter by letter",
                text="regardless of case, accents and blanks",
                phone="by its digits, those of the project's country with and without its prefix",
            ),
        ]
        | None
    ) = Field(
        None,
        description="How values are compared: email regardless of case; phone as phone; `all` as text; else exact",
    )
    unless_differ: Many[str] | None = Field(
        None,
        description="Keys that keep two rows apart where both have one and they differ, though this is the same; "
        "the fields of ids that stand before this where left out",
    )
    limit: int = Field(
        10, ge=1, description="One that goes with more different stronger keys tells nobody apart"
    )

    @property
    def name(self) -> str:
        """What it is called: `email`, `last_name+postcode`."""
        return self.field or "+".join(self.all)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it is made of."""
        return (self.field,) if self.field is not None else self.all

    @model_validator(mode="after")
    def _is_one_kind(self) -> "IdentityKey":
        if (self.field is None) == (not self.all):
            raise ValueError("a key is one field or several; write field: … or all: […]")
        if self.all and len(set(self.all)) < 2:
            raise ValueError("`all` takes several fields; write field: … for one")
        return self


class SourceFirst(Model):
    """A source whose values count before those of the others."""

    source: str = Field(description="Its file, or a pattern of files, as `contacts` names it")


SurvivorRule = (
    Annotated[
        Literal["first", "newest", "oldest", "longest", "most_common"],
        Meanings(
            first="of the first row that has one, in the order of the sources",
            newest="of the row that changed last",
            oldest="of the row that changed first",
            longest="the one with most letters",
            most_common="the one that most rows have",
        ),
    ]
    | SourceFirst
)


class Survivorship(Model):
    """Which of several values of a field a contact keeps; of equals the first one. Consent follows rules of its own."""

    by: SurvivorRule = Field("first", description="For every field that `fields` leaves out")
    at: str | None = Field(
        None, description="The column with the instant that a row changed at; else its file's time"
    )
    fields: dict[str, SurvivorRule] = Field({}, description="Field → its own rule")


class ConsentColumns(Model):
    """Which columns prove the consent for one topic."""

    state: str = Field(description="The column that says true, yes or 1 where consent was given")
    at: str | None = Field(None, description="The column with the instant it was given")
    source: str | None = Field(None, description="The column that names the form or conversation")
    wording: str | None = Field(None, description="The column with the text they agreed to")
    withdrawn: str | None = Field(
        None, description="The column that says true, yes or 1 where it was withdrawn"
    )
    confirmed: str | None = Field(
        None, description="The column with the instant it was confirmed; empty: not yet"
    )
    words: str | None = Field(
        None, description="The file with the wording in use now, relative to mactl.yaml"
    )
    confirm_within: DurationText | None = Field(
        None, description="How long after they were asked a confirmation counts"
    )
    free: bool = Field(
        False, description="Whether the sources made it no condition for something else"
    )
    unambiguous: bool = Field(False, description="Whether the box was not ticked beforehand")
    channel: Many[str] = Field(("email",), description="The channels it covers")


class DkimKey(Model):
    """A key that messages are signed with."""

    domain: str = Field(description="The signing domain (d=)")
    selector: str = Field(description="The selector (s=)")
    key: str = Field(description="The file of the private key (PEM), relative to mactl.yaml")


DkimKeys = Annotated[
    Annotated[DkimKey, Tag("key")]
    | Annotated[tuple[DkimKey, ...], Strict(False), Field(min_length=1), Tag("keys")],
    Discriminator(lambda value: "keys" if isinstance(value, (list, tuple)) else "key"),
]
"""A key, or several of them."""

_ROOM_BEFORE_TOKEN = 18


class Sender(Model):
    """Who the mail comes from."""

    from_: str = Field(
        alias="from", description="The From address, such as Acme <news@acme.example>"
    )
    reply_to: str | None = Field(None, description="Where replies go, if not to `from`")
    address: str = Field(description="The postal address that stands under every marketing mail")
    unsubscribe: str = Field(
        description="An https address with {token}, or mailto: a mailbox that is read"
    )
    preferences: str | None = Field(
        None, description="An https address with {token} where topics are chosen"
    )
    confirm: str | None = Field(
        None, description="An https address with {token} where consent is confirmed"
    )
    view: str | None = Field(
        None, description="An https address with {token} that shows the message in a browser"
    )
    bounces: str | None = Field(
        None,
        description="The mailbox of bounces; each message's return path is this with +TOKEN before the @",
    )
    dkim: DkimKeys | None = Field(
        None,
        description="Sign every message with this key, or with each of these; the first signature stands on top",
    )
    require_auth: Annotated[
        Literal["enforce", "warn", "off"],
        Meanings(
            enforce="a run that SPF, DKIM or DMARC would fail for is refused",
            warn="it is told, and goes on",
            off="nothing is looked up",
        ),
    ] = Field("warn", description="Whether the DNS must let mail of `from` pass before a large run")
    auth_above: int = Field(
        500, ge=0, description="How many e-mails a run may send without that being looked up"
    )
    nameserver: str | None = Field(
        None,
        description="The name server to ask, HOST:PORT, where this machine's own knows other records than the world",
    )

    @property
    def dkim_keys(self) -> tuple[DkimKey, ...]:
        """The keys that messages are signed with, in the order in which their signatures stand."""
        if self.dkim is None:
            return ()
        return (self.dkim,) if isinstance(self.dkim, DkimKey) else self.dkim

    @property
    def domain(self) -> str:
        """The domain of the From address."""
        return parseaddr(self.from_)[1].rpartition("@")[2]

    @field_validator("bounces")
    @classmethod
    def _leaves_room(cls, value: str | None) -> str | None:
        # A local part has 64 octets (RFC 5321 4.5.3.1.1), of which the token and its + take 46.
        if value is not None and not 0 < value.find("@") <= _ROOM_BEFORE_TOKEN:
            raise ValueError(
                f"there is no room for a token; use a mailbox of at most {_ROOM_BEFORE_TOKEN} letters"
            )
        return value

    @field_validator("preferences", "confirm", "view")
    @classmethod
    def _leads_to_a_page(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith("https://") and "{token}" in value):
            raise ValueError("a page for each recipient is expected; write https://…/{token}")
        return value

    @field_validator("unsubscribe")
    @classmethod
    def _leads_out(cls, value: str) -> str:
        if value.startswith("https://") and "{token}" not in value:
            raise ValueError("the address does not say who unsubscribes; put {token} in it")
        if not value.startswith(("https://", "mailto:")):
            raise ValueError(
                "people must be able to unsubscribe; write mailto:… or https://…/{token}"
            )
        return value


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


class Grounds(Model):
    """Grounds that a recipe may claim only where the project says why."""

    contract: str | None = Field(None, description="Why a contract is a ground here")
    legitimate_interest: str | None = Field(
        None, description="Why the interest outweighs the contact's"
    )


class LookupTable(Model):
    """A table that templates look things up in."""

    file: str = Field(description="A CSV file, relative to mactl.yaml")
    key: str = Field(description="The column that rows are found by")


class CodeList(Model):
    """Codes of which each enrollment gets one."""

    file: str = Field(
        description="A CSV or text file with a code on each line, relative to mactl.yaml"
    )
    column: str | None = Field(None, description="The column with the codes; else the first")


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


class WorkerHeartbeat(Model):
    """What watches `mactl worker`; what watches the runs would not notice which of the two stopped."""

    url: str = Field(description="Asked for time after time while the worker is alive and able")
    failure_url: str | None = Field(
        None, description="Asked for instead while something keeps it from working"
    )
    every: DurationText = Field(
        Duration(minutes=5), description="How often; a time in hours and minutes"
    )

    @field_validator("every")
    @classmethod
    def _is_exact(cls, every: Duration) -> Duration:
        if not every.is_exact or every.exact.total_seconds() < 1:
            raise ValueError("a heart beats by the clock; write 5 minutes or 1 hour")
        return every


class Heartbeat(Model):
    """Addresses of a monitoring service, which raises the alarm where nobody asks for them any more."""

    url: str = Field(description="Asked for (GET) after each `mactl send` that ended well")
    start_url: str | None = Field(None, description="Asked for when a run begins")
    failure_url: str | None = Field(None, description="Asked for after a run that failed")
    worker: WorkerHeartbeat | None = Field(None, description="The same for `mactl worker`")


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


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with its settings; without a mactl.yaml the settings are the defaults."""

    folder: Path
    settings: Settings
    has_file: bool = True

    @property
    def cookbook(self) -> Path:
        """The folder of the recipes."""
        return self.folder / self.settings.recipes

    def path(self, relative: str) -> Path:
        """A path of mactl.yaml as seen from the working directory."""
        return self.folder / relative

    def secret(self, text: str) -> str:
        """`text` with `${NAME}` filled in from the environment.

        Raises ConfigurationError where the environment lacks the name.
        """
        return fill_in_secrets(text, os.environ)


def fill_in_secrets(text: str, environment: Mapping[str, str]) -> str:
    """`text` with each `${NAME}` replaced from `environment`, or by DEFAULT in `${NAME:-DEFAULT}`.

    Raises ConfigurationError where the environment lacks a name that has no default.
    """

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        if name not in environment and default is not None:
            return str(default)
        if name not in environment:
            raise ConfigurationError(
                f"the environment has no {name}, which {FILE_NAME} asks for", f"export {name}=…"
            )
        return environment[name]

    return _SECRET.sub(value, text)


_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def named_secrets(*texts: str) -> dict[str, str | None]:
    """Each NAME of a `${NAME}` in `texts`, with its default; None where they ask for it once without one."""
    names: dict[str, str | None] = {}
    for text in texts:
        for match in _SECRET.finditer(text):
            name, default = match.groups()
            names[name] = None if names.get(name, default) is None else default
    return names


def find_project_folder(start: Path) -> Path | None:
    """The nearest folder with a mactl.yaml at or above `start`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    return None


def load_project(folder: Path) -> tuple[Project, list[Finding]]:
    """The project in `folder`; with the defaults and the findings where its mactl.yaml is faulty.

    Raises UnreadableInput where the file cannot be read.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return Project(folder, Settings(), has_file=False), []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise UnreadableInput(f"{path}: {unreadable}") from unreadable
    document, findings = read_document(text, _shown(path))
    if findings:
        return Project(folder, Settings()), findings
    if document.value is None:
        return Project(folder, Settings()), []
    settings, findings = validate(Settings, document)
    return Project(folder, settings or Settings()), findings


def _shown(path: Path) -> str:
    """`path` relative to the working directory where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def need_sender(settings: Settings) -> Sender:
    """Who the mail comes from; ConfigurationError where mactl.yaml does not say."""
    if settings.sender is None:
        raise ConfigurationError(
            "mactl.yaml does not say who the mail comes from",
            "add sender: {from: …, address: …, unsubscribe: …}",
        )
    return settings.sender
