"""Whether a condition can hold, or can fail, whatever the data says; exact where it speaks, silent otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from mactl.checks.demands import Demand, demand_of, tests_of
from mactl.document import Route
from mactl.recipe.conditions import (
    All,
    AnyOf,
    Condition,
    EventCondition,
    FieldCondition,
    Happening,
    LabelCondition,
    NoneOf,
    SampleCondition,
    ScoreCondition,
    StageCondition,
    TriggerCondition,
)
from mactl.recipe.operators import NumberTest, ValueTest, Where, Window, written

Verdict = Literal["never", "always"]
Bounds = dict[str, tuple[float | None, float | None]]
"""Score, as a condition names it → its floor and cap."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A condition, or a test in it, that never or always holds by itself, and why."""

    route: Route
    verdict: Verdict | Literal["repeated"]
    why: str


@dataclass
class Judge:
    """Walks a condition from the inside out; `found` has the innermost parts that are to blame."""

    bounds: Bounds = field(default_factory=dict)
    found: list[Judgement] = field(default_factory=list)

    def judge(self, condition: Condition, route: Route) -> Verdict | None:
        """Whether `condition` never or always holds; its own faults go to `found`."""
        if isinstance(condition, (All, AnyOf, NoneOf)):
            return self._judge_list(condition, route)
        if isinstance(condition, Happening):
            return self._judge_happening(condition, route)
        if isinstance(condition, SampleCondition) and condition.sample in (0, 1):
            share = "nobody is" if condition.sample == 0 else "everyone is"
            return self._tell(
                route, "never" if condition.sample == 0 else "always", f"{share} in this sample"
            )
        if _is_simple(condition):
            return None
        demands = dict(_demands([(condition, False)], self.bounds))
        for subject, demand in demands.items():
            if demand.is_impossible:
                return self._tell(route, "never", f"{_words(subject)} can't be {_joined(demand)}")
            if _is_always(condition, demand, subject, self.bounds):
                return self._tell(route, "always", f"{_words(subject)} is always {_joined(demand)}")
        return self._judge_empty_lists(condition, route)

    def _tell(self, route: Route, verdict: Verdict, why: str) -> Verdict:
        self.found.append(Judgement(route, verdict, why))
        return verdict

    def _judge_list(self, condition: All | AnyOf | NoneOf, route: Route) -> Verdict | None:
        name = condition.keyword
        members: tuple[Condition, ...] = getattr(condition, name)
        inside = [self.judge(each, (*route, name, number)) for number, each in enumerate(members)]
        if not members:
            verdict: Verdict = "never" if name == "any" else "always"
            return self._tell(route, verdict, f"`{name}` has nothing in it")
        self._repeated(members, (*route, name))
        decisive: Verdict = "never" if name == "all" else "always"
        if decisive in inside:
            return "never" if name in ("all", "none") else "always"
        other: Verdict = "always" if name == "all" else "never"
        if all(verdict == other for verdict in inside):
            return other if name != "none" else "always"
        return self._judge_together(name, members, route, inside)

    def _judge_together(
        self, name: str, members: tuple[Condition, ...], route: Route, inside: list[Verdict | None]
    ) -> Verdict | None:
        """What follows from the members of a list only together."""
        alone = [each for each, verdict in zip(members, inside, strict=True) if verdict is None]
        if name == "all":
            why = _clash(list(_flat(alone, negated=False)), self.bounds)
            return self._tell(route, "never", why) if why else None
        if name == "any":
            opposite = _opposites(alone)
            return self._tell(route, "always", opposite) if opposite else None
        return None

    def _repeated(self, members: tuple[Condition, ...], route: Route) -> None:
        seen: set[str] = set()
        for number, each in enumerate(members):
            key = _key(each)
            if key in seen:
                why = "this stands here already"
                self.found.append(Judgement((*route, number), "repeated", why))
            seen.add(key)

    def _judge_happening(self, condition: Happening, route: Route) -> Verdict | None:
        for name in ("first", "last"):
            test = getattr(condition, name)
            if test is not None and demand_of(test).is_impossible:
                return self._tell((*route, name), "never", f"no time is {_joined(demand_of(test))}")
        tests: list[tuple[str, NumberTest]] = [
            (name, test)
            for name in ("count", "sum", "avg", "min", "max")
            if isinstance(test := getattr(condition, name, None), NumberTest)
        ]
        for name, test in tests:
            demand = demand_of(test)
            if name == "count":
                demand.numbers.above(0, open_=False)
            if demand.is_impossible:
                return self._tell((*route, name), "never", f"no {name} is {_joined(demand)}")
        if _is_any_count(condition):
            return self._tell((*route, "count"), "always", "every count is 0 or more")
        operators = written(condition, Window)
        if len(operators) < 2:
            return None
        window = Demand()
        for operator in operators:
            window.add(operator, getattr(condition, operator))
        if window.is_impossible:
            verdict: Verdict = "always" if condition.never else "never"
            return self._tell(route, verdict, f"no time is {_joined(window)}")
        return None

    def _judge_empty_lists(self, condition: Condition, route: Route) -> Verdict | None:
        if isinstance(condition, ValueTest):
            for operator, wanted in tests_of(condition):
                if wanted == () and operator in ("has_any", "word"):
                    return self._tell(
                        (*route, operator), "never", f"`{operator}` has nothing in it"
                    )
        return None


