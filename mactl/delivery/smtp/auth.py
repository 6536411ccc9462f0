"""Logging in: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195), and XOAUTH2 as Google and Microsoft have it."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mactl.delivery.smtp.server import Server
from mactl.delivery.smtp.wire import Wire, WireReply

_GOES_ON = 334
_IS_IN = (235, 503)  # 503: we are logged in already


@dataclass(frozen=True, slots=True)
class _Mechanism:
    """How to log in one way: what goes with the AUTH command, and what answers each challenge."""

    name: str
    initial: bytes | None
    respond: Sequence[Callable[[bytes], bytes]]


async def log_in(
    wire: Wire, server: Server, offered: Sequence[str], patience: float
) -> WireReply | None:
    """The server's last word on the user and password; None where it offers no way that is known here.

    Where one way is refused the next is tried. Raises WireLost, and UnicodeEncodeError for letters that a way
    cannot send.
    """
    last: WireReply | None = None
    for mechanism in _mechanisms(server, [name.upper() for name in offered]):
        last = await _try(wire, mechanism, patience)
        if last.code in _IS_IN or last.code // 100 == 4:
            break
    return last


def is_in(reply: WireReply) -> bool:
    """Whether this is the word of a server that knows us now."""
    return reply.code in _IS_IN


def _mechanisms(server: Server, offered: Sequence[str]) -> list[_Mechanism]:
    user, password = (server.user or "").encode("ascii"), (server.password or "").encode("ascii")
    if server.auth == "xoauth2":
        token = b"user=%b\x01auth=Bearer %b\x01\x01" % (user, password)
        # A refusal comes as a challenge that says why, and wants an empty answer.
        known = [_Mechanism("XOAUTH2", token, (lambda challenge: b"",))]
    else:
        known = [
            _Mechanism("CRAM-MD5", None, (lambda challenge: _cram_md5(user, password, challenge),)),
            _Mechanism("PLAIN", b"\0%b\0%b" % (user, password), ()),
            _Mechanism("LOGIN", None, (lambda challenge: user, lambda challenge: password)),
        ]
    return [mechanism for mechanism in known if mechanism.name in offered]


def _cram_md5(user: bytes, password: bytes, challenge: bytes) -> bytes:
    return b"%b %b" % (user, hmac.new(password, challenge, "md5").hexdigest().encode())


async def _try(wire: Wire, mechanism: _Mechanism, patience: float) -> WireReply:
    command = f"AUTH {mechanism.name}"
    if mechanism.initial is not None:
        command += f" {b64encode(mechanism.initial).decode() or '='}"
    reply = await wire.ask(command, patience)
    for respond in mechanism.respond:
        if reply.code != _GOES_ON:
            return reply
        try:
            challenge = b64decode("".join(reply.lines), validate=True)
        except ValueError:
            return await wire.ask("*", patience)  # RFC 4954 4: gives it up
        reply = await wire.ask(b64encode(respond(challenge)).decode(), patience)
    return reply if reply.code != _GOES_ON else await wire.ask("*", patience)
