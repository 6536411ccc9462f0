"""What can be found in aggregate reports."""

from mactl.audit.kinds import error, kinds_in, note, warning

UNALIGNED_SENDER = warning(
    "dmarc-unaligned-sender",
    "A sender of the domain's own, part of whose mail fails DMARC",
    "Receivers refuse or quarantine that part as soon as a policy is in force.",
    "RFC 9989 5.1.5",
)
UNALIGNED_SERVICE = warning(
    "dmarc-unaligned-service",
    "A mail service that sends as the domain, and never passes DMARC",
    "Receivers refuse or quarantine its mail as soon as a policy is in force.",
    "RFC 9989 5.1.5",
)
UNKNOWN_SENDER = warning(
    "dmarc-unknown-sender",
    "Somebody sends as the domain, and never passes DMARC",
    "Receivers do what the policy says: under p=none they deliver it.",
    "RFC 9989 5.1.5",
)
BROKEN_SIGNATURE = warning(
    "dmarc-broken-signature",
    "Mail that carries a signature of the domain, and fails",
    "Receivers can't tell it from forged mail: the key is missing, or the message was changed.",
    "RFC 9990 3.1.3",
)
FORWARDED = note(
    "dmarc-forwarded",
    "Mail that was passed on, and failed then",
    "Receivers that know the forwarder deliver it; the policy costs it elsewhere.",
    "RFC 9990 3.1.6",
)
SPF_ALONE = note(
    "dmarc-spf-alone",
    "Mail that passes by SPF alone",
    "Receivers refuse it under a policy as soon as somebody forwards it.",
    "RFC 9989 7.4",
)
POLICY_NEXT = note(
    "dmarc-policy-next",
    "The reports allow for a stricter policy",
    "Receivers would refuse or quarantine forged mail that they deliver now.",
    "RFC 9989 5.1.7",
)
POLICY_HELD = note(
    "dmarc-policy-held",
    "The reports don't allow for a stricter policy yet",
    "Receivers would refuse or quarantine mail of the domain's own.",
    "RFC 9989 5.1.7",
)
TOLD_ERROR = warning(
    "report-error",
    "A receiver tells of an error in the domain's DMARC record",
    "It may apply another policy than was meant, or none.",
    "RFC 9990 3.1.5",
)
NONE_READ = error(
    "report-none",
    "No aggregate report in what was given",
    "None; who sends as the domain can't be told.",
    "RFC 9990 3",
)
UNREADABLE = warning(
    "report-unreadable",
    "A report that can't be read",
    "None; what it told is missing in the sums.",
    "RFC 9990 3.1",
)
RECORDS_LEFT_OUT = warning(
    "report-records-left-out",
    "Records of a report without an address or a count",
    "None; what they told is missing in the sums.",
    "RFC 9990 3.1.1.8",
)
NOT_A_REPORT = note(
    "report-foreign",
    "A file that is no aggregate report",
    "None; it was passed over.",
    "RFC 9990 3.1",
)
DUPLICATE = note(
    "report-duplicate",
    "Reports that came twice",
    "None; each was counted once.",
    "RFC 9990 3.5.4",
)
SOURCES_LEFT_OUT = note(
    "report-sources-left-out",
    "More sending addresses than are told apart",
    "None; the rest is in the sums, and in no line of its own.",
    "RFC 9990 3.1.1.8",
)

KINDS = kinds_in(globals())