def _is_simple(condition: Condition) -> bool:
    """Whether it tests one thing, which something passes and something fails."""
    if not isinstance(condition, (FieldCondition, TriggerCondition, LabelCondition)):
        return not isinstance(condition, ScoreCondition)
    operators = condition.operators
    return not operators or (len(operators) == 1 and operators[0] in _SIMPLE)


_SIMPLE = frozenset(
    (
        "eq",
        "ne",
        "lt",
        "lte",
        "gt",
        "gte",
        "contains",
        "starts_with",
        "ends_with",
        "empty",
        "matches",
    )
)


def _key(condition: Condition) -> str:
    """The same text for the same condition."""
    return f"{condition.keyword} {condition.model_dump_json(exclude_defaults=True)}"


Subject = tuple[str, str]
"""What is tested: `("field", "country")`, `("count", …)`."""
Member = tuple[Condition, bool]
"""A condition, and whether it is negated."""


def _flat(members: Iterable[Condition], *, negated: bool) -> Iterator[Member]:
    """The conditions that must all hold (or all fail) where `members` do, lists of them opened."""
    for each in members:
        if isinstance(each, All) and (not negated or len(each.all) == 1):
            yield from _flat(each.all, negated=negated)
        elif isinstance(each, AnyOf) and (negated or len(each.any) == 1):
            yield from _flat(each.any, negated=negated)
        elif isinstance(each, NoneOf) and (not negated or len(each.none) == 1):
            yield from _flat(each.none, negated=not negated)
        else:
            yield each, negated


def _demands(members: Iterable[Member], bounds: Bounds) -> Iterator[tuple[Subject, Demand]]:
    found: dict[Subject, Demand] = {}
    for condition, negated in members:
        for subject, tests, whole in _tests(condition, negated=negated):
            demand = found.setdefault(subject, _beginning(subject, bounds))
            demand.whole = demand.whole and whole
            for operator, wanted in tests:
                demand.add(operator, wanted, negated=negated)
    yield from found.items()


def _beginning(subject: Subject, bounds: Bounds) -> Demand:
    """What holds of a subject before any test: a score lies between its floor and its cap."""
    demand = Demand()
    kind, name = subject
    if kind == "score":
        demand.filled = True
        floor, cap = bounds.get(name, (None, None))
        if floor is not None:
            demand.numbers.above(floor, open_=False)
        if cap is not None:
            demand.numbers.below(cap, open_=False)
    return demand


Tested = tuple[Subject, list[tuple[str, Any]], bool]


def _tests(condition: Condition, *, negated: bool) -> Iterator[Tested]:
    """What a condition by itself tests, and whether that is all it says.

    Nothing where it is negated and tests several things: they need not all fail.
    """
    tests: list[tuple[str, Any]]
    whole = True
    if isinstance(condition, FieldCondition):
        tests, subject = list(tests_of(condition)), ("field", condition.field)
        whole = condition.changed is None and not condition.case
    elif isinstance(condition, TriggerCondition):
        tests, subject = list(tests_of(condition)), ("trigger", condition.trigger)
        whole = not condition.case
    elif isinstance(condition, ScoreCondition):
        tests, subject = list(tests_of(condition)), ("score", condition.score)
        whole = condition.rose_by is None
    elif isinstance(condition, LabelCondition):
        tests, subject = list(tests_of(condition)), ("label", condition.label)
    elif isinstance(condition, StageCondition) and isinstance(condition.stage, str):
        tests, subject = [("eq", condition.stage)], ("stage", "")
    else:
        return
    if not negated or (len(tests) == 1 and whole):
        yield subject, tests, whole


