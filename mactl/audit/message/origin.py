"""Where a message came from, as far as what receivers wrote on it tells: client, HELO and MAIL FROM."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from mactl.audit.addresses import is_private
from mactl.audit.envelope import Envelope
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.message.results import parse_received_spf, parse_results
from mactl.audit.message.words import Word, words_of

_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]", re.IGNORECASE)
_LOOSE = re.compile(r"(?<![0-9A-Fa-f.:])[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+")
_FROM = re.compile(r"\s*from\s+(\S+)", re.IGNORECASE)
_BY = re.compile(r"\sby\s", re.IGNORECASE)
_HOST = re.compile(r"(?<![\w.-])(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*")
_SHORT = 3  # letters of a label that many share
_SENDER_IP = re.compile(r"(?:sender IP is|designates?|ip=)\s*([0-9A-Fa-f.:]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of the SMTP session; None is not known, an empty `mail_from` a bounce.

    `told_by` names, for each that is known, who or which header tells it.
    """

    ip: str | None = None
    mail_from: str | None = None
    helo: str | None = None
    told_by: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, str]:
        """What each came from."""
        return dict(self.told_by)


_Clue = tuple[str, str, str]
"""`ip`, `mail_from` or `helo`; its value; who tells it."""


def origin_of(message: ReceivedMessage, given: Envelope | None) -> Origin:
    """The origin of a message: what was `given` goes before what the message says.

    The sender can write such headers too, below those of the receiver: the topmost count.
    """
    known: dict[str, str] = {}
    told_by: dict[str, str] = {}
    for what, value, who in (*_given(given), *_told(message)):
        if what not in known:
            known[what], told_by[what] = value, who
    return Origin(
        known.get("ip"), known.get("mail_from"), known.get("helo"), tuple(told_by.items())
    )


def _given(given: Envelope | None) -> Iterator[_Clue]:
    if given is None:
        return
    if given.ip:
        yield "ip", given.ip, "--ip"
    if given.mail_from is not None:
        yield "mail_from", given.mail_from, "--mail-from"
    if given.helo:
        yield "helo", given.helo, "--helo"


def _told(message: ReceivedMessage) -> Iterator[_Clue]:
    for value in message.values("received-spf")[:1]:
        yield from _by_received_spf(value)
    for value in message.values("authentication-results")[:1]:
        yield from _by_results(value)
    hops = [(value, clues) for value in message.values("received") if (clues := _clues_of(value))]
    # Large receivers pass mail on among hosts of their own with public addresses.
    outer = [clues for value, clues in hops if not _is_inner(value)]
    yield from next(iter([*outer, *(clues for _, clues in hops)]), ())
    for value in message.values("return-path")[:1]:
        yield "mail_from", value.strip().strip("<>").strip(), "Return-Path"


def _by_received_spf(value: str) -> Iterator[_Clue]:
    pairs = parse_received_spf(value)
    if ip := public_address(pairs.get("client-ip", "")):
        yield "ip", ip, "Received-SPF"
    for what, name in (("mail_from", "envelope-from"), ("helo", "helo")):
        if name in pairs:
            yield what, pairs[name], "Received-SPF"


def _by_results(value: str) -> Iterator[_Clue]:
    results = parse_results(value)
    who = "Authentication-Results"
    for result in results.of("spf"):
        said = _SENDER_IP.search(result.comment)
        if said and (ip := public_address(said[1])):
            yield "ip", ip, who
    said_ip = results.property("iprev", "policy.iprev") or results.property("spf", "smtp.client-ip")
    if ip := public_address(said_ip or ""):
        yield "ip", ip, who
    mail_from = results.property("spf", "smtp.mailfrom", "smtp.mail", "smtp.envelope-from")
    if mail_from is not None:
        mail_from = mail_from.strip("<>")
        # A domain alone is what some write of an address.
        yield (
            "mail_from",
            mail_from if "@" in mail_from or not mail_from else f"@{mail_from}",
            who,
        )
    if helo := results.property("spf", "smtp.helo"):
        yield "helo", helo, who


def _clues_of(value: str) -> list[_Clue]:
    """The client of a hop, where it came from outside (RFC 5321 4.4)."""
    said = _FROM.match(value)
    if not said:
        return []
    client = _BY.split(value, maxsplit=1)[0]
    comments = " ".join(piece for kind, piece in words_of(client) if kind is Word.COMMENT)
    found = [*_BRACKETED.findall(client), *_LOOSE.findall(comments)]
    if ip := next(filter(None, map(public_address, found)), ""):
        return [("ip", ip, "Received"), ("helo", said[1].strip("[]()"), "Received")]
    return []


def _is_inner(value: str) -> bool:
    """Whether a hop is from one host of an organization to another, as far as their names tell."""
    client, *server = _BY.split(value, maxsplit=1)
    by = {_organization(name) for part in server for name in _HOST.findall(part)[:1]}
    return bool(by & {_organization(name) for name in _HOST.findall(client)})


def _organization(host: str) -> str:
    """The end of a name that one owner has, most likely: three labels below a short one, as in co.uk."""
    labels = host.lower().split(".")
    short = len(labels) > 2 and len(labels[-2]) <= _SHORT
    return ".".join(labels[-3 if short else -2 :])


def public_address(text: str) -> str:
    """The address in `text`, where it can come from outside; '' else."""
    try:
        address = ip_address(text.strip().rstrip(".").removeprefix("IPv6:"))
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    return "" if is_private(address) else str(address)
