"""Random conditions over random small tables: both engines and the plain reference agree."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.embedded import DuckDB, Pandas
from mactl.rules.engine import Engine, kept
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.names import definitions_of
from mactl.rules.select import event_points
from tests.conftest import examples
from tests.rules import reference, tables

NAMES = {
    "text": ["t1", "t2"],
    "number": ["n1", "n2"],
    "boolean": ["b1", "b2"],
    "date": ["d1", "d2"],
    "instant": ["i1", "i2"],
    "list": ["l1", "l2"],
}
TYPES = {name: type_ for type_, names in NAMES.items() for name in names}
DERIVED = {"n3": "n1 - n2 / 2", "n4": "days_since(d1)", "t3": "coalesce(t1, lower(t2))"}
FIELDS = [*TYPES, *DERIVED]
OWN = {
    "field": ["t1", "n1"], "segment": ["shared.some", "other.some"], "tag": ["x", "X"], "topic": ["news", "deals"],
    "recipe": ["shared", "shared", "other"], "step": ["s1", "s2"], "template": ["s1", "m"], "task": ["k"],
    "enrollment": ["s0", "s1"],
}  # fmt: skip
PROPERTIES = {**TYPES, **dict.fromkeys([*OWN, "due", "items"], "text")}
EVENTS = ["view", "buy"]
TOLD = [
    "field_changed", "segment_joined", "segment_left", "tagged", "untagged", "email_sent", "email_opened",
    "unsubscribed", "complained", "consent_asked", "task_created", "task_done",
]  # fmt: skip
CONSENT = {
    "news": {
        "state": "b1", "at": "i1", "source": "t1", "wording": "t2", "withdrawn": "b2",
        "free": True, "unambiguous": True, "channel": ["email", "sms"],
    },
    "deals": {"state": "b1", "at": "d1", "source": "t1", "wording": "t2", "free": True, "unambiguous": True},
    "calls": {"state": "b2", "at": "i1", "free": True, "confirmed": "t1"},
}  # fmt: skip
WORDS = ["a", "B", "ab", "Éa", "a b", "1", "Yes", "no", "%", "a_b", "a.b", "é-a", "2026-11-01"]
PATTERNS = ["^a", "b$", "[a-c]+b", "a.b", "É", "^$", r"\d", "a|é"]
LENGTHS = [
    "0 days", "1 day", "3 days", "1 week", "1 month", "1 year", "5 hours", "72 hours",
    "2 business days", "P1DT2H", "30 minutes",
]  # fmt: skip
NOWS = ["2026-12-01T09:00", "2026-10-25T02:30", "2026-03-31T00:00", "2028-02-29T23:59"]


@cache
def around(now: datetime) -> st.SearchStrategy[datetime]:
    """Instants near `now`, often right on the edge of a window."""
    edges = [timedelta(0), *(timedelta(days=d) for d in (1, 3, 7, 30, 31, 365, -3, -7))]
    exact = [timedelta(hours=5), timedelta(hours=72), timedelta(minutes=30)]
    nudges = [timedelta(seconds=s) for s in (0, 1, -1, 3600, -3600)]
    return st.builds(
        lambda edge, nudge: now - edge + nudge,
        st.sampled_from(edges + exact),
        st.sampled_from(nudges),
    )


def values(type_: str, now: datetime) -> st.SearchStrategy[Any]:
    known: dict[str, st.SearchStrategy[Any]] = {
        "text": st.sampled_from(WORDS),
        "number": st.sampled_from([0.0, 1.0, -2.5, 0.01, 3.0, 10.0]),
        "boolean": st.booleans(),
        "date": st.builds(
            lambda moment, day: day or moment.astimezone(tables.AMSTERDAM).date(),
            around(now),
            st.sampled_from([None, None, date(2000, 2, 29), date(1999, 12, 3)]),
        ),
        "instant": around(now),
        "list": st.lists(st.sampled_from(["a", "B", "ab", "1", "yes"]), min_size=1, max_size=3),
    }
    return st.none() | known[type_]


@cache
def rows(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: values(type_, now) for name, type_ in TYPES.items()})


@cache
def scalars(now: datetime) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from([0, 1, 3, -2.5, 0.01]),
        st.booleans(),
        around(now).map(lambda moment: moment.isoformat()),
        around(now).map(lambda moment: moment.date().isoformat()),
    )


def windows(now: datetime) -> dict[str, st.SearchStrategy[Any]]:
    lengths = st.sampled_from(LENGTHS)
    moments = st.one_of(
        around(now).map(lambda moment: moment.isoformat()),
        around(now).map(lambda moment: moment.date().isoformat()),
        fields(),
    )
    found = dict.fromkeys(["within_last", "older_than", "within_next", "further_than"], lengths)
    return {**found, "before": moments, "after": moments}


def consents(now: datetime) -> st.SearchStrategy[reference.Consent]:
    """What the ledger may say; only who gave consent may have told no instant, and consent is to one topic."""
    channels = st.sampled_from([("email",), ("email", "sms")])
    origins = st.sampled_from(["command", "columns"])
    topics = st.sampled_from(["news", "deals"])
    given = st.builds(
        reference.Consent, topics, st.just("granted"), around(now), st.booleans(), channels, origins
    )
    nowhen = st.builds(
        reference.Consent, topics, st.just("granted"), st.none(), st.just(False), channels, origins
    )
    other = st.builds(
        reference.Consent,
        topics,
        st.sampled_from(["withdrawn", "pending"]),
        around(now),
        origin=origins,
    )
    of_all = st.builds(reference.Consent, st.just(""), st.just("withdrawn"), around(now))
    return st.one_of(given, nowhen, other, of_all)


def fields() -> st.SearchStrategy[Any]:
    return st.sampled_from([*FIELDS, "nowhere"]).map(lambda name: {"field": name})


@cache
def happenings(now: datetime) -> st.SearchStrategy[tuple[str, datetime, dict[str, Any]]]:
    """Events as [name, at, properties]: what people do, and what mactl tells of it."""
    done = st.tuples(st.sampled_from(EVENTS), around(now), properties(now))
    words = {name: st.none() | st.sampled_from(known) for name, known in OWN.items()}
    due = st.none() | around(now).map(lambda moment: moment.isoformat())
    told = st.tuples(
        st.sampled_from(TOLD), around(now), st.fixed_dictionaries({**words, "due": due})
    )
    return done | told


@cache
def properties(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    day = around(now).map(lambda moment: moment.date().isoformat())
    thing = st.fixed_dictionaries(
        {},
        optional={
            "n": st.none() | st.sampled_from([0, 1, 2.5]),
            "t": st.none() | st.sampled_from(["a", "B", "a b"]),
            "b": st.booleans(),
            "d": day,
        },
    )
    listed = (st.lists(thing, max_size=3) | thing).map(json.dumps) | st.just("a")
    items = st.fixed_dictionaries({"items": st.none() | listed})
    return st.builds(lambda row, more: {**row, **more}, rows(now), items)


@cache
def value_tests(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    some = scalars(now)
    operands = some | fields()
    parts = st.sampled_from([*WORDS, ""])
    several = st.lists(some, max_size=3)
    operators: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(["eq", "ne", "lt", "lte", "gt", "gte"], operands),
        **dict.fromkeys(["in", "not_in", "has_any", "has_all"], several),
        **dict.fromkeys(["contains", "starts_with", "ends_with"], parts),
        **windows(now),
        "between": st.tuples(some, some).map(list),
        "empty": st.booleans(),
        "word": parts | st.lists(parts, max_size=2),
        "matches": st.sampled_from(PATTERNS),
        "anniversary_in": st.sampled_from(["0 days", "3 days", "1 month", "1 year", "5 hours"]),
        "has": some,
    }
    tests = st.lists(st.sampled_from(sorted(operators)), min_size=1, max_size=2, unique=True)
    return tests.flatmap(
        lambda chosen: st.fixed_dictionaries(
            {name: operators[name] for name in chosen}, optional={"case": st.booleans()}
        )
    )


def number_tests(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    number = st.sampled_from([0, 1, 2, 3, -2.5, 0.01, 13])
    operators: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(["eq", "ne", "lt", "lte", "gt", "gte"], number),
        **dict.fromkeys(["in", "not_in"], st.lists(number, max_size=2)),
        "between": st.tuples(number, number).map(list),
    }
    return st.sampled_from(sorted(operators)).flatmap(
        lambda name: st.fixed_dictionaries({name: operators[name], **more})
    )


def some_of(options: dict[str, st.SearchStrategy[Any]], most: int) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(sorted(options)), max_size=most, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({name: options[name] for name in chosen})
    )


@cache
def wheres(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from([*TYPES, "nowhere"])
    plain = st.dictionaries(names, value_tests(now), max_size=1)
    # A thing has no fields of a contact to be compared with.
    alone = value_tests(now).filter(
        lambda test: not any(isinstance(w, dict) for w in test.values())
    )
    tests = st.dictionaries(st.sampled_from(["n", "t", "b", "d", "nowhere"]), alone, max_size=2)
    return plain | tests.map(lambda found: {"items": {"any": found}})


@cache
def event_conditions(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    of = st.sampled_from(["n1", "n1", "n2", "t1", "nowhere"])
    times = some_of(windows(now), 2).filter(bool)
    measures = {
        "count": number_tests(),
        "first": times,
        "last": times,
        **{name: number_tests(of=of) for name in ("sum", "avg", "min", "max")},
    }
    never = st.just({"never": True})
    sequel = st.builds(
        lambda event, where, within: {"event": event, "where": where, "within": within},
        st.sampled_from(EVENTS),
        wheres(now),
        st.sampled_from(LENGTHS),
    )
    relations = {
        "followed_by": sequel,
        "not_followed_by": sequel,
        "same": st.sampled_from([*TYPES, "nowhere"]),
    }
    return st.builds(
        lambda event, where, window, measure, since, more: {
            "event": event, "where": where, **window, **measure, **since, **more,
        },
        st.sampled_from(EVENTS),
        wheres(now),
        some_of(windows(now), 1),
        never | some_of(measures, 2),
        SINCE,
        st.just({}) | some_of(relations, 2),
    )  # fmt: skip


SINCE = st.sampled_from([{}, {}, {"since": "ever"}, {"since": "trigger"}])


@cache
def own_conditions(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    """What mactl knows of people by itself."""
    times = some_of(windows(now), 2).filter(bool)
    measures = {"count": number_tests(), "first": times, "last": times}
    reaction = st.builds(
        lambda kind, step, window, measure, since: {kind: step, **window, **measure, **since},
        st.sampled_from(["sent", "opened"]),
        st.sampled_from(["any", "s1", "s2", "shared.s1", "other.s1"]),
        some_of(windows(now), 1),
        st.just({"never": True}) | some_of(measures, 1),
        SINCE,
    )
    consent = st.fixed_dictionaries(
        {"consent": st.sampled_from(["news", "deals", "calls", "polls"])},
        optional={
            "is": st.sampled_from(["proven", "unproven", "pending", "withdrawn", "none"]),
            "channel": st.sampled_from(["email", "sms"]),
        },
    )
    passing = st.builds(
        lambda way, test: {"segment": "shared.some", way: test},
        st.sampled_from(["joined", "left"]),
        times,
    )
    changed = st.builds(
        lambda field, test: {"field": field, "changed": test}, st.sampled_from(["t1", "n1"]), times
    )
    trigger = st.builds(
        lambda name, test: {"trigger": name, **test},
        st.sampled_from([*TYPES, "nowhere"]),
        value_tests(now),
    )
    simple = st.sampled_from(
        [
            {"tag": "x"}, {"enrolled": "shared"}, {"completed": "shared"}, {"enrolled": "other"},
            *({"task": "k", "is": standing} for standing in ("open", "done", "overdue")),
            {"task": "other.k", "is": "open"}, {"sample": "50%", "seed": "pilot"}, {"sample": "20%", "seed": "x"},
        ]
    )  # fmt: skip
    return reaction | consent | passing | changed | trigger | simple


@cache
def field_conditions(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from([*FIELDS, "nowhere"])
    return st.builds(lambda name, test: {"field": name, **test}, names, value_tests(now))


def conditions(now: datetime, *references: Any) -> st.SearchStrategy[Any]:
    leaves = st.one_of(
        field_conditions(now), event_conditions(now), own_conditions(now), *references
    )
    shared = st.sampled_from([*FIELDS, "nowhere"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            *(
                st.lists(inner, max_size=3).map(lambda found, key=key: {key: found})
                for key in ("all", "any", "none")
            ),
            st.builds(lambda field, has: {"anyone": field, "has": has}, shared, inner),
        ),
        max_leaves=4,
    )


@cache
def rules(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    points = st.sampled_from([1, 5, -3, 2.5])
    when = st.builds(
        lambda who, points: {"name": "when", "when": who, "points": points},
        conditions(now),
        points,
    )
    event = st.builds(
        lambda event, where, window, points, more: {
            "name": "event", "event": event, "where": where, "points": points, **window, **more,
        },
        st.sampled_from(EVENTS),
        wheres(now),
        some_of(windows(now), 1),
        points,
        some_of(
            {"at_most": st.sampled_from([4, 7]), "half_life": st.sampled_from(["1 day", "1 month"])},
            2,
        ),
    )  # fmt: skip
    return when | event


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    zone = tables.AMSTERDAM
    now = tables.facts(draw(st.sampled_from(NOWS)), {}, fields={}).now
    segment = {"segment": "shared.some"}
    score = number_tests().map(lambda test: {"score": "shared.points", **test})
    stage = st.sampled_from(["low", {"at_least": "mid"}, {"at_least": "low"}, "top"]).map(
        lambda stage: {"stage": stage}
    )
    label = st.sampled_from(
        [{"eq": "one"}, {"ne": "one"}, {"empty": True}, {"in": ["one", "two"]}]
    ).map(lambda test: {"label": "shared.bucket", **test})
    rises = st.builds(
        lambda by, within: {"score": "shared.points", "rose_by": by, "within_last": within},
        st.sampled_from([0, 1, 5, -2.5]),
        st.sampled_from(LENGTHS),
    )
    references = [st.just(segment), score, stage, label, rises]
    shared = {
        "fields": DERIVED,
        "segments": {"some": draw(conditions(now))},
        "scoring": {
            "points": {
                "rules": draw(st.lists(rules(now), min_size=1, max_size=3)),
                **draw(st.sampled_from([{}, {"cap": 10}, {"floor": -2}, {"cap": 5, "floor": 0}])),
            }
        },
        "stages": {
            "low": draw(st.sampled_from([{}, {"field": "b1", "eq": True}])),
            "mid": draw(conditions(now, st.just(segment), score)),
            "top": draw(conditions(now)),
        },
        "labels": {"bucket": {"one": draw(conditions(now)), "two": draw(conditions(now, stage))}},
    }
    people = [f"c{number}" for number in range(draw(st.integers(1, 4)))]
    events = st.builds(
        lambda who, event: (who, *event), st.sampled_from([*people, "stranger"]), happenings(now)
    )
    moments = st.none() | around(now)
    statuses = st.sampled_from(["active", "completed", "left"])
    passages = st.tuples(st.sampled_from(people), st.sampled_from(["shared", "other"]), statuses)
    opt_outs = st.tuples(st.sampled_from(people), st.sampled_from(["news", "deals", ""]))
    words = st.tuples(st.sampled_from(people), consents(now))
    return {
        "now": now,
        "zone": zone,
        "cookbook": {"shared": shared, "other": {"segments": {"some": {"any": []}}}},
        "passages": draw(st.lists(passages, max_size=3)),
        "opted_out": draw(st.lists(opt_outs, max_size=1)),
        "consents": draw(st.lists(words, max_size=3)),
        "contacts": {person: draw(rows(now)) for person in people},
        "events": draw(st.lists(events, max_size=12)),
        "conditions": draw(st.lists(conditions(now, *references), min_size=1, max_size=4)),
        "subjects": draw(
            st.lists(
                st.tuples(st.sampled_from(people), moments, moments, rows(now)),
                min_size=1,
                max_size=4,
            )
        ),
    }


@pytest.fixture(scope="module", autouse=True)
def _engines() -> Iterator[None]:
    """Both engines, kept open: hundreds of evaluations of tables that come and go share their memory."""
    with kept(DuckDB()) as duckdb, kept(Pandas()) as pandas:
        ENGINES[:] = [duckdb, pandas]
        yield


ENGINES: list[Engine] = []


def as_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def facts_of(world: dict[str, Any]) -> Facts:
    return tables.facts(
        world["now"].isoformat(),
        world["contacts"],
        [[who, name, as_text(at), properties] for who, name, at, properties in world["events"]],
        fields=TYPES,
        properties=PROPERTIES,
        passages=world["passages"],
        opted_out=world["opted_out"],
        consents=[
            [
                who,
                one.topic,
                one.state,
                as_text(one.at),
                {
                    "complete": one.complete,
                    "origin": one.origin,
                    "channels": ";".join(one.channels) if one.state == "granted" else None,
                },
            ]
            for who, one in world["consents"]
        ],
        consent=CONSENT,
    )


def people_of(world: dict[str, Any], cookbook: Cookbook) -> dict[str, reference.World]:
    """Each contact as the reference knows them."""
    consent = facts_of(world).consent
    types = {**TYPES, "n3": "number", "n4": "number", "t3": "text"}
    people: list[reference.World] = []
    for who, fields in world["contacts"].items():
        events = tuple(
            reference.Event(name, at, row) for to, name, at, row in world["events"] if to == who
        )
        people.append(
            reference.World(
                world["now"], world["zone"], cookbook, "shared", {**fields, **derived(fields, world)}, types, events,
                PROPERTIES, contact=who, everyone=people, passages=world["passages"], opted_out=world["opted_out"],
                consents=[one for to, one in world["consents"] if to == who], consent=consent,
            )
        )  # fmt: skip
    return {person.contact: person for person in people}


def derived(fields: dict[str, Any], world: dict[str, Any]) -> dict[str, Any]:
    """DERIVED by hand."""
    n1, n2, day = fields["n1"], fields["n2"], fields["d1"]
    today = world["now"].astimezone(world["zone"]).date()
    second = fields["t2"] and fields["t2"].lower()
    return {
        "n3": None if n1 is None or n2 is None else reference.six(n1 - n2 / 2),
        "n4": None if day is None else float((today - day).days),
        "t3": second if fields["t1"] is None else fields["t1"],
    }


def as_trigger(row: dict[str, Any]) -> dict[str, Any]:
    """Properties as `select_events` gives them."""
    found = {name: value for name, value in row.items() if value is not None}
    for name, value in found.items():
        if isinstance(value, datetime):
            found[name] = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        elif isinstance(value, date):
            found[name] = value.isoformat()
    return found


@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
@given(worlds())
def test_both_engines_and_the_plain_reference_agree(world: dict[str, Any]) -> None:
    assert_agreement(world, ENGINES)


def assert_agreement(world: dict[str, Any], engines: list[Engine]) -> None:
    """Each of `engines` answers every question about contacts and subjects as the reference does."""
    cookbook = tables.cookbook(world["cookbook"])
    facts, people = facts_of(world), people_of(world, cookbook)
    asked = {f"q{n}": tables.condition(c) for n, c in enumerate(world["conditions"])}
    questions = {name: Question(condition, "shared") for name, condition in asked.items()}
    definitions = {
        str(definition): definition
        for definition in definitions_of(cookbook)
        if not definition.name.startswith("other.")
    }
    subjects = tables.subjects(
        [[f"s{n}", who, as_text(since), as_text(until), as_trigger(trigger)]
         for n, (who, since, until, trigger) in enumerate(world["subjects"])]
    )  # fmt: skip

    for engine in engines:
        answers = evaluate(facts, cookbook, {**questions, **definitions}, engine=engine)
        for who, contact in people.items():
            expected = {
                name: reference.holds(condition, contact) for name, condition in asked.items()
            }
            if "segment shared.some" in definitions:
                expected["segment shared.some"] = reference.in_segment("some", contact)
            if "stage" in definitions:
                expected["score shared.points"] = reference.score("points", contact)
                expected["stage"] = reference.stage(contact)
                expected["label shared.bucket"] = reference.label("bucket", contact)
            expected |= {f"field shared.{name}": contact.fields[name] for name in DERIVED}
            found = answers.loc[who].astype("object")
            assert found.where(found.notna(), None).to_dict() == expected, (engine, who)

        about = evaluate(facts, cookbook, questions, engine=engine, subjects=subjects)
        few = evaluate(facts, cookbook, questions, engine=engine, subjects=subjects.iloc[:1])
        for number, (who, since, until, trigger) in enumerate(world["subjects"]):
            subject = replace(
                people[who], since=since, until=until, subject=f"s{number}", trigger=trigger
            )
            for name, condition in asked.items():
                expected_ = reference.holds(condition, subject)
                assert about.loc[f"s{number}", name] == expected_, (
                    engine, world["conditions"][int(name[1:])], world["subjects"][number],
                )  # fmt: skip
                if not number:
                    assert few.loc["s0", name] == expected_, (engine, condition)


@st.composite
def tight_worlds(draw: st.DrawFn, theme: str) -> dict[str, Any]:
    """Few people, and events of one theme at few instants: what relates to each other meets often."""
    names, conditions_ = THEMES[theme]
    now = tables.facts("2026-10-27T09:00", {}, fields={}).now
    moments = st.sampled_from(
        [now - timedelta(days=days, hours=hours) for days in (0, 1, 2, 3) for hours in (0, 1)]
        + [now + timedelta(hours=1)]
    )
    words = {name: st.sampled_from([None, *known[:1], *known]) for name, known in OWN.items()}
    due = st.none() | moments.map(lambda moment: moment.isoformat())
    told = st.fixed_dictionaries({**words, "due": due, "n1": st.sampled_from([None, 1.0, 2.0])})
    person = st.sampled_from(["c0", "c0", "c1"])
    facts_ = st.fixed_dictionaries(
        {
            **{name: st.none() | values(type_, now) for name, type_ in TYPES.items()},
            "b1": st.sampled_from([None, True, True]),
            "i1": st.none() | moments,
            "t1": st.sampled_from([None, "a", "A"]),
            "t2": st.sampled_from([None, "a"]),
            "b2": st.sampled_from([None, False, True]),
        }
    )
    event = st.builds(lambda *parts: parts, person, st.sampled_from(names), moments, told)
    return {
        "now": now,
        "zone": tables.AMSTERDAM,
        "cookbook": {"shared": {"segments": {"some": {"any": []}}, "fields": DERIVED}, "other": {}},
        "passages": [],
        "opted_out": [],
        "consents": [],
        "contacts": {"c0": draw(facts_), "c1": draw(facts_)},
        "events": draw(st.lists(event, min_size=3, max_size=12)),
        "conditions": draw(st.lists(conditions_, min_size=3, max_size=8)),
        "subjects": draw(
            st.lists(
                st.tuples(person, st.none() | moments, st.none() | moments, told), min_size=1, max_size=3
            )
        ),
    }  # fmt: skip


def one_of(**choices: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A condition of these keys; a choice of None leaves its key out."""
    found = st.fixed_dictionaries({name: st.sampled_from(known) for name, known in choices.items()})
    return found.map(lambda c: {name: value for name, value in c.items() if value is not None})


