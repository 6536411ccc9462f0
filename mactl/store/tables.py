"""The tables of the state.

Instants are whole seconds since 1970-01-01T00:00Z, as in the facts, so that no database has a say in time zones.
`recipe` and `step` in ids and tables are the original ids: a rename in the recipe keeps them.
Whoever changes a table adds a migration (`migrations/`) and names it in `REVISION`.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy import Text as AnyText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

REVISION = "0007"
"""The migration that makes these tables: what a state of this mactl stands at."""

EMAIL = "email"
"""The channel that goes over the relay."""

_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows up only on INTEGER
# Compared byte by byte everywhere. A collation has an order of its own, and perhaps another after an update of the
# server's system: what is in an index is not found in it any more then, and what must be unique no longer is.
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")
Instant = BigInteger


class Standing(StrEnum):
    """The status of an enrollment."""

    WAITING = "waiting"
    """It was triggered, and the recipe's pace has not let it in yet."""
    ACTIVE = "active"
    COMPLETED = "completed"
    """It ran to its end, or to an `exit`."""
    LEFT = "left"
    """It ended early: goal, unmatched, a condition, an archived recipe."""
    OUT = "out"
    """It waited to be let in, and met the goal or another reason to leave before it was."""
    MERGED = "merged"
    """The contact turned out to be another, whose enrollment goes on."""


class SendStatus(StrEnum):
    """The status of a send, in the words of the glossary."""

    HELD = "held"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


GONE = frozenset(
    {
        SendStatus.QUEUED,
        SendStatus.CLAIMED,
        SendStatus.SENDING,
        SendStatus.DEFERRED,
        SendStatus.SENT,
        SendStatus.UNKNOWN,
    }
)
"""What counts as gone out: it may not go again, and it counts against caps (rule 1 and 5)."""

