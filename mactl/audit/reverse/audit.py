"""Forward and reverse DNS of the addresses that mail comes from, as Gmail and Yahoo ask for it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from mactl.audit.addresses import is_address, is_private
from mactl.audit.dns import ASK_AGAIN, Answer, Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.kinds import Status, status_of
from mactl.audit.names import is_queryable, normalised, printable
from mactl.audit.reverse import kinds
from mactl.audit.reverse.names import Reverse, looks_generic, reverse_of
from mactl.findings import Finding

MAX_ADDRESSES = 8  # of one sender that are looked at


@dataclass(frozen=True, slots=True)
class ReverseAudit:
    """What was found about the sending addresses; `helo` is '' where no greeting is known."""

    status: Status
    findings: tuple[Finding, ...]
    addresses: tuple[Reverse, ...]
    helo: str = ""
    helo_addresses: tuple[str, ...] = ()
    relayed: bool = False
    """The addresses are those of a relay, which may pass mail on from others."""

    @property
    def confirmed(self) -> bool | None:
        """Whether every address has a confirmed name; None where the DNS failed to tell."""
        known = [reverse.confirmed for reverse in self.addresses]
        if "" in known:
            return False
        return None if None in known or not known else True

    def as_json(self) -> dict[str, object]:
        """The part of the report about the sending addresses."""
        helo = {"name": printable(self.helo), "addresses": list(self.helo_addresses)}
        return {
            "status": self.status.value,
            "addresses": [reverse.as_json() for reverse in self.addresses],
            "helo": helo if self.helo else None,
        }


async def audit_reverse(envelopes: Sequence[Envelope], resolver: Resolver) -> ReverseAudit:
    """The names of the addresses of `envelopes`, and the addresses of the name that they greet with.

    A relay may pass mail on from other addresses: of its own nothing worse is said than a note.
    Raises ValueError where one of the addresses is none.
    """
    helo = normalised(next((e.helo for e in envelopes if e.helo), ""))
    looked_at = list(dict.fromkeys(str(ip_address(e.ip)) for e in envelopes))[:MAX_ADDRESSES]
    relays = {str(ip_address(e.ip)): e.relay for e in envelopes if e.relay}
    public = [address for address in looked_at if not is_private(address)]
    is_name = "." in helo and is_queryable(helo) and not is_address(helo.strip("[]"))
    greeting = [resolver.query(helo, kind) for kind in ("A", "AAAA")] if is_name else []
    reverses, greeted = await asyncio.gather(
        asyncio.gather(*(reverse_of(address, resolver) for address in public)),
        asyncio.gather(*greeting),
    )
    findings = [
        *(_private(address) for address in looked_at if address not in {*public, *relays}),
        *(f for reverse in reverses for f in _judge(reverse, relays.get(reverse.address, ""))),
        *(_judge_helo(helo, greeted, public) if helo else ()),
    ]
    status = status_of(findings, kinds.KINDS)
    own = tuple(str(address) for answer in greeted for address in answer.addresses)
    return ReverseAudit(status, tuple(findings), tuple(reverses), helo, own, bool(relays))


def _private(address: str) -> Finding:
    fix = "give the address that mail leaves your network from"
    return kinds.PRIVATE.found(f"{address} is a private address", fix)


def _judge(reverse: Reverse, relay: str) -> Iterator[Finding]:
    address, pointer = reverse.address, ip_address(reverse.address).reverse_pointer
    if relay:
        if reverse.confirmed == "":
            shown = f"{printable(relay)} ({address})"
            fix = "look at the topmost Received header of a message that came through it"
            yield kinds.RELAY.found(f"{shown} has no name that leads back to it", fix)
    elif reverse.confirmed is None:
        message = f"the name of {address} can't be told: {reverse.failure}"
        yield kinds.TEMPERROR.found(message, ASK_AGAIN)
    elif not reverse.names:
        fix = f"have whoever rents you {address} publish its PTR record at {pointer}"
        yield kinds.MISSING.found(f"{address} has no PTR record", fix)
    elif not reverse.confirmed:
        name = printable(reverse.name)
        message = f"{address} is called {name}, which has another address or none"
        yield kinds.UNCONFIRMED.found(message, _publish_address(name, address))
    elif looks_generic(reverse.confirmed, address):
        message = f"{address} is called {printable(reverse.confirmed)}"
        yield kinds.GENERIC.found(message, "have it called as your mail server is")


def _publish_address(name: str, address: str) -> str:
    return f"publish '{name}. {'AAAA' if ':' in address else 'A'} {address}'"


def _judge_helo(helo: str, answers: Sequence[Answer], senders: Sequence[str]) -> Iterator[Finding]:
    shown = printable(helo, 100)
    if not answers:
        # RFC 5321 4.1.3: an address in brackets is allowed.
        if not (helo.startswith("[") and is_address(helo.strip("[]").removeprefix("ipv6:"))):
            fix = "have the server greet with its full name, such as mail.example.com"
            yield kinds.HELO_NO_NAME.found(f"'{shown}' is no full host name", fix)
        return
    own = {str(address) for answer in answers for address in answer.addresses}
    if own & set(senders) or any(answer.failed for answer in answers):
        return
    if not own:
        fix = "publish its address, or greet with another name"
        if senders:
            fix = f"{_publish_address(shown, senders[0])}, or greet with another name"
        yield kinds.HELO_MISSING.found(f"{shown} has no address", fix)
    elif senders:
        message = f"{shown} is at {', '.join(sorted(own)[:4])}, not at {senders[0]}"
        yield kinds.HELO_DIFFERS.found(message)
