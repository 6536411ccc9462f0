"""The way of one check through the records: each term that was looked at, in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mactl.audit.names import excerpt, printable

MAX_STEPS = 500  # of a check; a record may have thousands of terms


@dataclass(slots=True)
class Step:
    """One term of the record of `domain`, `depth` records below the first, and its outcome.

    `outcome` is `match`, `no match`, `redirected`, or the error that ended the check there.
    """

    domain: str
    term: str
    depth: int
    outcome: str = ""

    def as_json(self) -> dict[str, object]:
        """The step as plain values."""
        return {
            "domain": printable(self.domain),
            "term": excerpt(self.term),
            "depth": self.depth,
            "outcome": self.outcome,
        }


@dataclass(slots=True)
class Trace:
    """The steps of a check, and how deep it is in included records."""

    steps: list[Step] = field(default_factory=list)
    depth: int = 0

    @contextmanager
    def looking_at(self, domain: str, term: str) -> Iterator[Step]:
        """One more step; its outcome is set by whoever looks."""
        step = Step(domain, term, self.depth)
        if len(self.steps) < MAX_STEPS:
            self.steps.append(step)
        self.depth += 1
        try:
            yield step
        finally:
            self.depth -= 1

    def ended(self, outcome: str) -> tuple[Step, ...]:
        """All steps; those that an error cut short have it as their `outcome`."""
        for step in self.steps:
            step.outcome = step.outcome or outcome
        return tuple(self.steps)
