"""What can be found about the servers of a zone."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

TEMPERROR = error(
    "servers-temperror",
    "The DNS failed on the servers of the zone",
    "None: which servers there are can't be told from here.",
    "RFC 1034 4.2",
    Status.TEMPERROR,
)
DIFFER = error(
    "servers-differ",
    "The servers of the zone give different answers",
    "Receivers see one record or the other, by chance: mail passes today and fails tomorrow.",
    "RFC 1034 4.2",
    Status.WARN,
)
SERIAL = warning(
    "servers-serial",
    "The servers of the zone have different versions of it",
    "Receivers may see old records; after some minutes the versions should be one again.",
    "RFC 1034 4.3.5",
)
LAME = warning(
    "servers-lame",
    "A server that the zone names, and that does not serve it",
    "Receivers ask another one, later; with some luck of theirs in time.",
    "RFC 1912 2.8",
)
NO_ADDRESS = warning(
    "servers-no-address",
    "A server that the zone names, and that has no address",
    "Receivers ask another one, later.",
    "RFC 1912 2.8",
)
NONE_ANSWERS = error(
    "servers-none-answers",
    "No server of the zone answers for it",
    "Receivers get no answer for the domain, or only what they remember.",
    "RFC 1034 4.2",
    Status.PERMERROR,
)
ALIAS = warning(
    "servers-alias",
    "A server that is named by an alias",
    "Some resolvers don't follow it, and find no server.",
    "RFC 2181 10.3",
)
PRIVATE_ADDRESS = warning(
    "servers-private-address",
    "A server at an address that the internet does not reach",
    "Receivers wait for it in vain, then ask another one.",
    "RFC 1918 3",
)
ONLY_ONE = note(
    "servers-only-one",
    "A single server for the zone",
    "While it is down, receivers get no answer for the domain.",
    "RFC 1034 4.1",
)
ONE_NETWORK = note(
    "servers-one-network",
    "All servers of the zone in one network",
    "While that is down, receivers get no answer for the domain.",
    "RFC 2182 3.1",
)
CUT = note(
    "servers-cut",
    "More servers than were asked",
    "None.",
    "RFC 1034 4.2",
)

KINDS = kinds_in(globals())
