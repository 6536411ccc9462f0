"""What can be found about the address that mail comes from, and the name it greets with."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

MISSING = error(
    "reverse-missing",
    "The sending address has no name",
    "The largest mailbox providers refuse its mail, or put it off.",
    "RFC 1912 2.1",
    Status.PERMERROR,
)
UNCONFIRMED = error(
    "reverse-unconfirmed",
    "The name of the sending address does not lead back to it",
    "The largest mailbox providers refuse its mail, or put it off.",
    "RFC 1912 2.1",
    Status.PERMERROR,
)
PRIVATE = error(
    "reverse-private-address",
    "Mail from an address that the internet does not know",
    "Receivers see another address, that of a router; what is said of this one counts for nothing.",
    "RFC 1918 3",
    Status.PERMERROR,
)
TEMPERROR = error(
    "reverse-temperror",
    "The DNS failed on the name of the sending address",
    "Receivers put mail off for as long as it lasts.",
    "RFC 1912 2.1",
    Status.TEMPERROR,
)
GENERIC = warning(
    "reverse-generic",
    "The sending address has a name that was made from it",
    "Filters take it for a machine that nobody set up to send mail.",
    "RFC 1912 2.1",
)
RELAY = note(
    "reverse-relay",
    "The relay has no confirmed name of its address",
    "None where it passes mail on from another one; else the largest providers refuse its mail.",
    "RFC 1912 2.1",
)
HELO_NO_NAME = warning(
    "helo-no-name",
    "The sender greets with what is no full name",
    "Some receivers refuse such a greeting.",
    "RFC 5321 4.1.1.1",
)
HELO_MISSING = warning(
    "helo-missing",
    "The name that the sender greets with has no address",
    "Some receivers refuse such a greeting.",
    "RFC 5321 2.3.5",
)
HELO_DIFFERS = note(
    "helo-differs",
    "The name that the sender greets with has another address",
    "Receivers must not refuse mail for that alone; filters count it.",
    "RFC 5321 4.1.4",
)

KINDS = kinds_in(globals())
