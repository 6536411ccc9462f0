"""What was expected of a test beside what came of it, and why they differ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.recipe.expectations import (
    Expectations,
    ExpectedSend,
    ExpectedStop,
)
from mactl.rules.names import STAGE
from mactl.store.tables import SendStatus
from mactl.workflows.testing.outcome import Outcome, Stopped, Went
from mactl.workflows.testing.reasons import Reasons

NOTHING = "nothing"
_CLOSE_ENOUGH = 0.005  # points: what two decimals of a score leave open


@dataclass(frozen=True)
class Failure:
    """One difference: `what` it is about, both sides in words, and why."""

    what: str
    expected: str
    got: str
    why: str = ""


def compare(outcome: Outcome, expect: Expectations) -> list[Failure]:
    """Every difference between `outcome` and what is written in `expect`."""
    comparing = _Comparing(outcome, expect)
    return [failure for compare_one in comparing.parts for failure in compare_one()]


class _Comparing:
    def __init__(self, outcome: Outcome, expect: Expectations) -> None:
        self.outcome, self.expect, self.played = outcome, expect, outcome.played
        self.reasons = Reasons(outcome)
        self.zone = zone_named(self.played.world.project.settings.timezone)
        self.parts: tuple[Callable[[], Iterator[Failure]], ...] = (
            self.unknown, self.sends, self.left, self.held, self.skipped, self.tasks, self.notifies,
            self.enrolled, self.suppressed, self.stage, self.segments, self.labels, self.scores,
        )  # fmt: skip

    def unknown(self) -> Iterator[Failure]:
        """People whom the test does not have."""
        expect = self.expect
        by_contact = (
            expect.left, expect.stage, expect.segments, expect.labels, expect.scores, expect.enrolled,
            expect.suppressed,
        )  # fmt: skip
        named = [who for part in by_contact for who in part or ()]
        for sends in (expect.sends, expect.held, expect.skipped):
            named += [send.to for send in sends or ()]
        for who in dict.fromkeys(named):
            if self.played.key_of(who) is None:
                yield Failure("contacts", who, NOTHING, "no contact of the test goes by this name")

    # Messages

    def sends(self) -> Iterator[Failure]:
        if self.expect.sends is None:
            return
        expected, got = list(self.expect.sends), list(self.outcome.went)
        pairs = _align(expected, _best_order(expected, got, self._fits), self._fits)
        for one, other in _joined(pairs, self._is_like):
            yield Failure(
                "sends",
                self._expected_send(one) if one else NOTHING,
                self._went(other, one) if other else NOTHING,
                self._why_send(one, other),
            )

    def _fits(self, expected: ExpectedSend, went: Went) -> bool:
        return (
            self._is_like(expected, went)
            and (expected.at is None or self._instant(expected.at) == went.at // 60 * 60)
            and expected.channel in (None, went.channel)
            and expected.subject in (None, went.subject)
        )

    def _is_like(self, expected: ExpectedSend, went: Went) -> bool:
        return (
            self.played.key_of(expected.to) == went.contact and expected.template == went.template
        )

    def _instant(self, text: str) -> int:
        return to_epoch(parse_instant(text, self.zone)) // 60 * 60

    def _expected_send(self, send: ExpectedSend) -> str:
        parts = [f"{send.template} to {send.to}"]
        parts += [f"at {self.outcome.moment(self._instant(send.at))}"] if send.at else []
        parts += [f"by {send.channel}"] if send.channel else []
        parts += [f"subject {send.subject!r}"] if send.subject else []
        return " ".join(parts)

    def _went(self, went: Went, beside: ExpectedSend | None) -> str:
        parts = [
            f"{went.template} to {self.played.name_of(went.contact)} at {self.outcome.moment(went.at)}"
        ]
        if beside is not None and beside.channel:
            parts.append(f"by {went.channel}")
        if beside is not None and beside.subject:
            parts.append(f"subject {went.subject!r}")
        return " ".join(parts)

    def _why_send(self, expected: ExpectedSend | None, went: Went | None) -> str:
        if went is not None:
            return self.reasons.of_send(went)
        assert expected is not None
        contact = self.played.key_of(expected.to)
        at = self._instant(expected.at) if expected.at else None
        return self.reasons.of_missing(contact, expected.template, at)

    def held(self) -> Iterator[Failure]:
        yield from self._stops("held", self.expect.held, self.outcome.stopped(SendStatus.HELD))

    def skipped(self) -> Iterator[Failure]:
        yield from self._stops(
            "skipped", self.expect.skipped, self.outcome.stopped(SendStatus.SKIPPED)
        )

    def _stops(
        self, what: str, expected: Sequence[ExpectedStop] | None, got: Sequence[Stopped]
    ) -> Iterator[Failure]:
        if expected is None:
            return

        def fits(one: ExpectedStop, other: Stopped) -> bool:
            return is_like(one, other) and one.gate in (None, other.gate)

        def is_like(one: ExpectedStop, other: Stopped) -> bool:
            return self.played.key_of(one.to) == other.contact and one.template == other.template

        for one, other in _joined(_match(expected, got, fits), is_like):
            why = other.reason if other else ""
            if one and not other:
                why = self.reasons.of_missing(self.played.key_of(one.to), one.template, None)
            yield Failure(
                what,
                f"{one.template} to {one.to}" + (f" by {one.gate}" if one.gate else "") if one else NOTHING,
                f"{other.template} to {self.played.name_of(other.contact)} by {other.gate or 'nothing'}"
                if other
                else NOTHING,
                why,
            )  # fmt: skip

    # At the end

    def left(self) -> Iterator[Failure]:
        for who, why in (self.expect.left or {}).items():
            contact = self.played.key_of(who)
            got = self.outcome.left.get(contact or "")
            if contact is not None and got != why:
                recipe = self.played.recipe.id
                reason = "" if got else self.reasons.of_passage(contact, recipe)
                yield Failure("left", f"{who}: {why}", f"{who}: {got or 'did not leave'}", reason)

    def tasks(self) -> Iterator[Failure]:
        yield from self._told(
            "tasks", self.expect.tasks, self.outcome.tasks, ("task", "to", "title")
        )

    def notifies(self) -> Iterator[Failure]:
        yield from self._told(
            "notifies", self.expect.notifies, self.outcome.notices, ("to", "message")
        )

    def _told(
        self,
        what: str,
        expected: Sequence[Any] | None,
        got: Sequence[dict[str, Any]],
        keys: tuple[str, ...],
    ) -> Iterator[Failure]:
        if expected is None:
            return

        def fits(one: Any, other: dict[str, Any]) -> bool:
            return self.played.key_of(one.contact) == other["contact"] and all(
                getattr(one, key) in (None, other[key]) for key in keys
            )

        def in_words(who: str, values: dict[str, Any]) -> str:
            told = ", ".join(f"{key} {value}" for key, value in values.items() if value is not None)
            return f"{who}: {told}"

        for one, other in _match(expected, got, fits):
            yield Failure(
                what,
                in_words(one.contact, {key: getattr(one, key) for key in keys}) if one else NOTHING,
                in_words(self.played.name_of(other["contact"]), {key: other[key] for key in keys})
                if other
                else NOTHING,
                self.reasons.of_passage(
                    self.played.key_of(one.contact) or "", self.played.recipe.id
                )
                if one
                else "",
            )

    def enrolled(self) -> Iterator[Failure]:
        for who, recipes in (self.expect.enrolled or {}).items():
            contact = self.played.key_of(who)
            got = self.outcome.enrolled.get(contact or "", set())
            if contact is not None and got != set(recipes):
                differing = sorted(got ^ set(recipes))
                why = "; ".join(
                    f"{name}: {self.reasons.of_passage(contact, name)}" for name in differing
                )
                yield Failure("enrolled", _list(who, recipes), _list(who, sorted(got)), why)

    def suppressed(self) -> Iterator[Failure]:
        for who, topic in (self.expect.suppressed or {}).items():
            got = self.outcome.suppressed.get(self.played.key_of(who) or "", set())
            if self.played.key_of(who) is not None and topic not in got:
                yield Failure("suppressed", f"{who}: {topic}", _list(who, sorted(got)))

    # Who they are

    def stage(self) -> Iterator[Failure]:
        for who, stage in (self.expect.stage or {}).items():
            yield from self._standing("stage", who, str(STAGE), stage)

    def labels(self) -> Iterator[Failure]:
        for who, labels in (self.expect.labels or {}).items():
            for name, bucket in labels.items():
                yield from self._standing("labels", who, f"label {self._full(name)}", bucket, name)

    def scores(self) -> Iterator[Failure]:
        for who, scores in (self.expect.scores or {}).items():
            for name, points in scores.items():
                yield from self._standing("scores", who, f"score {self._full(name)}", points, name)

    def _standing(
        self, what: str, who: str, column: str, expected: Any, name: str | None = None
    ) -> Iterator[Failure]:
        contact = self.played.key_of(who)
        if contact is None:
            return
        prefix = f"{who}: {name} " if name else f"{who}: "
        if column not in self.outcome.standings:
            yield Failure(
                what, f"{prefix}{expected}", NOTHING, "the cookbook defines no such thing"
            )
            return
        got = plain(self.outcome.standings.at[contact, column])
        if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
            differs = abs(got - expected) > _CLOSE_ENOUGH
        else:
            differs = got != expected
        if differs:
            shown = f"{got:g}" if isinstance(got, float) else got
            why = self.reasons.of_standing(contact, column)
            yield Failure(what, f"{prefix}{expected}", f"{prefix}{shown}", why)

    def segments(self) -> Iterator[Failure]:
        for who, names in (self.expect.segments or {}).items():
            contact = self.played.key_of(who)
            if contact is None:
                continue
            wanted = {self._full(name) for name in names}
            inside = self._inside(contact)
            own = {name for name in inside if name.startswith(f"{self.played.recipe.id}.")}
            # Of this recipe's own segments all that hold are to be written; of others those that are meant.
            is_exact = not names or any("." not in name for name in names)
            wrong = sorted((wanted - inside) | ((own - wanted) if is_exact else set()))
            if wrong:
                shown = sorted((inside & wanted) | (own if is_exact else set()))
                short = [name.removeprefix(f"{self.played.recipe.id}.") for name in shown]
                why = "; ".join(
                    self.reasons.of_standing(contact, f"segment {name}") for name in wrong
                )
                yield Failure("segments", _list(who, names), _list(who, short), why)

    def _inside(self, contact: str) -> set[str]:
        row = self.outcome.standings.loc[contact]
        return {
            str(name).removeprefix("segment ")
            for name, value in row.items()
            if str(name).startswith("segment ") and plain(value)
        }

    def _full(self, name: str) -> str:
        return name if "." in name else f"{self.played.recipe.id}.{name}"


def plain(value: Any) -> Any:
    """A cell as it is written; None where it is empty."""
    return None if pd.isna(value) else value


def _list(who: str, names: Sequence[str]) -> str:
    return f"{who}: {', '.join(names) or 'none'}"


Pair = tuple[Any, Any]


def _best_order(
    expected: Sequence[ExpectedSend], got: Sequence[Went], fits: Callable[[Any, Any], bool]
) -> list[Went]:
    """`got` with those of one instant in the order in which they are expected: which of them is first says nothing."""
    ordered: list[Went] = []
    left = list(expected)
    place = 0
    while place < len(got):
        group = [went for went in got[place:] if went.at == got[place].at]
        place += len(group)
        while group:
            found = next(
                ((one, went) for one in left[: len(group)] for went in group if fits(one, went)),
                None,
            )
            if found is None:
                ordered += group
                break
            left.remove(found[0])
            group.remove(found[1])
            ordered.append(found[1])
    return ordered


def _align(
    expected: Sequence[Any], got: Sequence[Any], fits: Callable[[Any, Any], bool]
) -> list[Pair]:
    """The differences of two lists in their order: the longest common part left out, others beside nothing."""
    rows, columns = len(expected), len(got)
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            longest[i][j] = (
                longest[i + 1][j + 1] + 1
                if fits(expected[i], got[j])
                else max(longest[i + 1][j], longest[i][j + 1])
            )
    pairs: list[Pair] = []
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and fits(expected[i], got[j]):
            i, j = i + 1, j + 1
        elif j == columns or (i < rows and longest[i + 1][j] >= longest[i][j + 1]):
            pairs.append((expected[i], None))
            i += 1
        else:
            pairs.append((None, got[j]))
            j += 1
    return pairs


def _match(
    expected: Sequence[Any], got: Sequence[Any], fits: Callable[[Any, Any], bool]
) -> list[Pair]:
    """What of two lists has no match in the other, in whatever order they are."""
    left = list(got)
    pairs: list[Pair] = []
    for one in expected:
        found = next((other for other in left if fits(one, other)), None)
        if found is None:
            pairs.append((one, None))
        else:
            left.remove(found)
    return pairs + [(None, other) for other in left]


def _joined(pairs: Sequence[Pair], is_like: Callable[[Any, Any], bool]) -> list[Pair]:
    """Where what is missing and what came instead are about the same, they stand side by side."""
    missing = [one for one, other in pairs if other is None]
    extra = [other for one, other in pairs if one is None]
    joined: list[Pair] = []
    for one in missing:
        other = next((other for other in extra if is_like(one, other)), None)
        if other is not None:
            extra.remove(other)
        joined.append((one, other))
    return joined + [(None, other) for other in extra]
