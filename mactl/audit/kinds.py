"""What an audit can find: a kind of finding is declared once, and made concrete where it occurs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mactl.findings import Finding, Severity

MOST_OF_A_KIND = 20
"""Findings of one kind in one audit."""


class Status(StrEnum):
    """What receivers make of the records of one standard, in the words of RFC 8601 2.7."""

    NONE = "none"  # nothing is published
    PASS = "pass"
    WARN = "warn"  # it works, with a danger or a weakness
    PERMERROR = "permerror"  # published, and broken
    TEMPERROR = "temperror"  # the DNS failed: it can't be told


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding, as `mactl audit --explain ID` tells it.

    `title` says in one line what is wrong, `effect` what receivers do about it, `reference` names
    the section of the standard that says so, `status` is what it makes of the standard's status.
    """

    id: str
    severity: Severity
    title: str
    effect: str
    reference: str
    status: Status

    def found(self, message: str, fix: str | None = None) -> Finding:
        """This kind of finding in one place; `fix` is the next step, ideally a record."""
        return Finding(self.id, self.severity, message=message, hint=fix, reference=self.reference)


def error(
    id: str, title: str, effect: str, reference: str, status: Status = Status.WARN
) -> FindingKind:
    """A kind that breaks authentication, opens it to anyone, or keeps it from being judged."""
    return FindingKind(id, Severity.ERROR, title, effect, reference, status)


def warning(
    id: str, title: str, effect: str, reference: str, status: Status = Status.WARN
) -> FindingKind:
    """A kind that weakens authentication, or will break it with the next change."""
    return FindingKind(id, Severity.WARNING, title, effect, reference, status)


def note(
    id: str, title: str, effect: str, reference: str, status: Status = Status.PASS
) -> FindingKind:
    """A kind that is good to know and needs no action by itself."""
    return FindingKind(id, Severity.NOTE, title, effect, reference, status)


_GRAVITY = (Status.PASS, Status.WARN, Status.NONE, Status.TEMPERROR, Status.PERMERROR)


def status_of(findings: Iterable[Finding], kinds: Mapping[str, FindingKind]) -> Status:
    """What findings make of their standard, whose `kinds` by id they are all of.

    The gravest decides: broken before unknown before absent; `pass` where there is none.
    """
    statuses = (kinds[finding.id].status for finding in findings)
    return max(statuses, key=_GRAVITY.index, default=Status.PASS)


def has_any(findings: Iterable[Finding], *kinds: FindingKind) -> bool:
    """Whether one of `findings` is of one of `kinds`."""
    ids = {kind.id for kind in kinds}
    return any(finding.id in ids for finding in findings)


def without(findings: Iterable[Finding], *kinds: FindingKind) -> tuple[Finding, ...]:
    """The findings that are of none of `kinds`."""
    ids = {kind.id for kind in kinds}
    return tuple(finding for finding in findings if finding.id not in ids)


def first_of_each(findings: Iterable[Finding], most: int = MOST_OF_A_KIND) -> Iterator[Finding]:
    """Of each kind the first `most` of `findings`: as many as anybody reads."""
    times: Counter[str] = Counter()
    for finding in findings:
        times[finding.id] += 1
        if times[finding.id] <= most:
            yield finding


def kinds_in(module: dict[str, object]) -> dict[str, FindingKind]:
    """The kinds among the values of a module's namespace, by id."""
    return {kind.id: kind for kind in module.values() if isinstance(kind, FindingKind)}
