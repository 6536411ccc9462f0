"""What can be found about a sender, beside what is wrong with the records themselves."""

from mactl.audit.kinds import Status, error, kinds_in, warning

KEY_DIFFERS = error(
    "dkim-key-differs",
    "The key that is published is not the one that signs",
    "Receivers find every signature broken, and treat the mail as not signed.",
    "RFC 6376 6.1.3",
    Status.PERMERROR,
)
TEMPERROR = error(
    "sender-temperror",
    "The DNS did not tell in time whether the sender's mail passes",
    "None by itself: the records may be as they should.",
    "RFC 7208 4.6.4",
    Status.TEMPERROR,
)
SPF_FORBIDS_ALL = error(
    "spf-forbids-all",
    "The domain of the return path says that no mail comes from it",
    "Receivers get the result fail for every message, and may refuse it.",
    "RFC 7208 8.4",
    Status.PERMERROR,
)
NOTHING_ALIGNS = error(
    "sender-not-aligned",
    "Neither the signature nor the return path is of the domain in From",
    "DMARC fails for every message, also where SPF and DKIM pass.",
    "RFC 9989 4.4",
    Status.PERMERROR,
)
NOT_A_DOMAIN = error(
    "sender-not-a-domain",
    "An address of the sender is at no domain that the DNS could know",
    "Receivers refuse mail that can't be answered.",
    "RFC 5321 2.3.5",
    Status.PERMERROR,
)
DKIM_NOT_ALIGNED = warning(
    "dkim-not-aligned",
    "Signed for another domain than that in From",
    "The signature does nothing for DMARC, which rests on SPF alone and fails as soon as mail is forwarded.",
    "RFC 9989 4.4.1",
)
SPF_NOT_ALIGNED = warning(
    "spf-not-aligned",
    "The return path is of another domain than From",
    "SPF does nothing for DMARC, which rests on the signature alone.",
    "RFC 9989 4.4.2",
)
NOT_SIGNED = warning(
    "dkim-not-signed-here",
    "Nothing is signed here, and whether the relay signs can't be told from the DNS",
    "Large mailbox providers refuse or hide bulk mail that nobody has signed.",
    "RFC 6376 3.5",
)

KINDS = kinds_in(globals())
