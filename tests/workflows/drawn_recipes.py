"""Recipes by lot: every kind of step, trigger, condition, limit and edit may come up."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.workflows.lots import (
    Draw,
    Lot,
    chance,
    drawn,
    either,
    made,
    number,
    one,
    several,
    together,
)

EVENTS = ["start", "visit", "paid", "cancel"]
LENGTH = one(["1 minutes", "3 hours", "1 day", "36 hours", "1 business days", "1 week"])
Drawn = dict[str, Any]

_TESTS: list[Drawn] = [
    {"field": "tier", "eq": "gold"},
    {"field": "ends", "within_next": "2 days"},
    {"field": "worth", "gte": 35},
    {"field": "tier", "changed": {"within_last": "1 day"}},
    {"event": "visit"},
    {"event": "visit", "since": "ever", "count": {"gte": 2}},
    {"event": "visit", "never": True},
    {"event": "visit", "last": {"older_than": "5 hours"}},
    {"event": "paid", "same": "key"},
    {"event": "visit", "not_followed_by": {"event": "paid", "within": "4 hours"}},
    {"none": [{"event": "visit", "within_last": "1 day"}]},
    {"sent": "any"},
    {"opened": "any"},
    {"clicked": "any", "within_last": "1 day"},
    {"replied": "any"},
    {"bounced": "any", "never": True},
    {"segment": "golden"},
    {"segment": "golden", "joined": {"within_last": "1 day"}},
    {"score": "heat", "gte": 10},
    {"score": "heat", "rose_by": 5, "within_last": "1 day"},
    {"stage": "warm"},
    {"stage": {"at_least": "warm"}},
    {"label": "worth", "in": ["high", "low"]},
    {"tag": "hot"},
    {"consent": "offers"},
    {"consent": "offers", "is": "withdrawn"},
    {"task": "call", "is": "open"},
    {"task": "call", "is": "overdue"},
    {"trigger": "key", "eq": "k1"},
    {"completed": "target"},
    {"enrolled": "target"},
    {"sample": "50%", "seed": "pilot"},
    {"anyone": "company", "has": {"event": "paid"}},
]
CONDITION: Lot = either(
    one(_TESTS),
    made(
        lambda how, several: {how: several},
        one(["any", "all"]),
        several(one(_TESTS), 2, 2),
    ),
)
CHANNELS = [
    "email", "email", "sms", "push", "post", ["preferred", "sms", "email"], ["whatsapp", "ads", "email"],
]  # fmt: skip
ACTS: list[Drawn] = [
    {"set": {"tier": "gold"}}, {"set": {"tier": None}}, {"tag": "hot"}, {"untag": "hot"},
    {"enroll": "target"}, {"enroll": "first"},
    {"notify": {"to": "sales", "message": "x"}},
    {"export": {"to": "exports/x.csv", "columns": ["email"]}},
    {"webhook": {"to": "crm", "body": {"x": "y"}}},
    {"suppress": {"topic": "offers", "reason": "silent"}}, {"suppress": "silent"},
]  # fmt: skip


@dataclass
class Names:
    """Ids and templates of one recipe on its way to being written; none of them comes twice."""

    prefix: str = ""
    count: int = 0
    waits: list[str] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)
    templates: dict[str, dict[str, str]] = field(default_factory=dict)

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{self.prefix}{kind}{self.count}"

    def template(self, draw: Draw) -> str:
        if self.templates and draw(chance(5)):
            return str(draw(one(sorted(self.templates))))
        kind = draw(one(["marketing", "marketing", "service"]))
        name = self.new("t")
        texts = dict.fromkeys(("subject", "sms", "push", "whatsapp", "post"), name)
        self.templates[name] = {"kind": kind, "body": "x", **texts}
        return name


def condition(draw: Draw, names: Names) -> Drawn:
    """A condition, at times about a message of the recipe's own."""
    if names.sends and draw(chance(4)):
        reaction = draw(one(["sent", "opened", "clicked", "replied", "bounced"]))
        return {reaction: draw(one(names.sends))}
    return dict(draw(CONDITION))


