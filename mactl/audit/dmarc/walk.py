"""The DNS tree walk, and what its records come to for a name (RFC 9989 4.10)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from mactl.audit.dmarc.record import DmarcRecord, Policy, is_dmarc, looks_like_dmarc, parse_dmarc
from mactl.audit.dns import Answer, Resolver
from mactl.audit.names import normalised, parent, printable

_SHORTEN_FROM = 8  # labels: such a name is asked for itself, then for its last 7 labels
_SHORTEN_TO = 7


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the walk. `record` is the DMARC record at `domain`, if there is exactly one.

    `dropped` holds the texts of several DMARC records, `meant` a text that was meant as one.
    """

    domain: str
    answer: Answer
    record: DmarcRecord | None = None
    dropped: tuple[str, ...] = ()
    meant: str = ""

    def as_json(self) -> dict[str, object]:
        """The step as plain values."""
        return {
            "name": printable(f"_dmarc.{self.domain}"),
            "outcome": self.answer.outcome.value,
            "record": printable(self.record.text) if self.record is not None else None,
            "dropped": [printable(text) for text in self.dropped],
        }


@dataclass(frozen=True, slots=True)
class Walk:
    """The steps from a domain to its top-level domain, as far as a receiver takes them.

    `asked` holds the steps behind a `psd=y` or `psd=n` too.
    """

    domain: str
    asked: tuple[Step, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps up to the record that ends the walk (RFC 9989 4.10, steps 2 and 6)."""
        for index, step in enumerate(self.asked):
            if step.record is not None and step.record.psd in ("y", "n"):
                return self.asked[: index + 1]
        return self.asked

    @property
    def own(self) -> Step:
        """The step for the domain itself."""
        return self.asked[0]

    @property
    def failed(self) -> tuple[Step, ...]:
        """The steps that the DNS failed on."""
        return tuple(step for step in self.steps if step.answer.failed)

    @property
    def organizational_domain(self) -> str:
        """The organizational domain of the domain (RFC 9989 4.10.2)."""
        return organizational_domain(self.domain, self.steps)

    def below(self) -> "Walk":
        """The walk for a name one label below the domain that has no record of its own."""
        below = f"x.{self.domain}"
        names = walk_names(below)[1:]
        return Walk(below, tuple(step for step in self.asked if step.domain in names))

    def governing(self) -> Step | None:
        """The step whose record applies to mail from the domain (RFC 9989 4.10.1)."""
        by_domain = {step.domain: step for step in self.steps if step.record is not None}
        psd = [step for step in by_domain.values() if step.record and step.record.psd == "y"]
        organizational = by_domain.get(self.organizational_domain)
        return by_domain.get(self.domain) or organizational or next(iter(psd), None)


def organizational_domain(domain: str, steps: Sequence[Step]) -> str:
    """Which name below the public suffix `domain` belongs to, by the records found above it."""
    found = [(step.domain, step.record) for step in steps if step.record is not None]
    for name, record in found:  # from the longest name to the shortest
        if record.psd == "n":
            return name
        if record.psd == "y" and name != domain:
            labels = domain.split(".")
            return ".".join(labels[-(name.count(".") + 2) :])
    return found[-1][0] if found else domain


def walk_names(domain: str) -> tuple[str, ...]:
    """The names that the walk asks for, at most 8: the domain, then its parents up to the top."""
    names = [domain]
    labels = domain.split(".")
    name = parent(domain)
    if len(labels) >= _SHORTEN_FROM:
        name = ".".join(labels[-_SHORTEN_TO:])  # RFC 9989 4.10, step 4
    while name:
        names.append(name)
        name = parent(name)
    return tuple(names)


async def walk_tree(domain: str, resolver: Resolver) -> Walk:
    """The walk from `domain`; all names are asked for at once, the steps end where a receiver's do.

    A receiver goes up one by one and stops early at `psd=y` or `psd=n`; the answers are the same.
    """
    domain = normalised(domain)
    names = walk_names(domain)
    answers = await asyncio.gather(*(resolver.query(f"_dmarc.{name}", "TXT") for name in names))
    return Walk(domain, tuple(map(_step, names, answers)))


def _step(domain: str, answer: Answer) -> Step:
    records = [text for text in answer.records if is_dmarc(text)]
    if len(records) == 1:
        return Step(domain, answer, parse_dmarc(records[0]))
    if records:
        return Step(domain, answer, dropped=tuple(records))  # RFC 9989 4.10, step 2
    meant = next((text for text in answer.records if looks_like_dmarc(text)), "")
    return Step(domain, answer, meant=meant)


@dataclass(frozen=True, slots=True)
class Policies:
    """What receivers do with mail that fails, None where they apply no DMARC: from the name, from
    a subdomain that exists and has no record of its own, from one that does not exist."""

    this: Policy | None = None
    subdomain: Policy | None = None
    absent: Policy | None = None

    def as_json(self) -> dict[str, str | None]:
        """The three policies as plain values."""
        return {
            "this": self.this.value if self.this else None,
            "subdomain": self.subdomain.value if self.subdomain else None,
            "absent": self.absent.value if self.absent else None,
        }


def policies(walk: Walk, *, exists: bool, rfc7489: bool = False) -> Policies:
    """The policies for a receiver of RFC 9989, or of RFC 7489.

    `exists` tells whether the walk's own domain does. An RFC 7489 receiver takes the organizational
    domain from a list of public suffixes; the walk's is taken for it.
    """
    below = walk.below()
    return Policies(
        _policy(walk, exists, rfc7489),
        _policy(below, True, rfc7489),
        _policy(below, False, rfc7489),
    )


def _policy(walk: Walk, exists: bool, rfc7489: bool) -> Policy | None:
    step = walk.governing()
    if step is None or step.record is None:
        return None
    record = step.record
    if rfc7489 and record.psd == "y" and step.domain != walk.domain:
        return None  # RFC 7489 knows no records of public suffixes
    heeded = ("p", "sp") if rfc7489 else ("p", "sp", "np")
    if record.p is None or any(name in record.bad_policies for name in heeded):
        # RFC 9989 4.10.1, RFC 7489 6.6.3: as p=none, if there is somebody to report to.
        return Policy.NONE if record.has_report_address else None
    policy = record.p
    if step.domain != walk.domain:
        policy = record.sp or record.p
        if not exists and not rfc7489:
            policy = record.np or policy
    return policy.milder if record.testing and not rfc7489 else policy
