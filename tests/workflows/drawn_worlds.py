"""Worlds by lot: people, what they do, what befalls the messages, and edits of the cookbook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import yaml
from hypothesis.strategies import integers

from mactl.delivery.transport import (
    Answer,
    Begin,
    Envelope,
    Following,
    Lost,
    Reply,
    Stage,
    at_once,
    nothing,
)
from mactl.people.events import events_from_rows
from mactl.people.people import people_from_rows
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.workflows.timing.crowd import Crowd
from tests.workflows.drawn_recipes import EDITS, EVENTS, RECIPES
from tests.workflows.lots import either, mapping, number, one, several, some, together

STARTS = [
    datetime(2026, 12, 1, 8, tzinfo=UTC),
    datetime(2026, 10, 24, 20, tzinfo=UTC),  # the night on which the clocks go back
    datetime(2027, 3, 27, 20, tzinfo=UTC),  # and forward
]
PEOPLE = ["ann", "bob", "cas", "dan"]
ZONES = [None, "America/New_York", "Asia/Tokyo"]
SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Amsterdam",
    "country": "NL",
    "engine": "pandas",
    "identity": ["contact_id", "email"],
    "sender": {"from": "a@acme.test", "address": "Acme", "unsubscribe": "https://acme.test/u/{token}"},
    "grounds": {"legitimate_interest": "nobody is written to", "contract": "nobody is written to"},
    "teams": {"sales": {"email": "sales@acme.test"}},
    "webhooks": {"crm": {"url": "https://crm.acme.test/in"}},
    "channels": {
        "sms": {"webhook": "https://sms.acme.test/in"}, "push": {"webhook": "https://push.acme.test/in"},
        "whatsapp": {"webhook": "https://wa.acme.test/in"}, "post": {"file": "exports/post.csv"},
        "ads": {"file": "exports/ads.csv", "columns": ["email"]},
    },
}  # fmt: skip
CONSENT = {"state": "ok", "at": "at", "source": "src", "wording": "txt", "free": True, "unambiguous": True}  # fmt: skip
CAP, BUDGET = 1, 2

LIMITS = some({
    "min_gap": one(["1 hours", "1 day"]),
    "per_contact": one([[{"messages": CAP, "within": "1 day"}]]),
    "quiet_hours": one([{"from": "22:00", "to": "07:00"}]),
    "budget": one([{"sms": f"{BUDGET} per day"}]),
    "never": one([[], [], [], ["first.golden"]]),
})  # fmt: skip
TIER = one(["gold", "gold", "tin", "lead"])
ENDS = one(["2026-12-03", "2026-10-26", "2027-03-29", None])
CONTACT = mapping({
    "tier": TIER,
    "company": one(["acme", "acme", None]),
    "age": one([30, 40]),
    "ends": ENDS,
    "timezone": one(ZONES),
    "phone": one(["+31612345677", "+31612345678", "+31612345679", None]),
    "push_token": one(["p1", None]),
    "postal_address": one(["Dam 1", None]),
    "preferred_channel": one([None, "sms", "post"]),
    "ok": one(["yes", "yes", "no", None]),
    "at": one(["2026-01-01T10:00", "2026-01-01T10:00", None]),
})  # fmt: skip
REACTION = together(
    one([*["opened", "clicked", "replied"] * 2, "bounced", "unsubscribed", "complained"]),
    number(0, 3000),
)  # fmt: skip
ANSWERS: dict[str, Reply | Lost] = {
    "taken": Reply(250, "2.0.0 taken", Stage.MESSAGE),
    "later": Reply(451, "4.3.0 later", Stage.RCPT),
    "nobody": Reply(550, "5.1.1 nobody", Stage.RCPT),
    "lost": Lost(Stage.MESSAGE, "hung up"),
}
WORLD = mapping({
    "recipes": RECIPES,
    "edits": EDITS,
    "limits": LIMITS,
    "start": one(STARTS),
    "contacts": several(CONTACT, 4, 4),
    "moves": several(together(
        number(1, 8), one(PEOPLE),
        either(mapping({"tier": TIER}), mapping({"ends": ENDS})),
    ), 0, 4),
    "events": several(
        together(
            one(PEOPLE), one(EVENTS), number(-600, 4000), number(1, 3)
        ),
        4, 16,
    ),
    "starts": several(
        together(number(-60, 300), number(1, 3)), len(PEOPLE), len(PEOPLE)
    ),
    "purchases": several(together(one(PEOPLE), number(1, 2)), 0, 2),
    "reactions": several(either(one([None]), REACTION), 2, 8),
    "tasks": several(either(one([None]), number(0, 3000)), 1, 3),
    "answers": several(one(["taken", "taken", *ANSWERS]), 3, 6),
    "ticks": several(one([1, 5, 61, 180, 600, 1440, 3000]), 5, 9),
    "merge_at": number(0, 20),
    "gone_at": number(0, 20),
})  # fmt: skip
"""`starts`: when each of them begins, and with which key; `moves`: before which run, whose cells, what; `reactions` and
`tasks`: to the n-th message or task, how many minutes after it (none: nothing); `answers`: the server's, one after the
other, round and round."""
SEEDS = integers(0, 2**63)


def world_of(seed: int) -> dict[str, Any]:
    """The world that is drawn from a seed."""
    world: dict[str, Any] = WORLD(Random(seed))
    return world


class Weather:
    """A transport that answers as it was drawn."""

    is_open = True

    def __init__(self, answers: Sequence[str]) -> None:
        self._answers = cycle(answers)

    async def open(self) -> "Weather":
        return self

    async def deliver(
        self, envelope: Envelope, begin: Begin = at_once, following: Following = nothing
    ) -> Answer | None:
        """Who refuses a recipient sees nothing of the message."""
        answer = ANSWERS[next(self._answers)]
        return answer if answer.stage is not Stage.MESSAGE or await begin() else None

    async def close(self) -> None:
        pass


def settings_of(world: Mapping[str, Any]) -> Settings:
    limits = world["limits"]
    return Settings.model_validate(
        {**SETTINGS, "limits": limits, "consent": {"offers": CONSENT}, "columns": {"age": "number"}}
    )


@dataclass(frozen=True)
class Sources:
    """What the files say from one run on: bob may turn out to be ann, dan may be gone, and cells may be others."""

    merged: bool = False
    gone: bool = False
    moved: Mapping[str, Mapping[str, Any]] | None = None

    def crowd(
        self, world: Mapping[str, Any], declared: Settings, aliases: Mapping[str, str]
    ) -> Crowd:
        """Everybody; the state knows them by their `aliases`."""
        rows = []
        for who, said in zip(PEOPLE, world["contacts"], strict=True):
            email = "ann@acme.test" if self.merged and who == "bob" else f"{who}@acme.test"
            cells = {**said, **(self.moved or {}).get(who, {})}
            if not (self.gone and who == "dan"):
                rows.append(
                    {"contact_id": who, "email": email, **cells, "src": "form", "txt": "yes"}
                )
        people = people_from_rows(declared, rows, aliases)
        return Crowd(people, events_from_rows(declared, _happened(world), people))


def _happened(world: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = [
        {
            "id": str(number), "contact_id": who, "event": event, "key": f"k{key}", "ends": "2026-12-04",
            "at": (world["start"] + timedelta(minutes=minutes)).isoformat(),
        }
        for number, (who, event, minutes, key) in enumerate(world["events"])
    ]  # fmt: skip
    told += [
        {
            "id": f"s{who}", "contact_id": who, "event": "start", "key": f"k{key}", "ends": "2026-12-03T12:00",
            "at": (world["start"] + timedelta(minutes=minutes)).isoformat(),
        }
        for who, (minutes, key) in zip(PEOPLE, world["starts"], strict=True)
    ]  # fmt: skip
    before = (world["start"] - timedelta(days=100)).isoformat()
    bought = [
        {"id": f"p{number}", "contact_id": who, "event": "purchase", "key": f"k{key}", "at": before,
         "opt_out_offered": True}
        for number, (who, key) in enumerate(world["purchases"])
    ]  # fmt: skip
    return told + bought


def cookbook_of(said: Mapping[str, Any]) -> Cookbook:
    found = {}
    for name, body in said.items():
        text = yaml.safe_dump({"recipe": name, **body}, sort_keys=False)
        recipe, findings = parse_recipe(text, Path(f"{name}.yaml"))
        assert recipe is not None, findings
        found[name] = recipe
    return Cookbook(found)


def instants(world: Mapping[str, Any]) -> Iterator[datetime]:
    now = world["start"]
    yield now
    for minutes in world["ticks"]:
        now += timedelta(minutes=minutes)
        yield now
