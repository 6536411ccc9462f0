"""What can be found about DKIM."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

NONE = error(
    "dkim-none",
    "No DKIM key",
    "Receivers can verify no signature; large mailbox providers want one on all bulk mail.",
    "RFC 6376 3.6.2",
    Status.NONE,
)
NOT_FOUND = warning(
    "dkim-not-found",
    "No DKIM key under any selector that could be guessed",
    "Perhaps none: a key under another selector works. Only a signed message shows its name.",
    "RFC 6376 3.1",
    Status.NONE,
)
SELECTOR_MISSING = error(
    "dkim-selector-missing",
    "A selector that was asked for has no key",
    "Receivers get a permerror for signatures that name it.",
    "RFC 6376 6.1.2",
    Status.PERMERROR,
)
TEMPERROR = error(
    "dkim-temperror",
    "The DNS failed on a name that DKIM needs",
    "Receivers get a temperror: they may put the mail off, or treat it as not signed.",
    "RFC 6376 6.1.2",
    Status.TEMPERROR,
)
DANGLING = warning(
    "dkim-dangling",
    "A selector that points to a key that is gone",
    "Receivers get a permerror for signatures that name it.",
    "RFC 6376 6.1.2",
)
MULTIPLE_RECORDS = error(
    "dkim-multiple-records",
    "More than one TXT record at a selector",
    "What receivers do is not defined: some take the first, some give up.",
    "RFC 6376 3.6.2.2",
    Status.PERMERROR,
)
SYNTAX = error(
    "dkim-syntax",
    "A key record that is no list of tags",
    "Receivers get a permerror for signatures that name the selector.",
    "RFC 6376 3.6.1",
    Status.PERMERROR,
)
VERSION = error(
    "dkim-version",
    "A key record whose version is not first, or not DKIM1",
    "Receivers ignore the record.",
    "RFC 6376 3.6.1",
    Status.PERMERROR,
)
NO_KEY = error(
    "dkim-no-key",
    "A key record without p=",
    "Receivers get a permerror for signatures that name the selector.",
    "RFC 6376 3.6.1",
    Status.PERMERROR,
)
BAD_KEY = error(
    "dkim-bad-key",
    "A key that can't be read",
    "Receivers get a permerror for signatures that name the selector.",
    "RFC 6376 3.6.1",
    Status.PERMERROR,
)
UNKNOWN_KEY_TYPE = error(
    "dkim-unknown-key-type",
    "A key of a type that nobody knows",
    "Receivers ignore the signature.",
    "RFC 6376 3.6.1",
    Status.PERMERROR,
)
KEY_TOO_SHORT = error(
    "dkim-key-too-short",
    "An RSA key of less than 1024 bits",
    "Receivers must not accept signatures made with it.",
    "RFC 8301 3.2",
    Status.PERMERROR,
)
NO_SHA256 = error(
    "dkim-no-sha256",
    "A key that does not allow sha256",
    "Receivers must not accept sha1, so no signature can count.",
    "RFC 8301 3.1",
    Status.PERMERROR,
)
NOT_FOR_EMAIL = error(
    "dkim-not-for-email",
    "A key that is not meant for e-mail",
    "Receivers ignore the key.",
    "RFC 6376 3.6.1",
    Status.PERMERROR,
)
SELECTOR_REVOKED = error(
    "dkim-selector-revoked",
    "A selector that was asked for is revoked",
    "Receivers get a permerror for signatures that name it.",
    "RFC 6376 3.6.1",
    Status.PERMERROR,
)
KEY_SHORT = warning(
    "dkim-key-short",
    "An RSA key of less than 2048 bits",
    "Receivers accept it today; it can be broken by those who spend enough.",
    "RFC 8301 3.2",
)
TESTING = warning(
    "dkim-testing",
    "A key in test mode",
    "Receivers treat mail signed with it as if it were not signed.",
    "RFC 6376 3.6.1",
)
ONLY_ED25519 = warning(
    "dkim-only-ed25519",
    "All keys found are Ed25519",
    "Receivers that only know RSA, some of them large, see unsigned mail.",
    "RFC 8463 5",
)
REVOKED = note(
    "dkim-revoked",
    "A revoked key",
    "Receivers get a permerror for signatures that name it: right, where it is no longer used.",
    "RFC 6376 3.6.1",
)
WILDCARD = note(
    "dkim-wildcard",
    "Every selector has a record",
    "None; which selectors are in use can't be told from the DNS.",
    "RFC 6376 3.6.2.1",
)
UNGUESSABLE = note(
    "dkim-unguessable",
    "A mail service that makes up a selector for each customer",
    "None; name the selectors that its settings page shows.",
    "RFC 6376 3.1",
)

KINDS = kinds_in(globals())