def trunk_of(draw: Draw, names: Names, depth: int) -> list[Drawn]:
    """The steps of a journey: most begin with a message, or there would be worlds in which nothing happens."""
    begin = [_send(draw, names, depth)] if not draw(chance(4)) else []
    return [_TASK, *begin, *(step_of(draw, names, depth) for _ in range(draw(number(2, 6))))]


def steps_of(draw: Draw, names: Names, depth: int) -> list[Drawn]:
    return [step_of(draw, names, depth) for _ in range(draw(number(1, 3 if depth else 2)))]


def step_of(draw: Draw, names: Names, depth: int) -> Drawn:
    kind = draw(one([*_FLAT, *_BRANCHING] if depth else _FLAT))
    made: Callable[[Any, Names, int], Drawn] = _STEPS[kind]
    return made(draw, names, depth)


def _send(draw: Draw, names: Names, depth: int) -> Drawn:
    id = names.new("send")
    names.sends.append(id)
    target = {
        "template": names.template(draw),
        "id": id,
        "channel": draw(one(CHANNELS)),
    }
    more = {"max_cost": 0.15, "latest": draw(LENGTH), "subject": "x"}
    kept = [name for name in more if draw(chance(6))]
    return {"send": {**target, **{name: more[name] for name in kept}}}


def _wait(draw: Draw, names: Names, depth: int) -> Drawn:
    id = names.new("w")
    names.waits.append(id)
    wait = draw(one([{}, {"at": "09:00"}, {"days": ["tue", "sat"]}]))
    by = draw(one([{"trigger": "key"}, {"field": "tier"}, {"label": "worth"}]))
    by_data = {"by": by, "k1": draw(LENGTH), "gold": draw(LENGTH), "high": "2 hours", "*": "1 day"}
    length = by_data if draw(chance(5)) else draw(LENGTH)
    return {"id": id, "wait": {"for": length, **wait}}


def _wait_until(draw: Draw, names: Names, depth: int) -> Drawn:
    date = draw(one(["ends", {"trigger": "ends"}, "2026-12-03"]))
    offset = draw(one(["-1 days", "2 hours"]))
    return {"wait_until": {"date": date, "offset": offset}}


def _act(draw: Draw, names: Names, depth: int) -> Drawn:
    return dict(draw(one(ACTS)))


def _go_back(draw: Draw, names: Names, depth: int) -> Drawn:
    if not names.waits:
        return _wait(draw, names, depth)
    to = draw(one(names.waits))
    return {"choose": [{"when": condition(draw, names), "then": [{"go_to": to}]}]}


def _ask(draw: Draw, names: Names, depth: int) -> Drawn:
    request = {
        "topic": "offers",
        "template": names.template(draw),
        "wording": draw(one("ab")),
    }
    found: Drawn = {"ask_consent": request, "up_to": draw(LENGTH)}
    return found | ({"then": [{"tag": "hot"}], "else": [{"untag": "hot"}]} if depth else {})


def _wait_for(draw: Draw, names: Names, depth: int) -> Drawn:
    found: Drawn = {"wait_for": condition(draw, names), "up_to": draw(LENGTH)}
    found["then"] = steps_of(draw, names, depth - 1)
    return found | ({"else": steps_of(draw, names, depth - 1)} if draw(chance(2)) else {})


def _choose(draw: Draw, names: Names, depth: int) -> Drawn:
    cases: list[Drawn] = [
        {"when": condition(draw, names), "then": steps_of(draw, names, depth - 1)}
        for _ in range(draw(number(1, 2)))
    ]
    otherwise = {"else": steps_of(draw, names, depth - 1)}
    return {"choose": [*cases, otherwise] if draw(chance(2)) else cases}


