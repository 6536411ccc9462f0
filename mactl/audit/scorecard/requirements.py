"""The requirements, one function each: what the records and the evidence make of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mactl.audit.dkim.audit import DkimAudit
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.evidence import NOTHING_SEEN, Evidence
from mactl.audit.kinds import Status
from mactl.audit.names import printable
from mactl.audit.reverse.audit import ReverseAudit
from mactl.audit.spf.audit import SpfAudit
from mactl.findings import Finding, Severity

MIN_BITS = 1024
MAX_SPAM_RATE = 0.003
WANTED_SPAM_RATE = 0.001
UNSUBSCRIBE_DAYS = 2


class Result(StrEnum):
    """Whether a requirement is met."""

    PASS = "pass"
    FAIL = "fail"
    NOT_VISIBLE = "not_visible"  # the DNS can't show it, or failed to


@dataclass(frozen=True, slots=True)
class Judged:
    """One requirement as judged: `source` is what it was judged on, `findings` their ids."""

    result: Result
    why: str
    source: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All that requirements are judged on."""

    domain: str
    spf: SpfAudit
    dkim: DkimAudit
    dmarc: DmarcAudit
    reverse: ReverseAudit | None = None
    evidence: Evidence = NOTHING_SEEN


def _seen(known: Known, passed: bool, what: str, findings: tuple[str, ...] = ()) -> Judged:
    """What mail that was seen shows, which goes before what records promise."""
    result = Result.PASS if passed else Result.FAIL
    return Judged(result, what, known.evidence.seen_in or "mail that was seen", findings)


