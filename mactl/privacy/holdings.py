"""What holds people: every table of the state and every place of files, what it holds, and what an erasure makes of it.

Export, erasure, register and the docs are made from this list; a test fails for a table or a column that it lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Becomes(StrEnum):
    """What an erasure makes of what a table holds of somebody."""

    DELETED = "deleted"
    NAMELESS = "made nameless"
    """The row stays, so that counts do, with nothing by which anybody could be known."""
    HASHED = "kept as a keyed hash"
    EMPTIED = "emptied"
    """What it holds goes, and that there was something stays."""
    KEPT = "kept"
    """It is nobody's."""


class To(StrEnum):
    """What stands in a column of a row that was made nameless."""

    NOTHING = "nothing"
    NOBODY = "a drawn id, the same in all that was theirs"
    DRAWN = "a drawn id"
    ITS_ENROLLMENT = "the id that was drawn for its enrollment"
    ERASED = "erased"
    NO_OBJECT = "{}"


@dataclass(frozen=True, slots=True)
class Holding:
    """A table: what it holds of people in words that they understand, and which columns do.

    `by` is the column that says whose a row is. `personal` are columns that are about somebody, with what stands there
    in a row made nameless; `plain` say nothing of anybody. `words` are columns in which the row of somebody else, or of
    nobody, may name them.
    """

    table: str
    what: str
    becomes: Becomes
    by: str | None = None
    personal: Mapping[str, To | None] = field(default_factory=dict)
    plain: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        """All that it names."""
        return {*self.personal, *self.plain}


def _all(*names: str) -> dict[str, To | None]:
    return dict.fromkeys(names)


HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "contacts", "who they are", Becomes.DELETED, "id",
        _all("id", "key", "merged_into"),
    ),
    Holding(
        "aliases", "keys by which they are recognised", Becomes.DELETED, "contact",
        _all("alias", "contact"), ("age",),
    ),
    Holding(
        "identity_decisions", "that somebody said that they are one person with another, or two", Becomes.DELETED, None,
        _all("contact", "other", "named", "moved", "why", "undone_why"), ("number", "kind", "after", "at", "undone_at"),
        words=("named", "moved", "why", "undone_why"),
    ),
    Holding(
        "enrollments", "journeys that they went through", Becomes.NAMELESS, "contact",
        {
            "id": To.DRAWN, "contact": To.NOBODY, "occurrence": To.ERASED, "trigger": To.NO_OBJECT,
            "why": To.ERASED,
        },
        (
            "recipe", "version", "trigger_at", "entered_at", "status", "step", "arrived_at", "due_at", "ended_at",
            "draws", "goal_at", "outside_at",
        ),
        words=("trigger", "why"),
    ),
    Holding(
        "sends", "messages to them", Becomes.NAMELESS, "contact",
        {
            "id": To.DRAWN, "enrollment": To.ITS_ENROLLMENT, "occurrence": To.ERASED, "contact": To.NOBODY,
            "contact_key": To.NOTHING, "address": To.NOTHING, "address_key": To.NOTHING, "zone": To.NOTHING,
            "shared": To.NOTHING, "reason": To.NOTHING, "response": To.NOTHING, "message_id": To.NOTHING,
            "merge": To.NOTHING, "worker": To.NOTHING, "boot": To.NOTHING,
        },
        (
            "run", "recipe", "version", "step", "template", "variant", "channel", "marketing", "topic", "ground",
            "priority", "status", "gate", "due_at", "latest_at", "legal_until", "hold_until", "released_at",
            "attempts", "lease_until", "settled_at", "kind", "code", "content",
        ),
        words=("reason", "response", "merge"),
    ),
    Holding(
        "events", "what was noticed of them: clicks, bounces, changes of fields, stages and segments, tasks",
        Becomes.NAMELESS, "contact",
        {"contact": To.NOBODY, "source_id": To.NOTHING, "properties": None}, ("number", "event", "at"),
        words=("properties",),
    ),
    Holding(
        "actions", "what colleagues and other systems were told of them", Becomes.DELETED, "contact",
        _all("id", "enrollment", "contact", "target", "body", "response", "worker", "boot"),
        (
            "run", "recipe", "version", "step", "kind", "status", "due_at", "attempts", "lease_until", "settled_at",
        ),
        words=("body", "response"),
    ),
    Holding(
        "snapshots", "how they stood at the last run, to notice changes", Becomes.EMPTIED, None,
        _all("data"), ("name", "at"),
    ),
    Holding(
        "codes", "codes that they were given", Becomes.NAMELESS, "enrollment",
        {"enrollment": To.ITS_ENROLLMENT}, ("name", "code"),
    ),
    Holding(
        "suppressions", "that they must not be written to", Becomes.HASHED, "address_key",
        _all("address_key", "reason", "send"), ("number", "topic", "source", "at"),
        words=("reason",),
    ),
    Holding(
        "consents", "consents that they gave and withdrew, with the proof", Becomes.EMPTIED, "contact",
        _all(
            "contact", "topic", "state", "at", "source", "place", "wording", "file", "free", "specific", "informed",
            "unambiguous", "channels", "corrects", "origin", "recorded_at", "recorded_by",
        ),
        ("number", "commitment", "link", "erased"),
    ),
    Holding(
        "consent_keys", "the key of the seal on these consents", Becomes.DELETED, "contact",
        _all("contact", "key"),
    ),
    Holding(
        "wordings", "the words that they were shown when they consented", Becomes.DELETED, None,
        _all("hash", "text"),
    ),
    Holding(
        "syncs", "what other systems were last told of them", Becomes.EMPTIED, None,
        _all("data"), ("name", "at"),
    ),
    Holding(
        "sync_batches", "what other systems are being told of them", Becomes.DELETED, None,
        _all("body", "told"), ("id", "sync", "number", "status"),
    ),
    Holding(
        "erasures", "that somebody was erased, as keyed hashes", Becomes.KEPT, None,
        {}, ("key", "erasure", "at"),
    ),
    Holding("meta", "the state's own id and secret", Becomes.KEPT, None, {}, ("name", "value")),
    Holding(
        "runs", "what runs did, as counts", Becomes.KEPT, None, {},
        (
            "number", "command", "now", "started_at", "finished_at", "mactl", "git_commit", "recipes", "counts",
        ),
    ),
    Holding(
        "contents", "templates, without anybody's data", Becomes.KEPT, None, {}, ("hash", "source"), ("source",),
    ),
    Holding(
        "versions", "recipes as they ran", Becomes.KEPT, None, {},
        ("recipe", "version", "hash", "text", "contents", "at"), ("text",),
    ),
    Holding(
        "quotas", "how much was sent", Becomes.KEPT, None, {},
        ("name", "next_at", "day", "used", "first_day"),
    ),
    Holding(
        "overrides", "recipes that a command paused", Becomes.KEPT, None, {},
        ("recipe", "status", "at", "reason"), ("reason",),
    ),
)  # fmt: skip

OF_RECIPES = frozenset({"contents", "versions"})
"""Copies of what recipes say: as long as these say it, the next run would bring it back."""

BY_TABLE: Mapping[str, Holding] = {holding.table: holding for holding in HOLDINGS}

COUNTED = frozenset({"bounced", "opened", "clicked", "replied", "unsubscribed", "complained"})
"""Events, by the last word of their name, that reports count: they stay, made nameless."""
MOVES = frozenset({"stage_changed", "segment_joined", "segment_left"})
"""Events of the funnel, which stay as well."""
NAMELESS_PROPERTIES = frozenset(
    {
        "recipe", "step", "template", "variant", "channel", "topic", "from", "to", "segment", "bounce", "bounce_status",
        "bounce_cause",
    }
)  # fmt: skip
"""Properties of these that say nothing of anybody."""