def _split(draw: Draw, names: Names, depth: int) -> Drawn:
    arms: Drawn = {
        name: {"share": "30%", "steps": steps_of(draw, names, depth - 1)} for name in "ab"
    }
    measure = draw(one(["opened", "clicked", "replied", "goal"]))
    arms["c"] = draw(one([
        {"share": "40%", "steps": [{"tag": "hot"}]},
        {"share": "40%", "after": "5 hours", "measure": measure, "fallback": "a"},
        {"share": "40%", "after": "2 hours", "measure": measure, "at_least": 2, "fallback": "b"},
    ]))  # fmt: skip
    per = draw(one(["contact", "enrollment"]))
    return {"split": names.new("s"), "per": per, "arms": arms}


def _milestone(draw: Draw, names: Names, depth: int) -> Drawn:
    when = condition(draw, names)
    found: Drawn = {"milestone": names.new("m"), "when": when, "up_to": draw(LENGTH)}
    return found | ({"else": [{"exit": "no"}]} if draw(chance(2)) else {})


def _exit(draw: Draw, names: Names, depth: int) -> Drawn:
    return {"choose": [{"when": condition(draw, names), "then": [{"exit": "out"}]}]}


_STEPS: dict[str, Callable[[Any, Names, int], Drawn]] = {
    "send": _send, "wait": _wait, "wait_until": _wait_until, "act": _act, "go_back": _go_back, "ask": _ask,
    "wait_for": _wait_for, "choose": _choose, "split": _split, "milestone": _milestone, "exit": _exit,
}  # fmt: skip
_FLAT = ["send", "send", "send", "wait", "wait", "wait_until", "act", "go_back", "ask"]
_BRANCHING = ["wait_for", "choose", "split", "milestone", "exit"]

ENTER = {
    "first": either(
        one([
            {"event": "start"}, {"event": "start", "key": "key"},
            {"event": "start", "where": {"key": {"in": ["k1", "k2"]}}},
            {"event": "start", "if": {"trigger": "key", "in": ["k1", "k2"]}},
            {"segment": "golden"}, {"segment": "golden", "if": {"field": "age", "empty": False}},
        ]),
        one([
            {"event": "field_changed", "where": {"field": "tier"}}, {"event": "stage_changed"},
            {"event": "segment_joined", "where": {"segment": "first.golden"}},
            {"event": "task_done"}, {"event": "email_clicked"}, {"event": "unsubscribed"},
            {"segment": "golden", "existing": False}, {"handover": True},
        ]),
    ),
    "target": one([{"handover": True}, {"segment": "golden"}, {"event": "visit"}]),
    "slots": one([
        {"every": "day", "at": "02:30", "segment": "everyone"}, {"cron": "0 */6 * * *", "segment": "everyone"},
        {"every": ["tue", "sat"], "at": "09:00", "segment": "everyone", "if": {"none": [{"tag": "hot"}]}},
        {"once": "2026-12-02T09:00", "segment": "everyone"},
        {"date": "ends", "offset": "-1 days", "at": "02:30"}, {"date": "ends", "yearly": True},
        {"date": "ends", "if": {"field": "tier", "ne": "lead"}},
    ]),
}  # fmt: skip
_OPTIONS = {
    "pace": one([{"start": "1/hour"}, {"start": "2/day", "grow": "50%", "max": "4/day"}]),
    "exclude": CONDITION,
    "holdout": one(["40%"]),
    "one_per": one([{"field": "company", "first": [{"field": "age"}]},
                                {"field": "company", "first": [{"score": "heat"}]}]),
    "send_window": one([
        {"days": ["mon", "wed", "sun"], "from": "08:00", "to": "20:00"},
        {"days": ["tue", "thu", "sat"], "from": "08:00", "to": "20:00", "holidays": "skip"},
    ]),
    "latest": one(["1 hours", "5 days"]),
    "on_goal": one([[{"enroll": "target"}], [{"tag": "hot"}, {"set": {"tier": "gold"}}]]),
}  # fmt: skip
PRIVACY = one([
    {"basis": ["legitimate_interest"], "topic": "offers", "purpose": "x"},
    {"basis": ["consent", "legitimate_interest"], "topic": "offers", "purpose": "x"},
    {"basis": ["consent", "legitimate_interest"], "topic": "offers", "purpose": "x"},
    {"basis": ["consent"], "topic": "offers", "purpose": "x"},
    {"basis": ["existing_customer", "contract"], "similar_to": "k1", "similar": "key", "topic": "offers",
     "purpose": "x"},
    {"basis": ["legitimate_interest"], "topic": "offers", "purpose": "x"},
])  # fmt: skip
GOAL = one([{"event": "paid"}, {"event": "paid", "within": "2 days"},
                        {"event": "paid", "where": {"key": "k1"}, "revenue": "key"}])  # fmt: skip