FINAL = frozenset(
    {
        SendStatus.SENT,
        SendStatus.FAILED,
        SendStatus.UNKNOWN,
        SendStatus.SKIPPED,
        SendStatus.CANCELLED,
    }
)
"""Nothing more happens to it by itself; the journey passes the step (rule 6)."""

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What belongs to the state as a whole: its id, and the secret that ids and tokens are keyed with."""

runs = Table(
    "runs",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("command", Text, nullable=False),
    Column("now", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("mactl", Text, nullable=False),
    Column("git_commit", Text),
    Column("recipes", Text, nullable=False),  # JSON {id: {"version", "hash"}}
    Column("counts", Text),  # JSON, once it finished
)
"""The logbook: what every run did and what came of it."""

contacts = Table(
    "contacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("merged_into", Text),
)
aliases = Table(
    "aliases",
    metadata,
    Column("age", _Number, primary_key=True, autoincrement=True),
    Column("alias", Text, nullable=False, unique=True),
    Column("contact", Text, nullable=False, index=True),
)
"""Every identity key ever seen (`email:ann@example.com`), oldest first, and whose it is."""

identity_decisions = Table(
    "identity_decisions",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # merge, split
    Column("contact", Text, nullable=False),  # who stays
    Column("other", Text, nullable=False),  # who was merged into them, or was split from them
    Column("named", Text, nullable=False),  # JSON: the aliases that a split named
    Column("moved", Text, nullable=False),  # JSON: all aliases that went with them
    Column("after", _Number, nullable=False),  # the age of the newest alias then
    Column("at", Instant, nullable=False),
    Column("why", Text),
    Column("undone_at", Instant),
    Column("undone_why", Text),
)
"""Who is one person, or two, because somebody said so."""

enrollments = Table(
    "enrollments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("recipe", Text, nullable=False),
    Column("version", _Number, nullable=False),
    Column("contact", Text, nullable=False, index=True),
    Column("occurrence", Text, nullable=False),
    Column("trigger_at", Instant, nullable=False),
    Column("trigger", Text, nullable=False),  # JSON: the event's properties
    Column("entered_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("arrived_at", Instant, nullable=False),
    Column("due_at", Instant),  # when the step passes by itself; null where it waits for an outcome
    Column("ended_at", Instant),
    Column("why", Text),
    Column("draws", Text),  # JSON: the draw's name → its outcome (holdout, an arm), as it was made
    Column("goal_at", Instant),  # when the goal was met, whether that ended it or not
    Column(
        "outside_at", Instant
    ),  # ended: when the contact was first seen outside the entry segment again
    Index(None, "recipe", "status"),
)

sends = Table(
    "sends",
    metadata,
    Column("id", Text, primary_key=True),
    Column("enrollment", Text, nullable=False, index=True),
    Column("run", _Number, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("version", _Number, nullable=False),
    Column("step", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("variant", Text),
    Column("occurrence", Text, nullable=False),
    Column("contact", Text, nullable=False, index=True),
    Column("contact_key", Text),  # this and the address may be missing where it was skipped
    Column("address", Text),  # as it is written to
    Column("address_key", Text, index=True),  # as it is compared
    Column("zone", Text),  # the contact's IANA time zone, for quiet hours; null for the project's
    Column("channel", Text, nullable=False),
    Column("marketing", Boolean, nullable=False),
    Column("topic", Text),
    Column("ground", Text),
    Column("shared", Text),  # the value of the field that `one_per` names
    Column("priority", _Number, nullable=False),
    Column("status", Text, nullable=False),
    Column("gate", Text),  # which gate holds or skipped it
    Column("reason", Text),
    Column("due_at", Instant, nullable=False),
    Column("latest_at", Instant, nullable=False),  # from when on it is too late
    Column("legal_until", Instant),  # queued: when quiet hours or the recipe's window shut again
    Column("hold_until", Instant),  # held: the next legal moment; deferred: the next try
    Column("released_at", Instant),  # when it went to the queue; the next wait counts from here
    Column("attempts", _Number, nullable=False, default=0),
    Column("worker", Text),
    Column("lease_until", Instant),
    Column("boot", Text),
    Column("settled_at", Instant),
    Column("kind", Text),  # failed: what the refusal is about
    Column("code", Text),
    Column("response", Text),
    Column("message_id", Text, unique=True),
    Column("content", Text),  # the template's hash
    Column("merge", Text),  # JSON: the merge values
    Index(None, "status", "hold_until"),
    Index(None, "recipe", "template"),
    Index(None, "released_at"),
)
queue = Index(
    "ix_sends_queue",
    sends.c.channel,
    sends.c.priority.desc(),
    sends.c.due_at,
    sends.c.id,
    # In PostgreSQL too, see `fresh`; naming its dialect here would have everybody read it.
    sqlite_where=text("status = 'queued'"),
)
"""What is queued in the order it is drained; with all the sent ones in it, every claim would sort them."""

contents = Table(
    "contents",
    metadata,
    Column("hash", Text, primary_key=True),
    Column(
        "source", Text, nullable=False
    ),  # JSON: all that rendering needs beside the merge values
)
"""Templates as they were when something was queued: a worker needs no recipe."""

events = Table(
    "events",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("contact", Text, nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source_id", Text, unique=True),
    Column("properties", Text, nullable=False),  # JSON
)
"""What mactl noticed and did beside sending, as events; a sent message is told by `sends` itself."""

versions = Table(
    "versions",
    metadata,
    Column("recipe", Text, primary_key=True),
    Column("version", _Number, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("contents", Text, nullable=False),  # JSON: step → hash in `contents`
    Column("at", Instant, nullable=False),
)
"""Recipes as they last ran, version by version: people inside finish the version that they entered."""

actions = Table(
    "actions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("enrollment", Text, nullable=False, index=True),
    Column("run", _Number, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("version", _Number, nullable=False),
    Column("step", Text, nullable=False),
    Column("contact", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),  # notify, task, export, webhook
    Column("target", Text, nullable=False),  # the team, the file, the webhook
    Column("body", Text, nullable=False),  # JSON: what is told
    Column("status", Text, nullable=False),  # as of sends; never held or skipped
    Column("due_at", Instant, nullable=False),  # from when on it may be done, or tried again
    Column("attempts", _Number, nullable=False, default=0),
    Column("worker", Text),
    Column("lease_until", Instant),
    Column("boot", Text),
    Column("settled_at", Instant),
    Column("response", Text),
    Index(None, "status", "due_at"),
)
"""What is told to colleagues and other systems: each once, whatever crashes."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""How contacts last stood, packed, to notice what changed: stages, segments, fields."""

