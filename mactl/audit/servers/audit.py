"""The servers of the zone that a domain is in: which serve it, and where they differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from mactl.audit.addresses import is_private
from mactl.audit.dns import ASK_AGAIN, Answer, Outcome, Resolver
from mactl.audit.kinds import Status, status_of
from mactl.audit.names import printable
from mactl.audit.servers import kinds
from mactl.audit.servers.asking import (
    MAX_ADDRESSES,
    Named,
    Question,
    Server,
    ServerState,
    ask_servers,
    named_servers,
)
from mactl.findings import Finding

MAX_QUESTIONS = 24
_SHOWN = 120
_MAX_SHOWN = 20  # records of one answer


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that not all servers answer alike: each answer, with the servers that give it."""

    name: str
    rdtype: str
    answers: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    def as_json(self) -> dict[str, object]:
        """The difference as plain values."""
        return {
            "name": printable(self.name),
            "type": self.rdtype,
            "answers": [
                {"records": [printable(r) for r in records], "servers": list(servers)}
                for records, servers in self.answers
            ],
        }


@dataclass(frozen=True, slots=True)
class ServersAudit:
    """What was found about the servers of `zone`."""

    status: Status
    findings: tuple[Finding, ...]
    zone: str = ""
    servers: tuple[Server, ...] = ()
    differences: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The part of the report about the servers."""
        return {
            "status": self.status.value,
            "zone": printable(self.zone) or None,
            "servers": [server.as_json() for server in self.servers],
            "differences": [difference.as_json() for difference in self.differences],
        }


async def audit_servers(
    zone: str, questions: Sequence[Question], resolver: Resolver
) -> ServersAudit:
    """The servers of `zone`, each asked for the first `MAX_QUESTIONS` of `questions`."""
    ns = await resolver.query(zone, "NS") if zone else Answer(zone, "NS", Outcome.NODATA)
    if not ns.records:
        message = f"the servers of {printable(zone) or 'the zone'} can't be told"
        message += f": {ns.failure}" if ns.failed else ": no NS records were found"
        found = kinds.TEMPERROR.found(message, ASK_AGAIN)
        return ServersAudit(Status.TEMPERROR, (found,), zone)
    named = await named_servers(ns, resolver)
    asked = list(dict.fromkeys(questions))[:MAX_QUESTIONS]
    servers = await ask_servers(zone, named, asked, resolver)
    differences = tuple(_differences(asked, servers))
    findings = (
        *_judge_named(zone, named),
        *_judge_servers(zone, servers),
        *(_told(difference) for difference in differences),
        *_judge_serials(zone, servers),
    )
    status = status_of(findings, kinds.KINDS)
    return ServersAudit(status, findings, zone, servers, differences)


def _differences(questions: Sequence[Question], servers: Sequence[Server]) -> Iterator[Difference]:
    serving = [server for server in servers if server.state is ServerState.SERVES]
    for index, (name, rdtype) in enumerate(questions):
        groups: dict[tuple[str, ...], list[str]] = {}
        for server in serving:
            answer = server.answers[index]
            if not answer.failed:
                records = tuple(sorted(set(answer.records)))[:_MAX_SHOWN]
                groups.setdefault(records, []).append(server.address)
        if len(groups) > 1:
            told = tuple((records, tuple(at)) for records, at in groups.items())
            yield Difference(name, rdtype, told)


def _told(difference: Difference) -> Finding:
    says = (f"{servers[0]} says {_quoted(records)}" for records, servers in difference.answers[:3])
    message = f"{difference.rdtype} {printable(difference.name)}: {', '.join(says)}"
    return kinds.DIFFER.found(message, "have the zone copied to all its servers anew")


def _quoted(records: Sequence[str]) -> str:
    return f"'{printable(records[0], _SHOWN)}'" if records else "there is none"


def _judge_named(zone: str, named: Sequence[Named]) -> Iterator[Finding]:
    for server in named:
        name = printable(server.name, _SHOWN)
        if not server.addresses and not server.failure:
            fix = f"publish its address, or leave 'NS {name}.' out, at the registrar too"
            yield kinds.NO_ADDRESS.found(f"{name}, a server of {zone}, has no address", fix)
        if server.alias:
            message = f"{name}, a server of {zone}, is an alias of {printable(server.alias)}"
            fix = f"publish '{zone}. NS {printable(server.alias, _SHOWN)}.'"
            yield kinds.ALIAS.found(message, fix)
        for address in filter(is_private, server.addresses):
            fix = "publish the address that the internet reaches it at"
            yield kinds.PRIVATE_ADDRESS.found(f"{name}, a server of {zone}, is at {address}", fix)
    addresses = [address for server in named for address in server.addresses]
    if len(named) == 1:
        yield kinds.ONLY_ONE.found(f"{zone} has one server, {printable(named[0].name, _SHOWN)}")
    elif len(addresses) > 1 and len({_network(address) for address in addresses}) == 1:
        yield kinds.ONE_NETWORK.found(f"all servers of {zone} are in {_network(addresses[0])}")
    if len(addresses) > MAX_ADDRESSES:
        message = f"{zone} has servers at {len(addresses)} addresses; {MAX_ADDRESSES} were asked"
        yield kinds.CUT.found(message)


def _network(address: str) -> str:
    length = 24 if ip_address(address).version == 4 else 48
    return str(ip_network(f"{address}/{length}", strict=False))


_FAILING = (ServerState.LAME, ServerState.SILENT)


def _judge_servers(zone: str, servers: Sequence[Server]) -> Iterator[Finding]:
    if servers and not any(server.state is ServerState.SERVES for server in servers):
        failure = next((s.failure for s in servers if s.failure), "none has an address")
        fix = "have the registrar name the servers that have the zone"
        yield kinds.NONE_ANSWERS.found(f"no server of {zone} answers for it: {failure}", fix)
        return
    for server in servers:
        if server.state in _FAILING and not is_private(server.address):
            at = f"{printable(server.name, _SHOWN)} ({server.address})"
            fix = "have it load the zone, or leave it out, at the registrar too"
            yield kinds.LAME.found(f"{at} does not serve {zone}: {server.failure}", fix)


def _judge_serials(zone: str, servers: Sequence[Server]) -> Iterator[Finding]:
    serials = {server.serial: server for server in servers if server.serial is not None}
    if len(serials) > 1:
        says = (f"{serial} at {server.address}" for serial, server in sorted(serials.items()))
        message = f"{zone} has different serials: {', '.join(list(says)[:4])}"
        yield kinds.SERIAL.found(message, "if it stays so, have the zone copied anew")
