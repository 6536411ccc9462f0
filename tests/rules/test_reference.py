"""Random conditions over random small tables: both engines and the plain reference agree."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.rules.engine import DuckDB, Pandas
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.names import definitions_of
from mactl.rules.select import event_points
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
EVENTS = ["view", "buy"]
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


def fields() -> st.SearchStrategy[Any]:
    return st.sampled_from([*TYPES, "nowhere"]).map(lambda name: {"field": name})


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
    return st.dictionaries(names, value_tests(now), max_size=1)


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
    return st.builds(
        lambda event, where, window, measure, since: {
            "event": event, "where": where, **window, **measure, **since,
        },
        st.sampled_from(EVENTS),
        wheres(now),
        some_of(windows(now), 1),
        never | some_of(measures, 2),
        st.sampled_from([{}, {}, {"since": "ever"}, {"since": "trigger"}]),
    )  # fmt: skip


@cache
def field_conditions(now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from([*TYPES, "nowhere"])
    return st.builds(lambda name, test: {"field": name, **test}, names, value_tests(now))


def conditions(now: datetime, *references: Any) -> st.SearchStrategy[Any]:
    leaves = st.one_of(field_conditions(now), event_conditions(now), *references)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            *(
                st.lists(inner, max_size=3).map(lambda found, key=key: {key: found})
                for key in ("all", "any", "none")
            )
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
    references = [st.just(segment), score, stage, label]
    shared = {
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
    events = st.tuples(
        st.sampled_from([*people, "stranger"]), st.sampled_from(EVENTS), around(now), rows(now)
    )
    moments = st.none() | around(now)
    return {
        "now": now,
        "zone": zone,
        "cookbook": {"shared": shared},
        "contacts": {person: draw(rows(now)) for person in people},
        "events": draw(st.lists(events, max_size=8)),
        "conditions": draw(st.lists(conditions(now, *references), min_size=1, max_size=4)),
        "subjects": draw(
            st.lists(st.tuples(st.sampled_from(people), moments, moments), min_size=1, max_size=4)
        ),
    }


def as_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_both_engines_and_the_plain_reference_agree(world: dict[str, Any]) -> None:
    cookbook = tables.cookbook(world["cookbook"])
    facts = tables.facts(
        world["now"].isoformat(),
        world["contacts"],
        [[who, name, as_text(at), properties] for who, name, at, properties in world["events"]],
        fields=TYPES,
        properties=TYPES,
    )
    asked = {f"q{n}": tables.condition(c) for n, c in enumerate(world["conditions"])}
    questions = {name: Question(condition, "shared") for name, condition in asked.items()}
    definitions = {str(definition): definition for definition in definitions_of(cookbook)}
    subjects = tables.subjects(
        [[f"s{n}", who, as_text(since), as_text(until)]
         for n, (who, since, until) in enumerate(world["subjects"])]
    )  # fmt: skip

    def seen(who: str, **more: Any) -> reference.World:
        events = (
            reference.Event(name, at, row) for to, name, at, row in world["events"] if to == who
        )
        fields = world["contacts"][who]
        return reference.World(
            world["now"], world["zone"], cookbook, "shared", fields, TYPES, tuple(events), TYPES, **more
        )  # fmt: skip

    for engine in (DuckDB(), Pandas()):
        answers = evaluate(facts, cookbook, {**questions, **definitions}, engine=engine)
        for who in world["contacts"]:
            contact = seen(who)
            expected = {
                name: reference.holds(condition, contact) for name, condition in asked.items()
            }
            expected["segment shared.some"] = reference.in_segment("some", contact)
            expected["score shared.points"] = reference.score("points", contact)
            expected["stage"] = reference.stage(contact)
            expected["label shared.bucket"] = reference.label("bucket", contact)
            found = answers.loc[who]
            assert found.where(found.notna(), None).to_dict() == expected, (engine, who)

        about = evaluate(facts, cookbook, questions, engine=engine, subjects=subjects)
        for number, (who, since, until) in enumerate(world["subjects"]):
            subject = seen(who, since=since, until=until, subject=True)
            for name, condition in asked.items():
                assert about.loc[f"s{number}", name] == reference.holds(condition, subject), (
                    engine, world["conditions"][int(name[1:])], world["subjects"][number],
                )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_the_points_of_single_events_add_up_to_those_of_their_rule(world: dict[str, Any]) -> None:
    cookbook = tables.cookbook(world["cookbook"])
    facts = tables.facts(
        world["now"].isoformat(),
        world["contacts"],
        [[who, name, as_text(at), properties] for who, name, at, properties in world["events"]],
        fields=TYPES,
        properties=TYPES,
    )
    for rule in cookbook.scores["shared.points"].rules:
        if not isinstance(rule, reference.EventRule) or rule.at_most is not None:
            continue
        single = event_points(facts, rule).groupby("contact")["points"].sum()
        for who, fields in world["contacts"].items():
            events = (
                reference.Event(n, at, row) for to, n, at, row in world["events"] if to == who
            )
            contact = reference.World(
                world["now"], world["zone"], cookbook, "shared", fields, TYPES, tuple(events), TYPES
            )  # fmt: skip
            whole = reference.rule_points(rule, contact)
            assert abs(single.get(who, 0.0) - whole) < 1e-6
