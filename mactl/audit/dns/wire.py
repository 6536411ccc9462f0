"""Questions as packets, and which packets answer them.

Packets are made by hand: a question has one form only, and dnspython takes ten times as long. What
comes back is looked at as octets first, so that nothing but an answer is ever parsed.
"""

import struct
from dataclasses import dataclass

import dns.message
import dns.name
import dns.rcode

EDNS_PAYLOAD = 1232  # fits in one unfragmented packet nearly everywhere
LARGEST = 65535  # octets of a message (RFC 1035 4.2.2)

_HEADER = struct.Struct("!HHHHHH")
_RD, _AD, _CD, _TC, _QR = 0x0100, 0x0020, 0x0010, 0x0200, 0x8000
_DO = 0x8000  # of the flags in an OPT record
_IN = 1
_OPT = 41
_CANT = frozenset({dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED})


@dataclass(frozen=True, slots=True)
class Question:
    """What a server is asked.

    `recursive` sets RD, `unchecked` CD; `signed` asks for the signatures as well (RFC 3225, DO).
    """

    name: dns.name.Name
    rdtype: int
    recursive: bool = True
    unchecked: bool = False
    signed: bool = False

    def packet(self, number: int, edns: bool = True) -> bytes:
        """The octets to send, under a number of 16 bits."""
        # RFC 6840 5.7: AD in a question asks whether the answer was validated.
        flags = (_RD | _AD if self.recursive else 0) | (_CD if self.unchecked else 0)
        packet = _HEADER.pack(number, flags, 1, 0, 0, int(edns)) + self._section
        if edns:  # RFC 6891 6.1.2
            packet += struct.pack("!BHHHHH", 0, _OPT, EDNS_PAYLOAD, 0, _DO * self.signed, 0)
        return packet

    def is_answered_by(self, wire: bytes, number: int) -> bool:
        """Whether a packet from the server is an answer to this question under this number.

        An answer repeats the question (RFC 5452 9.1); only one that says that the server can't may
        leave it out, as servers do that did not understand it.
        """
        if len(wire) < _HEADER.size:
            return False
        got, flags, questions, *_ = _HEADER.unpack_from(wire)
        if got != number or not flags & _QR:
            return False
        if questions == 0:
            return flags & 0xF in _CANT
        asked = self._section
        there = wire[_HEADER.size : _HEADER.size + len(asked)]
        return (
            questions == 1
            and there[-4:] == asked[-4:]
            and there[:-4].lower() == asked[:-4].lower()  # RFC 4343: letters of any case
        )

    @property
    def _section(self) -> bytes:
        name = self.name.to_wire()
        assert name is not None  # it is where no file to write to is given
        return name + struct.pack("!HH", self.rdtype, _IN)


def is_truncated(wire: bytes) -> bool:
    """Whether an answer says that there is more of it (RFC 1035 4.1.1, TC)."""
    return bool(wire[2] & _TC >> 8)


def parse(wire: bytes) -> dns.message.Message | None:
    """The message; None where it makes no sense."""
    try:
        return dns.message.from_wire(wire, ignore_trailing=True)
    except Exception:  # whoever sent it chose the octets, and dnspython throws many things
        return None
