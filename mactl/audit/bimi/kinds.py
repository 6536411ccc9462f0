"""What can be found about BIMI.

"BIMI draft" is draft-brand-indicators-for-message-identification.
"""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

MISSING = note(
    "bimi-missing",
    "No BIMI record",
    "Mailbox providers show no logo from the domain.",
    "BIMI draft 7.2",
    Status.NONE,
)
DECLINED = note(
    "bimi-declined",
    "The domain declines BIMI",
    "Mailbox providers show no logo, also not that of a domain above it.",
    "BIMI draft 4.3.1",
    Status.NONE,
)
TEMPERROR = error(
    "bimi-temperror",
    "The DNS failed on a name that BIMI needs",
    "Mailbox providers show no logo for as long as it lasts.",
    "BIMI draft 7.2",
    Status.TEMPERROR,
)
MULTIPLE_RECORDS = error(
    "bimi-multiple-records",
    "More than one BIMI record at one name",
    "Mailbox providers use none of them.",
    "BIMI draft 7.2",
    Status.PERMERROR,
)
BAD_VERSION = error(
    "bimi-bad-version",
    "A TXT record that is meant as BIMI, but is none",
    "Mailbox providers pass it over: a record begins with exactly 'v=BIMI1'.",
    "BIMI draft 4.3",
    Status.PERMERROR,
)
SYNTAX = error(
    "bimi-syntax",
    "A record that is no list of tags",
    "Mailbox providers must not repair it, and show no logo.",
    "BIMI draft 4.3",
    Status.PERMERROR,
)
NO_LOCATION = error(
    "bimi-no-location",
    "A record without the address of a logo",
    "Mailbox providers show no logo, also not one from a certificate.",
    "BIMI draft 7.3",
    Status.PERMERROR,
)
BAD_LOCATION = error(
    "bimi-bad-location",
    "A logo or certificate at what is no https address",
    "Mailbox providers show no logo.",
    "BIMI draft 4.3",
    Status.PERMERROR,
)
LOGO_FORMAT = error(
    "bimi-logo-format",
    "A logo that is no SVG",
    "Mailbox providers show no logo.",
    "BIMI draft 4.3.2",
    Status.PERMERROR,
)
FETCH_FAILED = error(
    "bimi-fetch-failed",
    "A logo or certificate that can't be fetched",
    "Mailbox providers show no logo.",
    "BIMI draft 7.6",
    Status.PERMERROR,
)
FETCH_TEMPERROR = error(
    "bimi-fetch-temperror",
    "A server did not deliver the logo or the certificate in time",
    "Mailbox providers show no logo where they had it not fetched before.",
    "BIMI draft 7.6",
    Status.TEMPERROR,
)
REDIRECT = error(
    "bimi-redirect",
    "A logo or certificate whose address leads elsewhere",
    "Mailbox providers need not follow a redirect, and show no logo where they don't.",
    "BIMI draft 4.3",
    Status.PERMERROR,
)
NOT_FETCHED = note(
    "bimi-not-fetched",
    "A logo or certificate that was not looked at",
    "Nothing: this run fetched no files, so what they hold was not judged.",
    "BIMI draft 7.6",
)
NOT_ELIGIBLE = warning(
    "bimi-not-eligible",
    "A DMARC policy that does not allow a logo",
    "Mailbox providers show no logo, whatever the BIMI record says.",
    "BIMI draft 7.1",
)
BAD_TAG = warning(
    "bimi-bad-tag",
    "A tag that can't be understood",
    "Mailbox providers ignore the tag, or the whole record.",
    "BIMI draft 4.3",
)
NO_CERTIFICATE = note(
    "bimi-no-certificate",
    "A logo without a mark certificate",
    "Some large mailbox providers show only logos that a certificate vouches for.",
    "BIMI draft 7.4",
)

KINDS = kinds_in(globals())
