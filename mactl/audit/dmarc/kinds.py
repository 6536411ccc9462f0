"""What can be found about DMARC."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

MISSING = error(
    "dmarc-missing",
    "No DMARC record",
    "Receivers apply no policy, send no reports, and refuse bulk mail in the largest mailboxes.",
    "RFC 9989 4.10.1",
    Status.NONE,
)
BAD_VERSION = error(
    "dmarc-bad-version",
    "A TXT record that is meant as DMARC, but is none",
    "Receivers pass it over: a record begins with exactly 'v=DMARC1'.",
    "RFC 9989 4.7",
    Status.PERMERROR,
)
TEMPERROR = error(
    "dmarc-temperror",
    "The DNS failed on a name that DMARC needs",
    "Receivers either deliver as if there were no record, or put the mail off.",
    "RFC 9989 4.10.1",
    Status.TEMPERROR,
)
MULTIPLE_RECORDS = error(
    "dmarc-multiple-records",
    "More than one DMARC record at one name",
    "Receivers drop them all and look further up.",
    "RFC 9989 4.10",
    Status.PERMERROR,
)
BAD_POLICY = error(
    "dmarc-bad-policy",
    "No valid p=, or an sp= or np= that is none",
    "Receivers act as for p=none where a valid rua= is given; else they apply no DMARC at all.",
    "RFC 9989 4.10.1",
    Status.PERMERROR,
)
BAD_TAG = warning(
    "dmarc-bad-tag",
    "A tag that can't be understood",
    "Receivers use the tag's default, or ignore it; the rest of the record counts.",
    "RFC 9989 4.7",
)
BAD_REPORT_URI = warning(
    "dmarc-bad-report-uri",
    "An address for reports that can't be used",
    "Receivers send no report to it.",
    "RFC 9989 4.7",
)
POLICY_NONE = warning(
    "dmarc-policy-none",
    "The policy is none",
    "Receivers only report: forged mail is delivered as before.",
    "RFC 9989 4.7",
)
SUBDOMAIN_NONE = warning(
    "dmarc-subdomain-none",
    "The policy for subdomains is none",
    "Receivers deliver mail forged under any subdomain that exists.",
    "RFC 9989 4.7",
)
ABSENT_NONE = warning(
    "dmarc-absent-none",
    "The policy for subdomains that do not exist is none",
    "Receivers deliver mail forged under any name that somebody makes up below the domain.",
    "RFC 9989 4.7",
)
TESTING = warning(
    "dmarc-testing",
    "The policy is in test mode",
    "Receivers apply it one step milder: reject as quarantine, quarantine as none.",
    "RFC 9989 4.7",
)
PCT = warning(
    "dmarc-pct",
    "A pct= below 100",
    "New receivers ignore it and apply the policy to all mail; old ones to that share.",
    "RFC 9989 A.6",
)
REPORT_UNAUTHORISED = warning(
    "dmarc-report-unauthorised",
    "Reports go to a domain that has not agreed to get them",
    "Receivers send no report there.",
    "RFC 9990 4",
)
REPORT_BAD_OVERRIDE = warning(
    "dmarc-report-bad-override",
    "The domain that agreed to get reports sends them on to another one",
    "Receivers send no report to either.",
    "RFC 9990 4",
)
REPORT_TEMPERROR = warning(
    "dmarc-report-temperror",
    "Whether a domain agreed to get reports can't be told",
    "Receivers send no report there as long as the DNS fails.",
    "RFC 9990 4",
)
WALK_INCOMPLETE = warning(
    "dmarc-walk-incomplete",
    "The DNS failed on a parent of the domain",
    "The policy stands, but with what the domain is aligned can't be told.",
    "RFC 9989 4.10.2",
)
PUBLIC_SUFFIX = warning(
    "dmarc-public-suffix",
    "The domain says that it is a public suffix",
    "Receivers take every name below it for another organization: mail of one does not align with it.",
    "RFC 9989 4.7",
)
UNUSED_TAG = note(
    "dmarc-unused-tag",
    "A policy for subdomains that follow another record",
    "Receivers ignore it: names without a record of their own follow the organizational domain.",
    "RFC 9989 4.7",
)
POLICY_NOT_SECOND = note(
    "dmarc-policy-not-second",
    "The policy does not follow the version",
    "New receivers don't mind; some that only know RFC 7489 may not see the record.",
    "RFC 7489 6.4",
)
NO_REPORTS = note(
    "dmarc-no-reports",
    "No address for aggregate reports",
    "Receivers send none: nobody notices forgeries, or mail of your own that fails.",
    "RFC 9989 4.7",
)
REMOVED_TAG = note(
    "dmarc-removed-tag",
    "A tag that RFC 9989 removed",
    "New receivers ignore it, old ones still heed it.",
    "RFC 9989 C.5.2",
)
UNKNOWN_TAG = note(
    "dmarc-unknown-tag",
    "A tag that nobody knows",
    "Receivers ignore it.",
    "RFC 9989 4.7",
)
INHERITED = note(
    "dmarc-inherited",
    "The policy comes from a record further up",
    "Receivers apply the sp= or np= of that record, where it has one.",
    "RFC 9989 4.10.1",
)

KINDS = kinds_in(globals())