_DEFINITIONS: Drawn = {
    "fields": {"worth": "age + 5"},
    "segments": {
        "golden": {"field": "tier", "eq": "gold"},
        "everyone": {"field": "tier", "ne": "lead"},
    },
    "scoring": {"heat": {"cap": 50, "rules": [
        {"name": "visits", "event": "visit", "points": 10, "half_life": "2 days", "at_most": 30},
        {"name": "gold", "when": {"field": "tier", "eq": "gold"}, "points": 5},
    ]}},
    "labels": {"worth": {"high": {"field": "age", "gte": 40}, "low": {"field": "tier", "eq": "tin"}}},
}  # fmt: skip
_LADDER: Drawn = {"cold": {}, "warm": {"score": "heat", "gte": 10}, "won": {"event": "paid"}}


def _recipes(draw: Draw) -> dict[str, Drawn]:
    """Three recipes by name, as they are written; the first has the ladder of stages."""
    found = {}
    for name, enter in ENTER.items():
        names, chosen = Names(), draw(enter)
        again = ["never", "always", "after 1 day"]
        again += ["per key"] if "key" in chosen else []
        again += ["on rejoin"] if chosen == {"segment": "golden"} else []
        left = [[], ["goal"], ["goal", "unmatched"], [{"event": "cancel"}], [draw(CONDITION)]]
        options = {key: draw(some) for key, some in _OPTIONS.items() if draw(chance(5))}
        journey = {
            "enter": chosen,
            "again": draw(one(again)),
            "leave": draw(one(left)),
            "priority": draw(number(0, 2)),
            **options,
            "steps": trunk_of(draw, names, 2),
        }
        found[name] = {
            "version": 1,
            "status": "live",
            "goal": draw(GOAL),
            "cost": {"per_send": {"email": 0.01, "sms": 0.1, "post": 0.8}},
            "privacy": draw(PRIVACY),
            **_DEFINITIONS,
            **({"stages": _LADDER} if name == "first" else {}),
            "templates": names.templates,
            "journey": journey,
        }
    return found


RECIPES: Lot = drawn(_recipes)
_TASK: Drawn = {"task": {"id": "call", "to": "sales", "title": "x", "due": "1 hours"}}


# Edits, while people are inside


def _next_version(draw: Draw) -> Drawn:
    """The steps and templates of a version that starts afresh; its names are its own."""
    names = Names("v")
    steps = trunk_of(draw, names, 1)
    return {"kind": "version", "steps": steps, "templates": names.templates}


EDIT = either(
    made(lambda to: {"kind": "status", "to": to},
              one(["paused", "draft", "archived", "live"])),
    made(lambda length: {"kind": "waits", "to": length}, LENGTH),
    one([{"kind": "rename"}, {"kind": "retire"}, {"kind": "insert"}, {"kind": "limits"}]),
    drawn(_next_version),
)  # fmt: skip
EDITS = several(together(number(1, 8), one(sorted(ENTER)), EDIT), 0, 3)
"""Before which run, of which recipe, what."""


