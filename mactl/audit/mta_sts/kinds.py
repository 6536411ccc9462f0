"""What can be found about MTA-STS."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

MISSING = note(
    "mta-sts-missing",
    "No MTA-STS",
    "Senders bring mail without TLS to whoever gets between them and the mail host.",
    "RFC 8461 1",
    Status.NONE,
)
TEMPERROR = error(
    "mta-sts-temperror",
    "The DNS failed on the MTA-STS record",
    "Senders use the policy that they remember, if any.",
    "RFC 8461 3.1",
    Status.TEMPERROR,
)
MULTIPLE_RECORDS = error(
    "mta-sts-multiple-records",
    "More than one MTA-STS record",
    "Senders act as if there were none; those that remember a policy keep to it.",
    "RFC 8461 3.1",
    Status.PERMERROR,
)
BAD_VERSION = error(
    "mta-sts-bad-version",
    "A TXT record that is meant as MTA-STS, but is none",
    "Senders pass it over: a record begins with exactly 'v=STSv1;'.",
    "RFC 8461 3.1",
    Status.PERMERROR,
)
SYNTAX = error(
    "mta-sts-syntax",
    "An MTA-STS record that can't be understood",
    "Senders act as if there were none; those that remember a policy keep to it.",
    "RFC 8461 3.1",
    Status.PERMERROR,
)
NO_HOST = error(
    "mta-sts-no-host",
    "A record, and no host that serves the policy",
    "Senders find no policy; those that remember one keep to it until it ends.",
    "RFC 8461 3.3",
    Status.PERMERROR,
)
UNREACHABLE = error(
    "mta-sts-unreachable",
    "The policy can't be fetched",
    "Senders find no policy; those that remember one keep to it until it ends.",
    "RFC 8461 3.3",
    Status.PERMERROR,
)
CERTIFICATE = error(
    "mta-sts-certificate",
    "The policy's server has a certificate that does not hold",
    "Senders must not take a policy from it; those that remember one keep to it until it ends.",
    "RFC 8461 3.3",
    Status.PERMERROR,
)
REDIRECT = error(
    "mta-sts-redirect",
    "The policy's address redirects",
    "Senders must not follow, and find no policy.",
    "RFC 8461 3.3",
    Status.PERMERROR,
)
HTTP_STATUS = error(
    "mta-sts-http-status",
    "The policy's server answers with another status than 200",
    "Senders find no policy; those that remember one keep to it until it ends.",
    "RFC 8461 3.3",
    Status.PERMERROR,
)
TOO_LARGE = error(
    "mta-sts-too-large",
    "A policy of more than 64 KB",
    "Senders give up reading, and find no policy.",
    "RFC 8461 3.3",
    Status.PERMERROR,
)
CONTENT_TYPE = error(
    "mta-sts-content-type",
    "A policy that is not served as text/plain",
    "Senders should refuse it: it may be a page that a visitor has put there.",
    "RFC 8461 3.2",
    Status.PERMERROR,
)
POLICY_SYNTAX = error(
    "mta-sts-policy-syntax",
    "A policy that can't be understood",
    "Senders act as if there were none; those that remember an older one keep to it.",
    "RFC 8461 3.2",
    Status.PERMERROR,
)
MX_NOT_COVERED = error(
    "mta-sts-mx-not-covered",
    "A mail host that the policy does not name",
    "Senders that keep to the policy never bring mail there, and it is lost if no other host is.",
    "RFC 8461 4.1",
    Status.WARN,
)
MX_NOT_COVERED_TESTING = warning(
    "mta-sts-mx-not-covered-testing",
    "A mail host that the policy does not name, in test mode",
    "Senders report it; mail to it is lost once the policy is enforced.",
    "RFC 8461 5",
)
MX_UNUSED = note(
    "mta-sts-mx-unused",
    "The policy names a host that takes no mail of the domain",
    "None; whoever gets that name could take mail of the domain.",
    "RFC 8461 4.1",
)
TESTING = note(
    "mta-sts-testing",
    "The policy is in test mode",
    "Senders report what they would refuse, and bring the mail all the same.",
    "RFC 8461 5",
)
MODE_NONE = note(
    "mta-sts-mode-none",
    "The policy says that there is none",
    "Senders that remember an older policy forget it: the way to leave MTA-STS.",
    "RFC 8461 8.3",
)
MAX_AGE_ZERO = warning(
    "mta-sts-max-age-zero",
    "A policy that ends at once",
    "Senders remember nothing, so whoever hides the record from them switches it off.",
    "RFC 8461 3.2",
)
MAX_AGE_SHORT = warning(
    "mta-sts-max-age-short",
    "A policy that ends within a day",
    "Senders forget it between two mails: whoever hides the record from them switches it off.",
    "RFC 8461 10.2",
)
MAX_AGE_LONG = warning(
    "mta-sts-max-age-long",
    "A policy that is to last for more than a year",
    "Senders may refuse it, or cut it to a year.",
    "RFC 8461 3.2",
)
BLANK_LINES = warning(
    "mta-sts-blank-lines",
    "A policy with empty lines",
    "Senders that go by the letter refuse it.",
    "RFC 8461 3.2",
)
NO_RECORD = warning(
    "mta-sts-no-record",
    "A policy, and no record that announces it",
    "Senders never look for it; those that remember it keep to it until it ends.",
    "RFC 8461 3.1",
)
NOT_FETCHED = note(
    "mta-sts-not-fetched",
    "The policy was not looked at",
    "None; this run fetches nothing from the web.",
    "RFC 8461 3.3",
)

KINDS = kinds_in(globals())
