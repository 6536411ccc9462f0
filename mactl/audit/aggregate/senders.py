"""Who sends as a domain: addresses that belong together, and what they are to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

from mactl.audit.aggregate.sources import Whose
from mactl.audit.aggregate.tally import DomainTally, Flow, Source


class Standing(StrEnum):
    """What a sender is to the domain, by what receivers saw."""

    ALIGNED = "aligned"  # all of its mail passes
    MISCONFIGURED = "misconfigured"  # some passes: it is the domain's own, and fails at times
    SERVICE = "service"  # a mail service none of whose mail passes: perhaps the domain's own
    FORWARDER = "forwarder"  # it passes on what others sent
    UNKNOWN = "unknown"  # nothing ever passes: forged, or forgotten


@dataclass(slots=True)
class Sender:
    """The addresses that belong together under `name`, and what they sent in all."""

    name: str
    service: str = ""
    sources: list[Source] = field(default_factory=list)
    flow: Flow = field(default_factory=Flow)

    @property
    def standing(self) -> Standing:
        """What it is to the domain."""
        flow = self.flow
        if flow.dmarc:
            return Standing.MISCONFIGURED if flow.failing else Standing.ALIGNED
        if not flow.failing:
            return Standing.FORWARDER
        return Standing.SERVICE if self.service else Standing.UNKNOWN

    @property
    def is_own(self) -> bool:
        """Whether it is, or may be, the domain's own."""
        return self.standing in (Standing.ALIGNED, Standing.MISCONFIGURED, Standing.SERVICE)

    @property
    def broken(self) -> int:
        """The messages that failed with a signature of the domain on them."""
        return sum(source.broken for source in self.sources)

    @property
    def others(self) -> tuple[str, ...]:
        """The domains that its mail passes for by itself, in order."""
        return tuple(sorted({n for s in self.sources for n in (*s.signers, *s.senders)}))


def senders_of(tally: DomainTally, whose: Mapping[str, Whose]) -> tuple[Sender, ...]:
    """The senders of a domain, those that sent most first."""
    senders: dict[str, Sender] = {}
    for source in tally.sources.values():
        known = whose.get(source.ip, Whose())
        name = known.group(source.ip, tally.domain)
        sender = senders.setdefault(name, Sender(name, known.service))
        sender.sources.append(source)
        sender.flow.merge(source.flow)
    return tuple(sorted(senders.values(), key=lambda s: (-s.flow.messages, _in_order(s.name))))


def _in_order(name: str) -> tuple[int, int, str]:
    """Names before addresses, and those as they are counted: .9 before .10."""
    try:
        address = ip_address(name)
    except ValueError:
        return 0, 0, name
    return address.version, int(address), name
