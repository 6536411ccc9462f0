"""What each server of a zone says by itself, without anybody's memory in between."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from mactl.audit.addresses import is_private
from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.mx.hosts import addresses_of
from mactl.audit.names import is_queryable, normalised, printable

MAX_NAMES = 8
MAX_ADDRESSES = 12

Question = tuple[str, str]


class ServerState(StrEnum):
    """How one server does its work."""

    SERVES = "serves"
    LAME = "lame"  # it answers, and not for this zone
    SILENT = "silent"  # no answer in time
    UNREACHABLE = "unreachable"  # no way there from here
    NO_ADDRESS = "no-address"
    PRIVATE = "private-address"


@dataclass(frozen=True, slots=True)
class Server:
    """One server at one address, and its answers; `failure` says why it does not serve."""

    name: str
    address: str
    state: ServerState
    serial: int | None = None
    answers: tuple[Answer, ...] = ()
    failure: str = ""

    def as_json(self) -> dict[str, object]:
        """The server as plain values."""
        return {
            "name": printable(self.name),
            "address": self.address or None,
            "serial": self.serial,
            "state": self.state.value,
        }


@dataclass(frozen=True, slots=True)
class Named:
    """A server as the zone names it: its addresses, and where an alias leads."""

    name: str
    addresses: tuple[str, ...] = ()
    alias: str = ""
    failure: str = ""


async def named_servers(ns: Answer, resolver: Resolver) -> tuple[Named, ...]:
    """The servers of an NS answer with their addresses, at most `MAX_NAMES`."""
    names = dict.fromkeys(normalised(name) for name in ns.records)

    async def one(name: str) -> Named:
        if not is_queryable(name):
            return Named(name)
        found, alias, failure = await addresses_of(name, resolver)
        return Named(name, tuple(map(str, found)), alias, failure)

    return tuple(await asyncio.gather(*(one(name) for name in sorted(names)[:MAX_NAMES])))


async def ask_early(zone: str, resolver: Resolver) -> None:
    """Ask for all that asking the servers of `zone` begins with, while others ask for more."""
    named = await named_servers(await resolver.query(zone, "NS"), resolver)
    places = [address for server in named for address in server.addresses][:MAX_ADDRESSES]
    await asyncio.gather(*(resolver.at(address).query(zone, "SOA") for address in places))


async def ask_servers(
    zone: str, named: Sequence[Named], questions: Sequence[Question], resolver: Resolver
) -> tuple[Server, ...]:
    """Every server asked for the serial of `zone`, and those that serve it for `questions`."""
    places = [(server.name, address) for server in named for address in server.addresses]
    asked = await asyncio.gather(
        *(_ask(name, at, zone, questions, resolver) for name, at in places[:MAX_ADDRESSES])
    )
    missing = [
        Server(server.name, "", ServerState.NO_ADDRESS, failure=server.failure)
        for server in named
        if not server.addresses
    ]
    return (*asked, *missing)


async def _ask(
    name: str, address: str, zone: str, questions: Sequence[Question], resolver: Resolver
) -> Server:
    direct = resolver.at(address)
    soa = await direct.query(zone, "SOA")
    if soa.outcome is not Outcome.RECORDS:
        state = _failing(soa, address)
        return Server(name, address, state, failure=soa.failure)
    answers = await asyncio.gather(*(direct.query(name, rdtype) for name, rdtype in questions))
    return Server(name, address, ServerState.SERVES, _serial(soa), tuple(answers))


def _failing(soa: Answer, address: str) -> ServerState:
    if soa.outcome is Outcome.UNREACHABLE and is_private(address):
        return ServerState.PRIVATE
    if soa.outcome is Outcome.UNREACHABLE and ip_address(address).version == 6:
        return ServerState.UNREACHABLE  # where there is no IPv6 that says nothing of the server
    if soa.outcome in (Outcome.TIMEOUT, Outcome.UNASKED, Outcome.UNREACHABLE):
        return ServerState.SILENT
    return ServerState.LAME


def _serial(soa: Answer) -> int | None:
    fields = soa.records[0].split()
    return int(fields[2]) if len(fields) >= 3 and fields[2][:10].isdecimal() else None
