"""Who sends, as a receiver sees it before the message: the address, MAIL FROM and HELO."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from mactl.audit.names import audited_domain, normalised, printable
from mactl.errors import UsageError

_LOCAL_PART = re.compile(r"[\x21-\x3f\x41-\x7e]{1,64}\Z")
_HOST_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One client that delivers mail, see `checked_envelope`.

    `mail_from` is None for postmaster of the audited domain and '' for a bounce; `helo` is '' where
    nobody knows it. `relay` is the host that the address was found for, `term` what would name it
    in an SPF record: it may well pass mail on from another address.
    """

    ip: str
    mail_from: str | None = None
    helo: str = ""
    relay: str = ""
    term: str = ""

    def sender(self, domain: str) -> str:
        """The MAIL FROM identity of mail from `domain` (RFC 7208 2.4)."""
        if self.mail_from is None:
            return f"postmaster@{domain}"
        return self.mail_from or f"postmaster@{self.helo}"


def given_envelopes(
    ip: str | None, mail_from: str | None, helo: str | None
) -> tuple[Envelope, ...]:
    """The envelope that is asked about, if any.

    Raises UsageError as `checked_envelope`, and where there is more to say than an address.
    """
    if ip is not None:
        return (checked_envelope(ip, mail_from, helo),)
    if mail_from is None and helo is None:
        return ()
    option = "--helo" if mail_from is None else "--mail-from"
    raise UsageError(f"{option} says nothing without an address", "add --ip ADDRESS")


def checked_envelope(ip: str, mail_from: str | None = None, helo: str | None = None) -> Envelope:
    """The envelope of three texts as people write them; `mail_from` may be '' or <> for a bounce.

    Raises UsageError, with what to write, for whatever is no address and no name.
    """
    sender = None if mail_from is None else _mail_from(mail_from)
    name = "" if helo is None else _helo(helo)
    if sender == "" and not name:
        raise UsageError("a bounce is judged by its HELO name", "add --helo NAME")
    return Envelope(_address(ip), sender, name)


def _address(text: str) -> str:
    try:
        address = ip_address(text.strip().strip("[]"))
        if isinstance(address, IPv6Address):
            if address.scope_id is not None:
                raise ValueError
            address = address.ipv4_mapped or address  # RFC 7208 5: such a connection is IPv4
    except ValueError:
        raise UsageError(
            f"'{printable(text, 80)}' is not an IP address",
            "give the one that the mail is delivered from, such as --ip 192.0.2.1",
        ) from None
    return str(address)


def _mail_from(text: str) -> str:
    bare = text.strip().removeprefix("<").removesuffix(">")
    if not bare:
        return ""
    local_part, at, domain = bare.rpartition("@")
    if not at or not _LOCAL_PART.match(local_part):
        meant = f"postmaster@{bare}" if not at else "bounces@example.com"
        raise UsageError(
            f"'{printable(text, 80)}' is not an e-mail address",
            f"give --mail-from such as {printable(meant, 80)}",
        )
    return f"{local_part}@{audited_domain(domain)}"


def _helo(text: str) -> str:
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        return f"[{_literal(bare)}]"
    if _HOST_LABEL.match(bare):
        return normalised(bare)  # it says nothing for SPF, and many a server says it
    return audited_domain(bare)


def _literal(text: str) -> str:
    address = text[1:-1]
    if address.lower().startswith("ipv6:"):  # RFC 5321 4.1.3
        return f"IPv6:{_address(address[5:])}"
    return _address(address)