LAST = [{"within_last": "1 day"}, {"older_than": "1 day"}, {"within_last": "3 days"}]
SEQUELS = [
    None,
    None,
    *({"event": "buy", "within": length} for length in ("0 days", "1 day", "24 hours", "49 hours")),
]
THEMES: dict[str, tuple[list[str], st.SearchStrategy[Any]]] = {
    "reactions": (
        ["email_sent"],
        one_of(
            sent=["s1", "s1", "shared.s2", "other.s1", "any"],
            since=[None, None, "ever", "trigger"],
            within_last=[None, None, "2 days"],
            count=[None, {"eq": 1}, {"gte": 2}],
        ),
    ),
    "tags": (["tagged", "untagged"], one_of(tag=["x", "X"])),
    "tasks": (["task_created", "task_done"], one_of(task=["k", "other.k"], **{"is": ["open", "done", "overdue"]})),
    "consent": (
        ["unsubscribed", "complained", "consent_asked"],
        one_of(consent=["news", "news", "deals"], **{"is": ["proven", "unproven", "pending", "withdrawn", "none"]}),
    ),
    "changes": (["field_changed"], one_of(field=["t1", "n1"], changed=LAST)),
    "passing": (
        ["segment_joined", "segment_left"],
        one_of(segment=["some"], joined=LAST) | one_of(segment=["some"], left=LAST),
    ),
    "sequels": (
        ["view", "buy"],
        one_of(
            event=["view", "buy"],
            followed_by=SEQUELS,
            not_followed_by=SEQUELS,
            same=[None, None, "n1", "tag"],
            since=[None, "ever"],
            count=[None, {"eq": 1}, {"gte": 2}],
        ),
    ),
    "trigger": (["view"], one_of(trigger=["n1", "tag"], eq=[1, "x", None], empty=[None, False])
        .filter(lambda condition: len(condition) > 1)),
}  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_mactl_tells_and_what_follows_is_read_as_the_reference_reads_it(
    theme: str, data: st.DataObject
) -> None:
    assert_agreement(data.draw(tight_worlds(theme)), ENGINES[1:])


@settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
@given(worlds())
def test_the_points_of_single_events_add_up_to_those_of_their_rule(world: dict[str, Any]) -> None:
    cookbook = tables.cookbook(world["cookbook"])
    facts, people = facts_of(world), people_of(world, cookbook)
    for rule in cookbook.scores["shared.points"].rules:
        if not isinstance(rule, reference.EventRule) or rule.at_most is not None:
            continue
        found = event_points(facts, rule, cookbook=cookbook, recipe="shared")
        single = found.groupby("contact")["points"].sum()
        for who, contact in people.items():
            whole = reference.rule_points(rule, contact)
            assert abs(single.get(who, 0.0) - whole) < 1e-6


STANDINGS = ("proven", "unproven", "pending", "withdrawn", "none")


@settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
@given(tight_worlds("consent"))
def test_everyone_has_exactly_one_standing_of_consent_for_each_topic(world: dict[str, Any]) -> None:
    questions = {
        f"{topic} {standing}": Question(
            tables.condition({"consent": topic, "is": standing}), "shared"
        )
        for topic in (*CONSENT, "polls")
        for standing in STANDINGS
    }

    answers = evaluate(
        facts_of(world), tables.cookbook(world["cookbook"]), questions, engine=ENGINES[1]
    )

    for topic in (*CONSENT, "polls"):
        mine = [name for name in questions if name.startswith(topic)]
        assert (answers[mine].sum(axis=1) == 1).all()
