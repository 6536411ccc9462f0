"""What can be found about TLS-RPT."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

MISSING = note(
    "tls-rpt-missing",
    "No TLS-RPT record",
    "Senders report to nobody when TLS to the mail hosts fails.",
    "RFC 8460 3",
    Status.NONE,
)
TEMPERROR = error(
    "tls-rpt-temperror",
    "The DNS failed on the TLS-RPT record",
    "Senders send no report for as long as it lasts.",
    "RFC 8460 3",
    Status.TEMPERROR,
)
MULTIPLE_RECORDS = error(
    "tls-rpt-multiple-records",
    "More than one TLS-RPT record",
    "Senders act as if there were none.",
    "RFC 8460 3",
    Status.PERMERROR,
)
BAD_VERSION = error(
    "tls-rpt-bad-version",
    "A TXT record that is meant as TLS-RPT, but is none",
    "Senders pass it over: a record begins with exactly 'v=TLSRPTv1;'.",
    "RFC 8460 3",
    Status.PERMERROR,
)
SYNTAX = error(
    "tls-rpt-syntax",
    "A TLS-RPT record that can't be understood",
    "Senders act as if there were none.",
    "RFC 8460 3",
    Status.PERMERROR,
)
NO_ADDRESS = error(
    "tls-rpt-no-address",
    "A TLS-RPT record, none of whose addresses takes reports",
    "Senders can send no report.",
    "RFC 8460 3",
    Status.PERMERROR,
)
BAD_ADDRESS = warning(
    "tls-rpt-bad-address",
    "An address for TLS reports that can't be used",
    "Senders send no report to it.",
    "RFC 8460 3",
)
UNDELIVERABLE = warning(
    "tls-rpt-undeliverable",
    "TLS reports go to a domain that takes no mail",
    "Reports bounce.",
    "RFC 8460 5.3",
)

KINDS = kinds_in(globals())