def _clash(members: list[Member], bounds: Bounds) -> str | None:
    """Why `members` can't all hold; None where they can, as far as is known."""
    for subject, demand in _demands(members, bounds):
        if demand.is_impossible:
            return f"{_words(subject)} can't be {_joined(demand)}"
    false = {_key(condition) for condition, negated in members if negated}
    if false and any(_key(condition) in false for condition, negated in members if not negated):
        return "one of these is also to be false"
    return _never_and_yet(members)


def _never_and_yet(members: list[Member]) -> str | None:
    """Why an event that never happened can't have: the same one, with the same `where` and window."""
    events = [c for c, negated in members if isinstance(c, EventCondition) and not negated]
    absent = {_key(_plainly(event)) for event in events if event.never}
    if not absent:
        return None
    for event in events:
        if not event.never and _has_happened(event) and _key(_plainly(event)) in absent:
            return f"{event.event} is to have happened, and never"
    return None


def _has_happened(event: EventCondition) -> bool:
    """Whether the condition surely fails without any such event."""
    if event.never or event.sum or event.avg or event.min or event.max:
        return False
    return event.count is None or demand_of(event.count).numbers.low > 0


def _plainly(condition: EventCondition) -> EventCondition:
    """The event itself, without how often or when it was."""
    return condition.model_copy(
        update=dict.fromkeys(("never", "count", "first", "last", "sum", "avg", "min", "max"))
    )


def _opposites(members: list[Condition]) -> str | None:
    """Why one of `members` always holds: one is the negation of another."""
    keys = {_key(each) for each in members}
    for each in members:
        if isinstance(each, NoneOf) and len(each.none) == 1 and _key(each.none[0]) in keys:
            return "one of these is the opposite of another"
        if isinstance(each, EventCondition) and each.never and _key(_plainly(each)) in keys:
            return f"{each.event} has happened, or never did"
        if isinstance(each, FieldCondition) and each.operators == ("empty",) and not each.changed:
            other = each.model_copy(update={"empty": not each.empty})
            if _key(other) in keys:
                return f"{each.field} is empty, or is not"
    return None


def _subject(condition: Condition) -> Subject | None:
    """What a condition that tests one thing tests; None for any other."""
    if isinstance(condition, FieldCondition):
        return "field", condition.field
    if isinstance(condition, ScoreCondition):
        return "score", condition.score
    return ("label", condition.label) if isinstance(condition, LabelCondition) else None


def implies(one: Condition, other: Condition) -> bool:
    """Whether `other` surely holds wherever `one` does."""
    if _subject(one) != _subject(other) and None not in (_subject(one), _subject(other)):
        return False
    wanted = list(_flat([other], negated=False))
    if not all(any(True for _ in _tests(c, negated=negated)) for c, negated in wanted):
        return _key(one) == _key(other)
    given = dict(_demands(_flat([one], negated=False), {}))
    return all(
        subject in given and demand.implied_by(given[subject])
        for subject, demand in _demands(wanted, {})
    )


def implies_where(given: Where, wanted: Where) -> bool:
    """Whether every event that fits `given` surely fits `wanted`."""
    return all(
        name in given
        and (given[name] == test or (not test.case and _implies_test(given[name], test)))
        for name, test in wanted.items()
    )


def _implies_test(given: ValueTest, wanted: ValueTest) -> bool:
    return demand_of(wanted).implied_by(demand_of(given))


def certain(condition: Condition) -> Iterator[Condition]:
    """The parts of `condition` that surely hold wherever it does; of events those that surely happened."""
    for each, negated in _flat([condition], negated=False):
        if negated or (isinstance(each, EventCondition) and not _has_happened(each)):
            continue
        yield each


def _is_any_count(condition: Happening) -> bool:
    if condition.count is None or len(condition.measured) > 1:
        return False
    return condition.count.operators == ("gte",) and (condition.count.gte or 0) <= 0


def _is_always(condition: Condition, demand: Demand, subject: Subject, bounds: Bounds) -> bool:
    if isinstance(condition, ScoreCondition):
        only_bounds = demand.one_of is None and not demand.none_of and demand.whole
        as_before = demand.numbers == _beginning(subject, bounds).numbers
        return condition.rose_by is None and only_bounds and as_before
    return demand.words == ["not_in: []"]


def _words(subject: Subject) -> str:
    kind, name = subject
    if kind == "field":
        return name or "the field"
    return f"{kind} {name}".strip()


def _joined(demand: Demand) -> str:
    return " and ".join(demand.words[:4]) + (" …" if len(demand.words) > 4 else "")
