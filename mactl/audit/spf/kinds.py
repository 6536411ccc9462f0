"""What can be found about SPF."""

from mactl.audit.kinds import Status, error, kinds_in, note, warning

MISSING = error(
    "spf-missing",
    "No SPF record",
    "Receivers get the result none: nothing tells the domain's mail from a forgery.",
    "RFC 7208 4.5",
    Status.NONE,
)
BAD_VERSION = error(
    "spf-bad-version",
    "A TXT record that is meant as SPF, but is none",
    "Receivers pass it over: only 'v=spf1' and then a space or the end makes an SPF record.",
    "RFC 7208 4.5",
    Status.NONE,
)
WRONG_TYPE = error(
    "spf-wrong-type",
    "An SPF record of the DNS type SPF, and none of type TXT",
    "Receivers get the result none: they have asked for TXT alone since 2014.",
    "RFC 7208 3.1",
    Status.NONE,
)
ELSEWHERE = error(
    "spf-at-another-name",
    "An SPF record at another name than the domain itself",
    "Receivers get the result none: they ask for the very domain behind the @, and for no other.",
    "RFC 7208 4.4",
    Status.NONE,
)
TEMPERROR = error(
    "spf-temperror",
    "The DNS failed on a name that SPF needs",
    "Receivers get a temperror: they may put the mail off, or go on without SPF.",
    "RFC 7208 4.4",
    Status.TEMPERROR,
)
MULTIPLE_RECORDS = error(
    "spf-multiple-records",
    "More than one SPF record at one name",
    "Receivers get a permerror: none of the records counts.",
    "RFC 7208 4.5",
    Status.PERMERROR,
)
SYNTAX = error(
    "spf-syntax",
    "A term that breaks the grammar",
    "Receivers get a permerror, wherever in the record it stands, also behind 'all'.",
    "RFC 7208 4.6",
    Status.PERMERROR,
)
INCLUDE_NO_RECORD = error(
    "spf-include-no-record",
    "An include whose target has no SPF record",
    "Receivers get a permerror as soon as they come to it.",
    "RFC 7208 5.2",
    Status.PERMERROR,
)
REDIRECT_NO_RECORD = error(
    "spf-redirect-no-record",
    "A redirect whose target has no SPF record",
    "Receivers get a permerror for all mail that no mechanism before it matched.",
    "RFC 7208 6.1",
    Status.PERMERROR,
)
LOOP = error(
    "spf-loop",
    "A record that includes itself, or redirects to itself",
    "Receivers go round until the limit of 10 lookups, then get a permerror.",
    "RFC 7208 4.6.4",
    Status.PERMERROR,
)
TOO_MANY_LOOKUPS = error(
    "spf-too-many-lookups",
    "More than 10 terms that look up",
    "Receivers get a permerror for all mail that no earlier term matched.",
    "RFC 7208 4.6.4",
    Status.PERMERROR,
)
TOO_MANY_VOID_LOOKUPS = error(
    "spf-too-many-void-lookups",
    "More than 2 terms that look up what does not exist",
    "Most receivers get a permerror for all mail that no earlier term matched.",
    "RFC 7208 4.6.4",
    Status.PERMERROR,
)
TOO_MANY_MX = error(
    "spf-too-many-mx",
    "An mx term for a domain with more than 10 MX hosts",
    "Receivers get a permerror as soon as they come to it.",
    "RFC 7208 4.6.4",
    Status.PERMERROR,
)
PASS_ALL = error(
    "spf-pass-all",
    "Everybody may send as this domain",
    "Receivers pass SPF, and so DMARC, for mail from any address in the world.",
    "RFC 7208 5.1",
)
HUGE_RANGE = error(
    "spf-huge-range",
    "A range of 16 million addresses or more may send as this domain",
    "Receivers pass SPF, and so DMARC, for mail from each of them.",
    "RFC 7208 5.6",
)
WIDE_RANGE = warning(
    "spf-wide-range",
    "A range of a million addresses or more may send as this domain",
    "Receivers pass SPF, and so DMARC, for mail from each of them.",
    "RFC 7208 5.6",
)
PRIVATE_ADDRESS = warning(
    "spf-private-address",
    "An address that no mail on the internet comes from",
    "Receivers never match it; it only shows what the network inside looks like.",
    "RFC 6890 2.2.2",
)
NEUTRAL_ALL = warning(
    "spf-neutral-all",
    "The record ends in ?all",
    "Receivers treat all other mail as if there were no SPF record.",
    "RFC 7208 8.2",
)
NO_ALL = warning(
    "spf-no-all",
    "The record has neither 'all' nor a redirect",
    "Receivers get neutral for mail that nothing matches, as if it ended in ?all.",
    "RFC 7208 4.7",
)
TERMS_AFTER_ALL = warning(
    "spf-terms-after-all",
    "Mechanisms behind 'all'",
    "Receivers never come to them.",
    "RFC 7208 5.1",
)
REDIRECT_IGNORED = warning(
    "spf-redirect-ignored",
    "A redirect beside 'all'",
    "Receivers ignore the redirect.",
    "RFC 7208 6.1",
)
VOID_LOOKUP = warning(
    "spf-void-lookup",
    "A term that looks up what does not exist",
    "Receivers match nothing; with a third one most of them get a permerror.",
    "RFC 7208 4.6.4",
)
PTR = warning(
    "spf-ptr",
    "The ptr mechanism",
    "It is slow, unreliable and a burden on others; some receivers skip it or give up on it.",
    "RFC 7208 5.5",
)
UNKNOWN_MODIFIER = warning(
    "spf-unknown-modifier",
    "A modifier that nobody knows",
    "Receivers ignore it.",
    "RFC 7208 6",
)
SECOND_VERSION = warning(
    "spf-second-version",
    "'v=spf1' twice in one record",
    "Receivers ignore the second one, and all that stands behind an 'all' between them.",
    "RFC 7208 4.5",
)
NEAR_LOOKUP_LIMIT = note(
    "spf-near-lookup-limit",
    "9 or 10 terms that look up",
    "Nothing yet; when an included domain adds one, all mail may end in a permerror.",
    "RFC 7208 4.6.4",
)
REPEATED_INCLUDE = note(
    "spf-repeated-include",
    "One domain included more than once",
    "Receivers look it up, and count it, each time.",
    "RFC 7208 4.6.4",
)
SHARED_INCLUDE = note(
    "spf-shared-include",
    "One domain included by two ways",
    "Receivers look it up, and count it and all below it, on each way that they come to it.",
    "RFC 7208 4.6.4",
)
DYNAMIC = note(
    "spf-dynamic",
    "A term that depends on the message",
    "Receivers look up another name for each message: what it allows can't be told from here.",
    "RFC 7208 7",
)
CUT = note(
    "spf-cut",
    "The record leads to more names than an audit asks for",
    "Receivers gave up long before; here the costs are counted as far as was asked.",
    "RFC 7208 11.1",
)
LONG_RECORD = note(
    "spf-long-record",
    "An SPF record of more than 450 characters",
    "Some receivers that can't ask over TCP or with EDNS may see no record.",
    "RFC 7208 3.4",
)
LARGE_ANSWER = note(
    "spf-large-answer",
    "The TXT records of the name don't fit in 512 bytes together",
    "Some receivers that can't ask over TCP or with EDNS may see no record.",
    "RFC 7208 3.4",
)

