"""What can be found about DNSSEC."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

UNSIGNED = note(
    "dnssec-unsigned",
    "The zone is not signed",
    "Receivers can't tell a forged DNS answer from yours; few ask for more.",
    "RFC 4033 5",
    Status.NONE,
)
UNSUPPORTED = note(
    "dnssec-unsupported",
    "The zone is signed in a way that nobody checks",
    "Receivers treat it as not signed.",
    "RFC 4035 5.2",
    Status.NONE,
)
ISLAND = note(
    "dnssec-island",
    "The zone is signed, and the zone above does not know",
    "Receivers treat it as not signed.",
    "RFC 4033 2",
    Status.NONE,
)
NO_KEY = error(
    "dnssec-no-key",
    "The zone above names a key that the zone does not have",
    "Receivers that check, the largest among them, get no answer at all for the domain.",
    "RFC 4035 5.2",
    Status.PERMERROR,
)
NOT_SIGNED = error(
    "dnssec-signature-missing",
    "A zone that should be signed, and records without a signature",
    "Receivers that check, the largest among them, get no answer at all for the domain.",
    "RFC 4035 5.3.1",
    Status.PERMERROR,
)
EXPIRED = error(
    "dnssec-expired",
    "A signature that has ended, or not begun",
    "Receivers that check, the largest among them, get no answer at all for the domain.",
    "RFC 4035 5.3.1",
    Status.PERMERROR,
)
BAD_SIGNATURE = error(
    "dnssec-bad-signature",
    "A signature that does not hold",
    "Receivers that check, the largest among them, get no answer at all for the domain.",
    "RFC 4035 5.3.3",
    Status.PERMERROR,
)
BOGUS = error(
    "dnssec-bogus",
    "The name server refuses the zone's answers, and gives them when asked not to check",
    "Receivers that check, the largest among them, get no answer at all for the domain.",
    "RFC 4033 5",
    Status.PERMERROR,
)
EXPIRING = warning(
    "dnssec-expiring",
    "Signatures that end within days",
    "Receivers get no answer at all for the domain, if nobody signs it anew before.",
    "RFC 6781 4.4.2",
)
WEAK_ALGORITHM = warning(
    "dnssec-weak-algorithm",
    "A zone signed with SHA-1",
    "Some receivers no longer check it, and treat the zone as not signed.",
    "RFC 9905 2",
)
WEAK_DIGEST = warning(
    "dnssec-weak-digest",
    "The zone above names the key by SHA-1 only",
    "Some receivers no longer check it, and treat the zone as not signed.",
    "RFC 4509 6.2",
)
TEMPERROR = warning(
    "dnssec-temperror",
    "The DNS failed on the keys of the zone, or on what the zone above says of them",
    "Receivers that check may get no answer at all for the domain.",
    "RFC 4035 5.2",
    Status.TEMPERROR,
)
UNKNOWN = note(
    "dnssec-unknown",
    "The name server gives no signatures, so that they can't be checked",
    "None; another name server may give them.",
    "RFC 4035 3.2.1",
    Status.TEMPERROR,
)

KINDS = kinds_in(globals())
