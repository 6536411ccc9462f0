"""What can be found about names below a domain."""

from mactl.audit.kinds import error, kinds_in, note, warning

POLICY_NONE = warning(
    "subdomain-policy-none",
    "A subdomain with a DMARC policy of none, below a domain that enforces",
    "Receivers deliver mail forged under the subdomain.",
    "RFC 9989 4.10.1",
)
EXPOSED = note(
    "subdomain-exposed",
    "Subdomains that exist, and that no DMARC policy protects",
    "Receivers deliver mail forged under these names, which look like yours.",
    "RFC 9989 4.7",
)
WILDCARD = note(
    "subdomain-wildcard",
    "Every name below the domain exists",
    "Receivers apply the policy for subdomains, sp=, to names that anybody makes up, never np=.",
    "RFC 9989 4.7",
)
WILDCARD_POLICY = warning(
    "subdomain-wildcard-policy",
    "Every name below the domain has a DMARC policy of none",
    "Receivers deliver mail forged under any name that somebody makes up below the domain.",
    "RFC 9989 4.10.1",
)
WILDCARD_SPF = error(
    "subdomain-wildcard-spf",
    "Under any name below the domain, anybody may send",
    "Receivers get an SPF pass, and DMARC with it, for mail forged under any name below the domain.",
    "RFC 7208 5.1",
)

KINDS = kinds_in(globals())