RESULT_FAIL = error(
    "spf-result-fail",
    "SPF says that this address may not send",
    "Receivers refuse its mail, or hide it, unless an aligned DKIM signature speaks for it.",
    "RFC 7208 8.4",
    Status.PASS,  # of the record: it may be this address that is wrong
)
RESULT_PERMERROR = error(
    "spf-result-permerror",
    "SPF breaks on the mail of this address",
    "Receivers treat its mail as if there were no SPF record, or refuse it.",
    "RFC 7208 8.7",
    Status.PASS,
)
RESULT_TEMPERROR = error(
    "spf-result-temperror",
    "The DNS failed while SPF looked at this address",
    "Receivers put its mail off, or go on without SPF.",
    "RFC 7208 8.6",
    Status.TEMPERROR,
)
RESULT_SOFTFAIL = warning(
    "spf-result-softfail",
    "SPF says that this address probably may not send",
    "Receivers suspect its mail, unless an aligned DKIM signature speaks for it.",
    "RFC 7208 8.5",
    Status.PASS,
)
RESULT_NEUTRAL = warning(
    "spf-result-neutral",
    "SPF says nothing about this address",
    "Receivers treat its mail as if there were no SPF record.",
    "RFC 7208 8.2",
    Status.PASS,
)
RESULT_NONE = warning(
    "spf-result-none",
    "There is no SPF record to judge this address by",
    "Receivers have only DKIM to believe its mail by.",
    "RFC 7208 8.1",
    Status.PASS,
)
HELO_NOT_PASSED = warning(
    "spf-helo-fail",
    "SPF says that this address may not call itself by its HELO name",
    "Receivers may refuse all its mail, and the bounces that it sends.",
    "RFC 7208 2.3",
    Status.PASS,
)
RELAY_UNLISTED = warning(
    "spf-relay-unlisted",
    "SPF does not let the relay's own address send",
    "Receivers get no pass, unless the relay passes mail on from other addresses, which can't be told from here.",
    "RFC 7208 4.6.2",
    Status.PASS,
)

KINDS = kinds_in(globals())