codes = Table(
    "codes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("enrollment", Text, nullable=False),
    UniqueConstraint("name", "enrollment"),
)
"""Codes that were handed out, each to one enrollment."""

quotas = Table(
    "quotas",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", BigInteger),  # epoch milliseconds: when the next one may go
    Column("day", BigInteger),  # since 1970, in the project's zone
    Column("used", Integer),  # of that day
    Column("first_day", BigInteger),
)
"""How fast, and how many a day, all workers together may send."""

overrides = Table(
    "overrides",
    metadata,
    Column("recipe", Text, primary_key=True),
    Column("status", Text, nullable=False),  # paused, archived
    Column("at", Instant, nullable=False),
    Column("reason", Text),
)
"""The status that a command gave a recipe, whatever its file says."""

suppressions = Table(
    "suppressions",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("address_key", Text, nullable=False),  # compared regardless of case
    Column("topic", Text, nullable=False),  # "" for all mail
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),  # command, bounce, complaint, …
    Column("at", Instant, nullable=False),
    Column("send", Text),
    UniqueConstraint("address_key", "topic"),
)
"""Addresses that must not be written to, and why."""

consents = Table(
    "consents",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("commitment", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column(
        "erased", BigInteger
    ),  # how many entries lost their content here; see `mactl.consent.chain`
    Column("contact", Text),  # this and all that follows is null once it is erased
    Column("topic", Text),  # "" for all marketing
    Column("state", Text),  # granted, withdrawn, pending, corrected; erased
    Column("at", Instant),
    Column("source", Text),
    Column("place", Text),
    Column("wording", Text),  # of `wordings`
    Column("file", Text),
    Column("free", Text),
    Column("specific", Text),
    Column("informed", Text),
    Column("unambiguous", Text),
    Column("channels", Text),  # email;sms
    Column("corrects", BigInteger),
    Column("origin", Text),
    Column("recorded_at", Instant),
    Column("recorded_by", Text),
)
"""The ledger of consents, which is only added to: see `mactl.consent`."""

consent_keys = Table(
    "consent_keys",
    metadata,
    Column("contact", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)
"""What a contact's entries in the ledger are committed to with; erasing somebody begins here."""

wordings = Table(
    "wordings",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("text", Text, nullable=False),
)
"""The words that people were shown when they consented, by their SHA-256."""

syncs = Table(
    "syncs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""What other systems were last told of everybody, packed: to tell them only what is new."""

sync_batches = Table(
    "sync_batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sync", Text, nullable=False),
    Column("number", _Number, nullable=False),  # they go in this order
    Column("status", Text, nullable=False),  # queued, sent
    Column("body", Text, nullable=False),  # JSON: what is told
    Column("told", Text, nullable=False),  # JSON: contact → its key and mark; null where it is gone
    Index(None, "sync", "number"),
)
"""What other systems are being told, so that a repetition says the very same; gone once the sync is over."""

erasures = Table(
    "erasures",
    metadata,
    Column("key", Text, primary_key=True),  # the keyed hash of something that they were known by
    Column("erasure", Text, nullable=False, index=True),  # drawn: which of these belong together
    Column("at", Instant, nullable=False),
)
"""Who was erased: so that no import brings them back, and nobody can tell from here who they were."""