def _ids(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The ids of the errors among the findings, else of the warnings."""
    found = tuple(findings)
    for severity in (Severity.ERROR, Severity.WARNING):
        ids = dict.fromkeys(f.id for f in found if f.severity is severity)
        if ids:
            return tuple(ids)
    return ()


def spf(known: Known) -> Judged:
    """An SPF record that can be evaluated and lets somebody send."""
    audit, source = known.spf, f"TXT {known.domain}"
    if known.evidence.spf is not None:
        what = "SPF passed" if known.evidence.spf else "SPF did not pass"
        return _seen(known, known.evidence.spf, what, _ids(audit.findings))
    if audit.status is Status.TEMPERROR:
        return Judged(Result.NOT_VISIBLE, "the DNS failed", source, _ids(audit.findings))
    if audit.record is None or audit.status in (Status.NONE, Status.PERMERROR):
        why = "there is no record" if audit.status is Status.NONE else "the record is broken"
        if len(audit.tree.records) > 1:
            why = f"there are {len(audit.tree.records)} records"
        return Judged(Result.FAIL, why, source, _ids(audit.findings))
    if audit.sends_nothing:
        return Judged(Result.FAIL, "it lets no server send", source, _ids(audit.findings))
    return Judged(Result.PASS, f"'{printable(audit.record.text, 80)}'", source)


def dkim(known: Known) -> Judged:
    """A DKIM key that receivers accept; where its selector is not known, it can't be seen."""
    audit, source = known.dkim, f"TXT below _domainkey.{known.domain}"
    if known.evidence.dkim is not None:
        what = "a signature holds" if known.evidence.dkim else "no signature counts"
        return _seen(known, known.evidence.dkim, what, _ids(audit.findings))
    # RFC 6376 3.6.1, t=y: what such a key signs is no better than unsigned.
    counting = [s.name for s in audit.usable if not (s.key and s.key.testing)]
    if counting:
        return Judged(Result.PASS, f"keys at {_names(counting)}", source)
    ids = _ids(audit.findings)
    if audit.usable:
        testing = _names(s.name for s in audit.usable)
        return Judged(Result.FAIL, f"keys in test mode: {testing}", source, ids)
    if audit.certain:
        return Judged(Result.FAIL, "there is no key", source, ids)
    if audit.status is Status.PERMERROR:
        broken = (s.name for s in audit.selectors if s.status is Status.PERMERROR)
        return Judged(Result.FAIL, f"keys that don't work: {_names(broken)}", source, ids)
    why = "no key under the selectors that were tried; there may be others"
    if audit.status is Status.TEMPERROR:
        why = "the DNS failed"
    return Judged(Result.NOT_VISIBLE, why, source, ids)


def dkim_bits(known: Known) -> Judged:
    """Keys of 1024 bits or more."""
    audit, source = known.dkim, f"TXT below _domainkey.{known.domain}"
    bits = known.evidence.dkim_bits
    if bits is not None:
        return _seen(known, bits >= MIN_BITS or bits == 256, f"signed with {bits} bits")
    keys = [s for s in audit.selectors if s.key is not None and s.key.bits]
    short = [s for s in keys if s.key and s.key.key_type == "rsa" and s.key.bits < MIN_BITS]
    if short:
        sizes = _names(f"{s.name} ({s.key.bits})" for s in short if s.key)
        return Judged(Result.FAIL, f"too short: {sizes}", source, ("dkim-key-too-short",))
    if not keys:
        return Judged(Result.NOT_VISIBLE, "no key was found", source)
    sizes = _names(f"{s.name} ({s.key.key_type} {s.key.bits})" for s in keys if s.key)
    return Judged(Result.PASS, sizes, source)


def spf_or_dkim(known: Known) -> Judged:
    """At least one of the two."""
    return max(spf(known), dkim(known), key=lambda judged: _order(judged.result))


def _order(result: Result) -> int:
    return (Result.FAIL, Result.NOT_VISIBLE, Result.PASS).index(result)


def dmarc(known: Known) -> Judged:
    """A DMARC policy, be it none."""
    audit, source = known.dmarc, f"TXT _dmarc.{known.domain}"
    ids = _ids(audit.findings)
    if audit.status is Status.TEMPERROR:
        return Judged(Result.NOT_VISIBLE, "the DNS failed", source, ids)
    if audit.policies.this is None or audit.governing is None:
        return Judged(Result.FAIL, "there is no policy in force", source, ids)
    source = f"TXT _dmarc.{printable(audit.governing.domain)}"
    return Judged(Result.PASS, f"the policy is {audit.policies.this}", source)


def alignment(known: Known) -> Judged:
    """The domain in From is that of SPF or of DKIM: only a message shows both."""
    if known.evidence.dmarc is not None:
        what = "DMARC passed" if known.evidence.dmarc else "DMARC did not pass"
        return _seen(known, known.evidence.dmarc, what)
    if not known.dkim.usable and known.dkim.certain and known.spf.status is Status.NONE:
        ids = (*_ids(known.spf.findings), *_ids(known.dkim.findings))
        return Judged(Result.FAIL, "neither SPF nor DKIM can pass", "SPF and DKIM", ids)
    return Judged(Result.NOT_VISIBLE, "only a message shows its return path and signature", "DNS")


def reverse(known: Known) -> Judged:
    """The sending address has a name that leads back to it."""
    if known.evidence.reverse is not None:
        what = "a confirmed name" if known.evidence.reverse else "no confirmed name"
        return _seen(known, known.evidence.reverse, f"the sending address has {what}")
    audit = known.reverse
    if audit is not None and audit.relayed:
        why = "the relay may pass mail on from another address"
        return Judged(Result.NOT_VISIBLE, why, "PTR and its addresses", _ids(audit.findings))
    if audit is not None and audit.confirmed is not None:
        shown = ", ".join(
            f"{r.address} is {printable(r.name)}" if r.names else f"{r.address} has no name"
            for r in audit.addresses
        )
        result = Result.PASS if audit.confirmed else Result.FAIL
        ids = () if audit.confirmed else _ids(audit.findings)
        return Judged(result, shown, "PTR and its addresses", ids)
    return Judged(Result.NOT_VISIBLE, "the address that mail is sent from is not known", "DNS")


def tls(known: Known) -> Judged:
    """Mail is sent over TLS."""
    if known.evidence.tls is not None:
        what = "over TLS" if known.evidence.tls else "without TLS"
        return _seen(known, known.evidence.tls, f"it came {what}")
    return Judged(Result.NOT_VISIBLE, "only a connection shows it", "DNS")


def one_click(known: Known) -> Judged:
    """The headers of RFC 8058 in a message, signed."""
    if known.evidence.one_click is not None:
        what = "signed List-Unsubscribe-Post" if known.evidence.one_click else "no one-click header"
        return _seen(known, known.evidence.one_click, what)
    return Judged(Result.NOT_VISIBLE, "only a message shows its headers", "DNS")


def unsubscribed_in_time(known: Known) -> Judged:
    """An unsubscribe is honoured within two days."""
    days = known.evidence.unsubscribe_days
    if days is not None:
        return _seen(known, days <= UNSUBSCRIBE_DAYS, f"it takes {days:g} days")
    return Judged(Result.NOT_VISIBLE, "only those who unsubscribed know", "DNS")


def spam_rate(known: Known) -> Judged:
    """Recipients report little of the mail as spam."""
    rate = known.evidence.spam_rate
    if rate is not None:
        wanted = "" if rate < WANTED_SPAM_RATE else f", {WANTED_SPAM_RATE:.2%} or less is wanted"
        return _seen(known, rate < MAX_SPAM_RATE, f"{rate:.2%} reported as spam{wanted}")
    return Judged(Result.NOT_VISIBLE, "only the mailbox provider counts it", "DNS")


def _names(names: Iterable[str]) -> str:
    found = [printable(name) for name in names]
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return ", ".join(found[:5]) + more
