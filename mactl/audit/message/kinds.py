"""What can be found about a received message."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

FROM_MISSING = error(
    "message-from-missing",
    "No From with a domain",
    "Receivers refuse the message, or file it as spam: there is nobody to authenticate.",
    "RFC 9989 5.3.1",
    Status.PERMERROR,
)
FROM_SEVERAL = error(
    "message-from-several",
    "More than one From, or authors of several domains",
    "Receivers refuse the message: readers may be shown another sender than the one authenticated.",
    "RFC 9989 5.3.1",
    Status.PERMERROR,
)
DMARC_FAILS = error(
    "message-dmarc-fails",
    "Nothing that is authenticated is of the From domain",
    "Receivers apply the DMARC policy of the From domain: quarantine, refuse, or only report.",
    "RFC 9989 5.3.5",
    Status.PERMERROR,
)
DMARC_NONE = warning(
    "message-dmarc-none",
    "The From domain has no DMARC record",
    "Receivers apply no policy; the largest refuse bulk mail of such a domain.",
    "RFC 9989 5.3.2",
)
DMARC_UNKNOWN = warning(
    "message-dmarc-unknown",
    "Whether the message passes DMARC can't be told",
    "Receivers know what this file doesn't tell: the server that brought the message.",
    "RFC 9989 5.3.5",
)
DMARC_TEMPERROR = error(
    "message-dmarc-temperror",
    "The DNS failed on a name that the message's authentication needs",
    "Receivers put the message off, or deliver it without a policy.",
    "RFC 9989 5.3.6",
    Status.TEMPERROR,
)
NOT_SIGNED = warning(
    "message-not-signed",
    "No DKIM signature",
    "Receivers that ask for one on bulk mail refuse it; when forwarded, nothing authenticates it.",
    "RFC 6376 6.1",
)
NOT_ALIGNED = warning(
    "message-not-aligned",
    "Signed, and not by the From domain",
    "Receivers credit the signer, not the sender: for DMARC the signature does not count.",
    "RFC 9989 4.4.1",
)
SIGNATURE_FAILS = warning(
    "message-signature-fails",
    "A DKIM signature that does not verify",
    "Receivers ignore the signature.",
    "RFC 6376 6.1",
)
FROM_NOT_SIGNED = warning(
    "message-from-not-signed",
    "A DKIM signature that leaves out From",
    "Receivers ignore the signature: anybody could put another sender above the message.",
    "RFC 6376 6.1.1",
)
EXPIRED = warning(
    "message-signature-expired",
    "A DKIM signature that is past its end",
    "Receivers ignore the signature, also of a message that was delayed on its way.",
    "RFC 6376 3.5",
)
LENGTH = warning(
    "message-length-tag",
    "A DKIM signature that covers only the beginning of the body",
    "Receivers accept whatever somebody appends as if it had been signed.",
    "RFC 6376 8.2",
)
HEADER_UNSIGNED = warning(
    "message-header-unsigned",
    "A DKIM signature that leaves out Subject, Date or To",
    "Receivers accept the message with another subject, date or recipient.",
    "RFC 6376 5.4.1",
)
NOT_OVERSIGNED = note(
    "message-from-not-oversigned",
    "A second From could be added",
    "Some mail programs show the added one; receivers that count the From fields refuse the message.",
    "RFC 6376 8.15",
)
KEY_TESTING = warning(
    "message-key-testing",
    "Signed with a key in test mode",
    "Receivers take the message as if it were not signed.",
    "RFC 6376 3.6.1",
)
MANY_SIGNATURES = note(
    "message-many-signatures",
    "More DKIM signatures than receivers look at",
    "Receivers stop after some; which ones count differs.",
    "RFC 6376 6.1",
)
SPF_FAILS = warning(
    "message-spf-fails",
    "The server that brought the message may not send for its return path",
    "Receivers that go by SPF alone refuse it or file it as spam; for DMARC it does not count.",
    "RFC 7208 8.4",
)
SPF_UNKNOWN = note(
    "message-spf-unknown",
    "SPF can't be told from the file",
    "None; receivers know the server's address, which nothing in this file tells.",
    "RFC 7208 2.4",
)
SPF_NOT_ALIGNED = note(
    "message-spf-not-aligned",
    "The return path is of another domain than From",
    "Receivers don't count SPF for DMARC: all depends on the DKIM signature.",
    "RFC 9989 4.4.2",
)
ARC = note(
    "message-arc",
    "The message came through a forwarder that sealed what it saw (ARC)",
    "Receivers that trust the forwarder may deliver it though DMARC fails; that is not judged here.",
    "RFC 8617 5.2",
)
RESULTS_DIFFER = note(
    "message-results-differ",
    "The receiver saw it otherwise when the message came",
    "None; since then the message, a record or a key was changed, or the signature ran out.",
    "RFC 8601 2.7",
)
ONE_CLICK_MISSING = warning(
    "one-click-missing",
    "No List-Unsubscribe",
    "Gmail and Yahoo refuse or filter bulk marketing mail that can't be left with one click.",
    "RFC 8058 3.1",
)
ONE_CLICK_NO_HTTPS = warning(
    "one-click-no-https",
    "List-Unsubscribe without an https address",
    "Mailbox providers offer no one-click button.",
    "RFC 8058 3.1",
)
ONE_CLICK_SEVERAL = warning(
    "one-click-several",
    "List-Unsubscribe with several web addresses",
    "Which one a mailbox provider asks is not defined.",
    "RFC 8058 3.1",
)
ONE_CLICK_NO_POST = warning(
    "one-click-no-post",
    "List-Unsubscribe without List-Unsubscribe-Post",
    "Mailbox providers offer no one-click button.",
    "RFC 8058 3.1",
)
ONE_CLICK_BAD_POST = warning(
    "one-click-bad-post",
    "List-Unsubscribe-Post is not what it must be",
    "Mailbox providers offer no one-click button.",
    "RFC 8058 3.1",
)
ONE_CLICK_DUPLICATE = warning(
    "one-click-duplicate",
    "A header of the one-click way out comes more than once",
    "Which one mailbox providers heed is not defined.",
    "RFC 2369 3",
)
ONE_CLICK_NOT_SIGNED = warning(
    "one-click-not-signed",
    "The headers of the one-click way out are not signed",
    "Mailbox providers offer no one-click button: anybody could have written them.",
    "RFC 8058 4",
)

KINDS = kinds_in(globals())
