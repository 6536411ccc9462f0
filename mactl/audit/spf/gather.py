"""Every record and address that an SPF record leads to, asked for level by level."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.names import is_queryable, normalised
from mactl.audit.spf.evaluate import MAX_MX_NAMES
from mactl.audit.spf.macros import MacroString
from mactl.audit.spf.record import SpfRecord, is_spf, parse_spf
from mactl.audit.spf.terms import Directive, Modifier, Term

MAX_LEVELS = 24  # far past the limit of 10 lookups, so that an overrun is counted to its end
MAX_OCTETS = 250_000  # of all records together: hundreds of times what anybody needs
MAX_ADDRESSES = 10_000  # of all hosts together
MAX_TERMS = 2_000  # that look up, in all records together
_STATIC_LETTERS = frozenset("do")


@dataclass(frozen=True, slots=True)
class Published:
    """What the TXT question for one domain brought: `records` are those that begin as SPF does."""

    answer: Answer
    records: tuple[SpfRecord, ...] = ()


@dataclass(slots=True)
class Gathered:
    """The answers behind a whole tree: records by domain, other answers by name and type."""

    sender: str
    published: dict[str, Published] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    octets: int = 0
    addresses: int = 0
    terms: int = 0
    """Those that look up, as far as they were drawn."""

    @property
    def cut(self) -> str:
        """What there is too much of to look at all of it; '' where all was looked at."""
        limits = (
            (self.octets, MAX_OCTETS, "characters"),
            (self.addresses, MAX_ADDRESSES, "addresses"),
            (self.terms, MAX_TERMS, "terms that look up"),
        )
        return next((f"{most:,} {what}" for there, most, what in limits if there > most), "")


def target_of(term: Term, domain: str, sender: str) -> str | None:
    """The name that a term in the record of `domain` looks up; None where it depends on a message.

    `sender` is the domain that the whole check is about, `%{o}`.
    """
    spec: MacroString | None = term.value if isinstance(term, Modifier) else term.domain
    if isinstance(term, Directive) and term.mechanism == "ptr":
        return None  # it asks about the client's address
    if spec is None:
        return domain
    if not spec.letters <= _STATIC_LETTERS:
        return None
    return normalised(spec.expand_name({"d": domain, "o": sender}))


async def gather_spf(domain: str, resolver: Resolver) -> Gathered:
    """What the record of `domain` and all that it includes or redirects to lead to."""
    gathered = Gathered(domain)
    level = {domain}
    for _ in range(MAX_LEVELS):
        if not level:
            break
        found = await asyncio.gather(
            *(_published(name, gathered, resolver) for name in sorted(level))
        )
        gathered.published |= found
        records = [(name, record) for name, p in found for record in p.records[:1]]
        await asyncio.gather(*(_addresses(n, r, gathered, resolver) for n, r in records))
        wanted = {target for name, r in records for target in _records_wanted(name, r, gathered)}
        level = wanted - gathered.published.keys()
    return gathered


async def _published(domain: str, gathered: Gathered, resolver: Resolver) -> tuple[str, Published]:
    answer = await resolver.query(domain, "TXT")
    texts = [text for text in answer.records if is_spf(text)]
    gathered.octets += sum(map(len, texts))
    if gathered.octets > MAX_OCTETS:
        return domain, Published(Answer(domain, "TXT", Outcome.UNASKED))
    return domain, Published(answer, tuple(map(parse_spf, texts)))


def _records_wanted(domain: str, record: SpfRecord, gathered: Gathered) -> Iterable[str]:
    terms: list[Term] = [d for d in record.directives if d.mechanism == "include"]
    if record.redirect is not None:
        terms.append(record.redirect)
    for term in terms:
        target = target_of(term, domain, gathered.sender)
        if target is not None and is_queryable(target):
            yield target


async def _addresses(
    domain: str, record: SpfRecord, gathered: Gathered, resolver: Resolver
) -> None:
    """Ask for the addresses that `a`, `mx` and `exists` lead to."""
    # Each once: a hostile record has thousands of terms for one name.
    wanted: dict[tuple[str, str], bool] = {}
    for directive in record.directives:
        if directive.mechanism not in ("a", "mx", "exists"):
            continue
        target = target_of(directive, domain, gathered.sender)
        if target is not None and is_queryable(target):
            key = (directive.mechanism, target)
            # Of a range of IPv6 addresses it is to be judged how wide it is.
            wanted[key] = wanted.get(key, False) or directive.cidr6 != 128
    asked = []
    for (mechanism, target), wide in wanted.items():
        if mechanism == "exists":
            asked.append(_hosts([target], gathered, resolver, six=False))
        elif mechanism == "a":
            asked.append(_hosts([target], gathered, resolver, six=wide or None))
        else:
            asked.append(_exchanges(target, gathered, resolver, six=wide or None))
    await asyncio.gather(*asked)


async def complete(gathered: Gathered, resolver: Resolver) -> None:
    """Ask for the IPv6 addresses of all hosts, too, which are left out where they decide nothing."""
    hosts = [host for host, rdtype in gathered.answers if rdtype == "A"]
    await _hosts(hosts, gathered, resolver, six=True)


async def _exchanges(
    target: str, gathered: Gathered, resolver: Resolver, *, six: bool | None
) -> None:
    answer = await resolver.query(target, "MX")
    gathered.answers[target, "MX"] = answer
    hosts = [normalised(host) for _, host in answer.exchanges[:MAX_MX_NAMES] if is_queryable(host)]
    await _hosts(hosts, gathered, resolver, six=six)


async def _hosts(
    hosts: Iterable[str], gathered: Gathered, resolver: Resolver, *, six: bool | None
) -> None:
    """IPv4 addresses, and IPv6 addresses: None for those of hosts that have no others."""

    async def one(host: str) -> None:
        answer = await _host(host, "A", gathered, resolver)
        if six or (six is None and answer.absent):
            await _host(host, "AAAA", gathered, resolver)

    await asyncio.gather(*(one(host) for host in hosts))


async def _host(host: str, rdtype: str, gathered: Gathered, resolver: Resolver) -> Answer:
    answer = await resolver.query(host, rdtype)
    if (host, rdtype) not in gathered.answers:
        gathered.addresses += len(answer.records)
        if gathered.addresses > MAX_ADDRESSES:
            answer = Answer(host, rdtype, Outcome.UNASKED)
        gathered.answers[host, rdtype] = answer
    return gathered.answers[host, rdtype]
