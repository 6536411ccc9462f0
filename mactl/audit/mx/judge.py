"""What is wrong with MX records, their hosts, and what the hosts' addresses are called."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from mactl.audit.dns import ASK_AGAIN, Answer
from mactl.audit.mx import kinds
from mactl.audit.mx.hosts import MAX_HOSTS, MxHost
from mactl.audit.names import is_queryable, normalised, printable
from mactl.audit.reverse.names import Reverse, looks_generic
from mactl.findings import Finding

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\Z")
_SHOWN = 100


def judge_records(domain: str, mx: Answer) -> Iterator[Finding]:
    """The findings about the records themselves."""
    nulls = [preference for preference, host in mx.exchanges if not host]
    others = [host for _, host in mx.exchanges if host]
    if nulls and others:
        message = f"{domain} has 'MX {nulls[0]} .' beside {printable(others[0], _SHOWN)}"
        fix = f"leave out 'MX {nulls[0]} .', or all others if the domain takes no mail"
        yield kinds.NULL_NOT_ALONE.found(message, fix)
    elif nulls and nulls[0] != 0:
        message = f"{domain} has 'MX {nulls[0]} .'"
        yield kinds.NULL_PREFERENCE.found(message, f"publish '{domain}. MX 0 .'")
    times = Counter(map(normalised, others))
    for host, count in times.items():
        if count > 1:
            message = f"{domain} names {printable(host, _SHOWN)} in {count} MX records"
            yield kinds.DUPLICATE.found(message, "leave one")
    if len(times) > MAX_HOSTS:
        yield kinds.CUT.found(f"{domain} has {len(times)} MX hosts, {MAX_HOSTS} were looked at")


def judge_hosts(domain: str, hosts: Sequence[MxHost]) -> Iterator[Finding]:
    """The findings about where the records lead."""
    for host in hosts:
        yield from _judge_host(domain, host)
    if hosts and not any(host.usable for host in hosts):
        names = ", ".join(printable(host.host, _SHOWN) for host in hosts[:3])
        yield kinds.NONE_USABLE.found(
            f"no MX host of {domain} can be reached: {names}",
            f"name a host that takes mail, or publish '{domain}. MX 0 .' if none does",
        )


def _judge_host(domain: str, host: MxHost) -> Iterator[Finding]:
    name = printable(host.host, _SHOWN)
    where = f"MX {host.preference} {name} of {domain}"
    if host.is_address:
        fix = f"publish '{domain}. MX {host.preference} mail.{domain}.', and that host's address"
        yield kinds.IP_ADDRESS.found(f"{where} names an address, not a host", fix)
    elif host.is_local:
        fix = f"publish '{domain}. MX 0 .' if the domain takes no mail"
        yield kinds.LOCALHOST.found(f"{where} is whoever sends", fix)
    elif not is_host(host.host):
        fix = "correct it to a full host name"
        yield kinds.NOT_A_HOST.found(f"{where} can't be the name of a host", fix)
    elif host.failure:
        message = f"the addresses of {where} can't be told: {host.failure}"
        yield kinds.HOST_TEMPERROR.found(message, ASK_AGAIN)
    elif not host.addresses:
        yield kinds.NO_ADDRESS.found(f"{where} has no address", _meant(domain, host))
    else:
        if host.alias:
            message = f"{where} is an alias of {printable(host.alias, _SHOWN)}"
            fix = f"publish '{domain}. MX {host.preference} {printable(host.alias, _SHOWN)}.'"
            yield kinds.ALIAS.found(message, fix)
        hidden = [r.address for r in host.addresses if r not in host.public]
        if hidden:
            fix = f"publish the address that the internet reaches {name} at, or leave it out"
            yield kinds.PRIVATE_ADDRESS.found(f"{where} is at {hidden[0]}", fix)


def _meant(domain: str, host: MxHost) -> str:
    doubled = f".{domain}.{domain}"
    if host.host.endswith(doubled):
        meant = host.host.removesuffix(f".{domain}")
        return f"write '{printable(meant)}.' with a dot at its end in the zone file"
    outside = host.host.removesuffix(f".{domain}")
    if outside != host.host and outside.count(".") >= 2:
        # A zone file adds the domain to every name that does not end in a dot.
        return f"write '{printable(outside)}.' with a dot at its end, if that was meant"
    return f"publish an A record for {printable(host.host, _SHOWN)}, or leave this MX out"


def is_host(name: str) -> bool:
    """Whether `name` can be that of a host on the internet: two labels or more."""
    labels = normalised(name).split(".")
    return is_queryable(name) and len(labels) > 1 and all(map(_LABEL.match, labels))


def judge_reverse(hosts: Sequence[MxHost], senders: frozenset[str]) -> Iterator[Finding]:
    """The findings about the names of the hosts' addresses; each address once."""
    seen: set[str] = set()
    for host in hosts:
        for reverse in host.public:
            if reverse.address not in seen and reverse.confirmed is not None:
                seen.add(reverse.address)
                yield from _judge_reverse(host, reverse, reverse.address in senders)


def _judge_reverse(host: MxHost, reverse: Reverse, may_send: bool) -> Iterator[Finding]:
    name, address = printable(host.host, _SHOWN), reverse.address
    pointer = ip_address(address).reverse_pointer
    fix = f"have whoever rents you {address} publish '{pointer}. PTR {name}.'"
    if not may_send:
        if not reverse.confirmed:
            yield kinds.RECEIVES_WITHOUT_PTR.found(f"{address} of {name} has none")
    elif not reverse.names:
        yield kinds.NO_PTR.found(f"{address} of {name} has no PTR record", fix)
    elif not reverse.confirmed:
        called = printable(reverse.name, _SHOWN)
        message = f"{address} of {name} is called {called}, which has another address or none"
        yield kinds.PTR_UNCONFIRMED.found(message, fix)
    elif looks_generic(reverse.confirmed, address):
        called = printable(reverse.confirmed, _SHOWN)
        yield kinds.PTR_GENERIC.found(f"{address} of {name} is called {called}")
