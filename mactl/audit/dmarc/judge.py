"""What is wrong with a DMARC record, and with the policies it comes to."""

from collections.abc import Iterator

from mactl.audit.dmarc import kinds
from mactl.audit.dmarc.record import DmarcRecord, Policy, ReportUri
from mactl.audit.dmarc.walk import Step, Walk
from mactl.audit.fixes import publish
from mactl.audit.names import excerpt, printable
from mactl.findings import Finding

_MAX_BAD_TAGS = 20


def judge_record(domain: str, record: DmarcRecord) -> Iterator[Finding]:
    """The findings about the text of the record of `domain`, whatever its policy."""
    at = f"_dmarc.{printable(domain)}"
    yield from _bad_policy(at, record)
    without = printable(record.rewritten())
    strays = record.stray_addresses
    for tag in record.bad_tags[:_MAX_BAD_TAGS]:
        text = excerpt(tag.text)
        fix = f"correct '{text}'; without it: '{without}'"
        if any(uri.corrected in tag.text or uri.text in tag.text for uri in strays):
            fix = publish(record.rewritten(rua=_all_addresses(record)), at)
        yield kinds.BAD_TAG.found(f"{at}: {tag}", fix)
    for name, uris in (("rua", record.rua), ("ruf", record.ruf)):
        for uri in uris:
            if uri.fault:
                yield _bad_uri(at, record, name, uri)
    if not record.rua:
        fix = publish(record.rewritten(rua=f"mailto:dmarc@{domain}"), at)
        yield kinds.NO_REPORTS.found(f"{at} has no 'rua='", fix)
    if record.pct < 100:
        message = f"{at} has 'pct={record.pct}'"
        yield kinds.PCT.found(message, publish(record.rewritten(pct=None), at))
    for old in record.removed:
        if old.name != "pct" or record.pct == 100:
            message = f"{at} has '{excerpt(str(old))}'"
            yield kinds.REMOVED_TAG.found(message, publish(record.rewritten(), at))
    for uri in (*record.rua, *record.ruf):
        if uri.size_limit:
            message = f"{at} limits the size of reports with '!{uri.size_limit}'"
            yield kinds.REMOVED_TAG.found(message, publish(record.rewritten(), at))
    if record.p is not None and not record.bad_policies and not record.is_policy_second:
        yield kinds.POLICY_NOT_SECOND.found(
            f"{at} has other tags before 'p='", publish(record.rewritten(), at)
        )
    for unknown in record.unknown[:_MAX_BAD_TAGS]:
        message = f"{at} has '{excerpt(str(unknown))}'"
        yield kinds.UNKNOWN_TAG.found(message, f"leave out '{excerpt(unknown.name)}='")


def _bad_policy(at: str, record: DmarcRecord) -> Iterator[Finding]:
    if record.p is not None and not record.bad_policies:
        return
    what = f"{at} has no 'p='"
    if record.bad_policies:
        bad = (f"{name}={record.tags.get(name)}" for name in record.bad_policies)
        what = f"{at} has '{excerpt('; '.join(bad))}'"
    effect = "receivers act as for 'p=none'"
    if not record.has_report_address:
        effect = "receivers apply no DMARC, as it has no usable 'rua=' either"
    fix = publish(record.rewritten(), at)
    meant = record.meant_policies
    if meant and all(meant.values()):
        fix = f"{publish(record.rewritten(**meant), at)}, if that is what is meant"
    yield kinds.BAD_POLICY.found(f"{what}: {effect}", fix)


def _all_addresses(record: DmarcRecord) -> str:
    """Every address for aggregate reports in the record, also those that stand elsewhere."""
    found = (uri.corrected for uri in (*record.rua, *record.stray_addresses))
    return ",".join(dict.fromkeys(filter(None, found)))


def _bad_uri(at: str, record: DmarcRecord, name: str, uri: ReportUri) -> Finding:
    fix = "write 'mailto:' and an e-mail address"
    if uri.corrected or not uri.text:
        fix = publish(record.rewritten(), at)
    message = f"{at} has '{excerpt(uri.text)}' in {name}=: {printable(uri.fault)}"
    return kinds.BAD_REPORT_URI.found(message, fix)


def judge_policies(walk: Walk, governing: Step, exists: bool) -> Iterator[Finding]:
    """The findings about what receivers do with mail from the walk's domain, and from below it.

    `exists` tells whether that domain does: where it inherits, it follows `np=` if it does not.
    """
    record = governing.record
    if record is None or record.bad_policies or record.p is None:
        return
    at = f"_dmarc.{printable(governing.domain)}"
    own = governing.domain == walk.domain
    tag, policy = "p", record.p
    if not own and record.sp is not None:
        tag, policy = "sp", record.sp
    if not own and not exists and record.np is not None:
        tag, policy = "np", record.np
    if record.testing and policy is not Policy.NONE:
        message = f"{at} has 't=y': receivers apply '{policy.milder}' instead of '{policy}'"
        yield kinds.TESTING.found(message, publish(record.rewritten(t=None), at))
    if policy is Policy.NONE:
        fix = publish(record.rewritten(**{tag: Policy.QUARANTINE.value}), at)
        message = f"{at} has '{tag}=none'"
        yield kinds.POLICY_NONE.found(message, f"once its reports are clean, {fix}")
        return
    yield from _judge_below(walk)


def judge_unheeded(walk: Walk) -> Iterator[Finding]:
    """What the domain's own record says of names below it, and they don't heed (RFC 9989 4.7, sp, psd)."""
    record, organization = walk.own.record, walk.organizational_domain
    if record is None:
        return
    at = f"_dmarc.{printable(walk.domain)}"
    if record.psd == "y" and "." in walk.domain:
        yield kinds.PUBLIC_SUFFIX.found(
            f"{at} has 'psd=y': each name below {walk.domain} is an organization of its own",
            publish(record.rewritten(psd=None), at),
        )
    for name in ("sp", "np"):
        if record.tags.get(name) is not None and organization != walk.domain:
            yield kinds.UNUSED_TAG.found(
                f"{at} has '{name}=', and names below it follow _dmarc.{printable(organization)}",
                publish(record.rewritten(**{name: None}), at),
            )


def _judge_below(walk: Walk) -> Iterator[Finding]:
    """Subdomains follow the organizational domain's record, which need not be the domain's own."""
    step = walk.below().governing()
    if step is None or step.record is None or step.record.p is None or step.record.bad_policies:
        return
    record = step.record
    at = f"_dmarc.{printable(step.domain)}"
    tag = "p" if record.sp is None else "sp"
    if (record.sp or record.p) is Policy.NONE:
        message = f"subdomains of {walk.domain} follow '{tag}=none' of {at}"
        fix = record.rewritten(**{tag: Policy.QUARANTINE.value})
        yield kinds.SUBDOMAIN_NONE.found(message, publish(fix, at))
    if record.np is Policy.NONE:
        message = f"subdomains of {walk.domain} that do not exist follow 'np=none' of {at}"
        yield kinds.ABSENT_NONE.found(message, publish(record.rewritten(np="reject"), at))
