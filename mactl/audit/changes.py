"""Two reports of one domain held against each other: what is new, what is mended, what is published anew.

Reports are the plain values of `DomainAudit.as_json`, so that one that was kept for a year can still be read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mactl.audit.catalogue import TEMPORARY

Report = Mapping[str, Any]

_FACTS = {
    "spf": ("status", "record", "lookups", "void_lookups", "all", "result"),
    "dkim": ("status", "selectors"),
    "dmarc": ("status", "record", "record_domain", "policy", "testing"),
    "bimi": ("status", "record", "eligible", "logo", "certificate"),
    "mx": ("status", "hosts"),
    "mta_sts": ("status", "record", "policy"),
    "tls_rpt": ("status", "record"),
    "dnssec": ("status", "state"),
}
STANDARDS = tuple(_FACTS)
_LEANS_ON = {"bimi": ("dmarc",), "mta_sts": ("mx",), "domain": STANDARDS}
"""What is judged by other standards too, and can't be told where those can't."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is told otherwise than before: `dmarc.policy.this` was `none`, and is `reject`."""

    what: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        """The change as plain values."""
        return {"what": self.what, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Changes:
    """What is otherwise than in an earlier report; findings as reports hold them."""

    new: tuple[Mapping[str, Any], ...] = ()
    gone: tuple[Mapping[str, Any], ...] = ()
    facts: tuple[Change, ...] = ()
    is_first: bool = False
    """There was no earlier report of the domain: all that it has is new."""

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.facts or self.is_first)

    def as_json(self) -> dict[str, Any]:
        """The changes as plain values."""
        return {
            "first": self.is_first,
            "new": list(self.new),
            "gone": list(self.gone),
            "facts": [change.as_json() for change in self.facts],
        }


def changes_between(earlier: Report | None, now: Report) -> Changes:
    """What `now` tells otherwise than `earlier`.

    A standard that the DNS kept from being judged this time has not changed; nor has a finding whose numbers only are
    others than before.
    """
    if earlier is None:
        return Changes(new=tuple(now["findings"]), is_first=True)
    unknown = _unknown(now)
    new, gone = _apart(
        [f for f in earlier["findings"] if f.get("standard") not in unknown],
        [f for f in now["findings"] if f.get("standard") not in unknown],
    )
    facts = [
        change
        for standard, names in _FACTS.items()
        if standard not in unknown and earlier.get(standard) and now.get(standard)
        for change in _differing(standard, earlier[standard], now[standard], names)
    ]
    return Changes(tuple(new), tuple(gone), tuple(facts))


def carried_on(earlier: Report | None, now: Report) -> dict[str, Any]:
    """`now`, with what is known from `earlier` of standards that the DNS kept from being judged this time."""
    kept = dict(now)
    if earlier is None:
        return kept
    unknown = _unknown(now)
    for standard in unknown & earlier.keys():
        kept[standard] = earlier[standard]
    kept["findings"] = [
        *(f for f in now["findings"] if f.get("standard") not in unknown),
        *(f for f in earlier["findings"] if f.get("standard") in unknown),
    ]
    return kept


def _unknown(report: Report) -> set[str]:
    """The standards that the DNS kept from being judged, in whole or in part."""
    failed = {f.get("standard") for f in report["findings"] if f["id"] in TEMPORARY}
    leaning = {name for name, others in _LEANS_ON.items() if failed & set(others)}
    return {*filter(None, failed), *leaning}


_Findings = Sequence[Mapping[str, Any]]


def _apart(before: _Findings, after: _Findings) -> tuple[_Findings, _Findings]:
    """The findings that are new, and those that are gone; of one kind, as many as there are more or fewer."""
    told_before = {(f["id"], f["message"]) for f in before}
    told_after = {(f["id"], f["message"]) for f in after}
    new, gone = [], []
    for id in dict.fromkeys(f["id"] for f in (*after, *before)):
        fresh = [f for f in after if f["id"] == id and (id, f["message"]) not in told_before]
        lost = [f for f in before if f["id"] == id and (id, f["message"]) not in told_after]
        same = min(len(fresh), len(lost))
        new += fresh[same:]
        gone += lost[same:]
    return new, gone


def _differing(path: str, before: Any, after: Any, names: Iterable[str] = ()) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in names or dict.fromkeys((*before, *after)):
            yield from _differing(f"{path}.{name}", before.get(name), after.get(name))
    elif before != after:
        yield Change(path, before, after)