def edited(recipe: Drawn, edit: Mapping[str, Any]) -> Drawn:
    """`recipe` after an edit that leaves nobody stranded, as `mactl check --state` wants it."""
    match edit["kind"]:
        case "status":
            return {**recipe, "status": edit["to"]}
        case "waits":
            return _mapped(recipe, lambda step: _waiting(step, edit["to"]))
        case "rename":
            return _renamed(recipe)
        case "retire":
            return _retired(recipe)
        case "insert":
            steps = [{"tag": "hot", "id": f"new{len(recipe['journey']['steps'])}"}]
            return _with_steps(recipe, [*steps, *recipe["journey"]["steps"]])
        case "limits":
            return {**recipe, "journey": {**recipe["journey"], "latest": "4 days", "priority": 5}}
        case _:
            journey = {**recipe["journey"], "steps": edit["steps"]}
            fresh = {
                name: said for name, said in recipe.items() if name not in ("moved", "retired")
            }
            fresh["version"] = recipe["version"] + 1
            return {**fresh, "templates": edit["templates"], "journey": journey}


def _with_steps(recipe: Drawn, steps: list[Drawn]) -> Drawn:
    return {**recipe, "journey": {**recipe["journey"], "steps": steps}}


def _waiting(step: Drawn, length: str) -> Drawn:
    return {**step, "wait": {**step["wait"], "for": length}} if "wait" in step else step


def _steps(part: Any) -> Iterator[Drawn]:
    """Every mapping below `part`: the steps, and what is in them."""
    if isinstance(part, dict):
        yield part
    if isinstance(part, (dict, list)):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _steps(inner)


def _mapped(recipe: Drawn, change: Callable[[Drawn], Drawn]) -> Drawn:
    """`recipe` with every step as `change` makes it."""

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            return change({key: walk(inner) for key, inner in part.items()})
        return [walk(inner) for inner in part] if isinstance(part, list) else part

    return _with_steps(recipe, walk(recipe["journey"]["steps"]))


def _renamed(recipe: Drawn) -> Drawn:
    """Another name for every send, wait and template, which `moved` tells."""
    ids = set(recipe["templates"])
    ids |= {_id_of(step) for step in _steps(recipe["journey"]["steps"])}
    said = recipe.get("moved", {})
    moved = {old: f"{old}x" for old in ids - {""} if f"{old}x" not in ids}

    def rename(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: rename(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [rename(inner) for inner in part]
        return moved.get(part, part) if isinstance(part, str) else part

    templates = {moved.get(name, name): text for name, text in recipe["templates"].items()}
    retired = {old: moved.get(to, to) for old, to in recipe.get("retired", {}).items()}
    return {
        **recipe,
        "moved": {**said, **moved},
        "templates": templates,
        "journey": {**recipe["journey"], "steps": rename(recipe["journey"]["steps"])},
        **({"retired": retired} if retired else {}),
    }


def _id_of(step: Drawn) -> str:
    if isinstance(step.get("send"), dict):
        return str(step["send"]["id"])
    return str(step["id"]) if "wait" in step and "id" in step else ""


def _retired(recipe: Drawn) -> Drawn:
    """The first wait of the trunk that nothing leads back to is gone, and its people go on at what came after."""
    steps = recipe["journey"]["steps"]
    targets = {step.get("go_to") for step in _steps(steps)}
    for place, (step, onward) in enumerate(pairwise(steps)):
        to = _id_of(onward) or onward.get("split") or onward.get("milestone")
        # To name a step that has none would shift the generated ids after it.
        if to and "wait" in step and step["id"] not in targets:
            kept = [*steps[:place], *steps[place + 1 :]]
            gone = step["id"]
            leads = {old: to if on == gone else on for old, on in recipe.get("retired", {}).items()}
            return {**_with_steps(recipe, kept), "retired": {**leads, gone: to}}
    return recipe
