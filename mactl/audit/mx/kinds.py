"""What can be found about where a domain takes mail."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

MISSING = warning(
    "mx-missing",
    "Nothing takes mail for the domain",
    "Replies and bounces go nowhere, and many receivers refuse mail that can't be answered.",
    "RFC 5321 5.1",
    Status.NONE,
)
IMPLICIT = note(
    "mx-implicit",
    "No MX record: mail goes to the domain's own address",
    "Senders try the domain's web server; where that takes no mail, replies and bounces are lost.",
    "RFC 5321 5.1",
    Status.NONE,
)
TEMPERROR = error(
    "mx-temperror",
    "The DNS failed on the MX records",
    "Senders put mail off; some receivers put off mail from a domain that can't be answered.",
    "RFC 5321 5.1",
    Status.TEMPERROR,
)
NONE_USABLE = error(
    "mx-none-usable",
    "MX records, none of which leads anywhere",
    "Replies and bounces are lost, and many receivers refuse mail that can't be answered.",
    "RFC 5321 5.1",
    Status.PERMERROR,
)
NULL_NOT_ALONE = error(
    "mx-null-not-alone",
    "A null MX beside others",
    "What senders do is not defined: some take it for a domain without mail.",
    "RFC 7505 3",
    Status.PERMERROR,
)
NULL_PREFERENCE = note(
    "mx-null-preference",
    "A null MX with another preference than 0",
    "Senders that go by the letter may not take it for a null MX.",
    "RFC 7505 3",
)
IP_ADDRESS = error(
    "mx-ip-address",
    "An MX record that names an address",
    "Senders look for a host of that name, which there is not.",
    "RFC 1035 3.3.9",
    Status.PERMERROR,
)
NOT_A_HOST = error(
    "mx-not-a-host",
    "An MX record that names no host that there can be",
    "Senders can't use it.",
    "RFC 5321 2.3.5",
    Status.PERMERROR,
)
ALIAS = warning(
    "mx-alias",
    "An MX host that is an alias",
    "Most senders follow it, some refuse, and loops of mail come from it.",
    "RFC 5321 5.1",
)
NO_ADDRESS = warning(
    "mx-no-address",
    "An MX host without an address",
    "Senders try the next one, or keep the mail and give up after days.",
    "RFC 5321 5.1",
)
PRIVATE_ADDRESS = warning(
    "mx-private-address",
    "An MX host at an address that the internet does not reach",
    "Senders waste their time there, or deliver to a machine of their own network.",
    "RFC 1918 3",
)
LOCALHOST = warning(
    "mx-localhost",
    "An MX record that sends mail back to whoever sends it",
    "Senders deliver to themselves; some refuse mail from such a domain.",
    "RFC 7505 1",
)
DUPLICATE = note(
    "mx-duplicate",
    "One MX host twice",
    "None: senders use the better preference.",
    "RFC 5321 5.1",
)
HOST_TEMPERROR = warning(
    "mx-host-temperror",
    "The DNS failed on an MX host",
    "Senders try the next one, or put mail off.",
    "RFC 5321 5.1",
    Status.TEMPERROR,
)
CUT = note(
    "mx-cut",
    "More MX hosts than were looked at",
    "Senders need not try them all either.",
    "RFC 5321 5.1",
)
NO_PTR = warning(
    "mx-no-ptr",
    "A mail host that may send, and has no name of its address",
    "Where it does send, the largest mailbox providers refuse its mail.",
    "RFC 1912 2.1",
)
PTR_UNCONFIRMED = warning(
    "mx-ptr-unconfirmed",
    "A mail host that may send, the name of whose address does not lead back to it",
    "Where it does send, the largest mailbox providers refuse its mail.",
    "RFC 1912 2.1",
)
PTR_GENERIC = note(
    "mx-ptr-generic",
    "A mail host that may send, under a name made from its address",
    "Filters take it for a machine that nobody set up to send mail.",
    "RFC 1912 2.1",
)
RECEIVES_WITHOUT_PTR = note(
    "mx-receives-without-ptr",
    "A mail host without a confirmed name of its address",
    "None for a host that only takes mail; SPF does not let it send.",
    "RFC 1912 2.1",
)

KINDS = kinds_in(globals())
