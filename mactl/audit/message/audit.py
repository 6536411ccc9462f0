"""A received message as a receiver judges it: DKIM, SPF, DMARC, and the way out."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mactl.audit.dkim.signature import DkimResult
from mactl.audit.dkim.verify import SignatureCheck, verify_signatures
from mactl.audit.dmarc.alignment import aligns
from mactl.audit.dmarc.audit import DmarcAudit, audit_dmarc
from mactl.audit.dns import ASK_AGAIN, MemoResolver, Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.fixes import publish
from mactl.audit.kinds import Status
from mactl.audit.means import DEADLINE, Means
from mactl.audit.message import kinds
from mactl.audit.message.judge import judge_differences, judge_signatures
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.message.one_click import OneClick, read_one_click
from mactl.audit.message.origin import origin_of
from mactl.audit.message.results import ReceiverResults, parse_results
from mactl.audit.message.spf import MessageSpf, check_spf
from mactl.audit.names import excerpt, legible, printable
from mactl.audit.spf.evaluate import Result
from mactl.findings import Finding

_MOST_RESULTS = 5  # Authentication-Results fields that are shown
_SHOWN = 200


class DmarcResult(StrEnum):
    """What DMARC says of a message, in the words of RFC 9989 and its registry."""

    PASS = "pass"
    FAIL = "fail"
    NONE = "none"  # no record
    PERMERROR = "permerror"  # no author domain, or several
    TEMPERROR = "temperror"


@dataclass(frozen=True, slots=True)
class MessageAudit:
    """What was found about one message.

    `domain` is the author domain, '' where there is not exactly one; `aligned` are the signatures,
    passing or not, of its organization; `dmarc` is None where it can't be told from the file.
    """

    message: ReceivedMessage
    domain: str
    checks: tuple[SignatureCheck, ...]
    aligned: tuple[SignatureCheck, ...]
    spf: MessageSpf
    spf_aligned: bool | None
    dmarc: DmarcResult | None
    policies: DmarcAudit | None
    one_click: OneClick
    received: tuple[ReceiverResults, ...]
    findings: tuple[Finding, ...]

    @property
    def dkim_passes(self) -> bool:
        """Whether a signature authenticates the author domain."""
        return any(check.counts for check in self.aligned)

    @property
    def spf_passes(self) -> bool | None:
        """Whether SPF does; None where it can't be told."""
        if self.spf.result is None and self.spf_aligned is not False:
            return None
        return self.spf.result is Result.PASS and bool(self.spf_aligned)

    @property
    def learned_selectors(self) -> dict[str, tuple[str, ...]]:
        """The selectors that its signatures name, by domain."""
        found: dict[str, dict[str, None]] = {}
        for check in self.checks:
            if check.signature.domain and check.signature.selector:
                found.setdefault(check.signature.domain, {})[check.signature.selector] = None
        return {domain: tuple(selectors) for domain, selectors in found.items()}

    def as_json(self) -> dict[str, object]:
        """The message as plain values, with nothing in it that a terminal would obey."""
        return {
            "from": printable(", ".join(self.message.authors[:20]), _SHOWN) or None,
            "subject": legible(self.message.subject, _SHOWN),
            "dkim": [self._dkim_json(check) for check in self.checks],
            "spf": self.spf.as_json(self.spf_aligned),
            "dmarc": self._dmarc_json(),
            "one_click": self.one_click.as_json(),
            "arc": self.message.count("arc-seal"),
            "received": [_received_json(results) for results in self.received],
        }

    def _dkim_json(self, check: SignatureCheck) -> dict[str, object]:
        signature, key = check.signature, check.key
        return {
            "domain": printable(signature.domain) or None,
            "selector": printable(signature.selector) or None,
            "algorithm": printable(signature.algorithm) or None,
            "result": check.result.value,
            "problem": printable(check.problem, 300) or None,
            "aligned": check in self.aligned,
            "testing": check.testing,
            "key": {"type": printable(key.key_type), "bits": key.bits} if key else None,
            "canonicalization": printable(f"{signature.header_form}/{signature.body_form}", 40),
            "signed_headers": [printable(name, 80) for name in signature.headers[:200] if name],
            "not_covered": check.appended,
            "signed_at": _instant(signature.signed_at),
            "expires_at": _instant(signature.expires_at),
        }

    def _dmarc_json(self) -> dict[str, object]:
        fails = self.dmarc is DmarcResult.FAIL and self.policies is not None
        new = self.policies.policies.this if fails and self.policies else None
        old = self.policies.policies_rfc7489.this if fails and self.policies else None
        return {
            "result": self.dmarc.value if self.dmarc else None,
            "domain": self.domain or None,
            "aligned": {"dkim": self.dkim_passes, "spf": self.spf_passes},
            "policy": new.value if new else None,
            "policy_rfc7489": old.value if old else None,
        }


async def audit_message(
    message: ReceivedMessage,
    means: Means,
    envelope: Envelope | None = None,
    deadline: float = DEADLINE,
) -> MessageAudit:
    """What receivers make of `message`; `envelope` is what is known of its session.

    `deadline` is the seconds that it may take in all.

    Raises ValueError where the envelope's `ip` is none; whatever the DNS does is a result.
    """
    resolver = MemoResolver(means.resolver, patience=deadline)
    domain = _author_domain(message)
    checks, spf, policies = await asyncio.gather(
        verify_signatures(message.signed, resolver, means.now),
        check_spf(origin_of(message, envelope), resolver),
        _dmarc_of(domain, resolver),
    )
    aligned: tuple[SignatureCheck, ...] = ()
    spf_aligned: bool | None = None
    if policies is not None:
        aligned, spf_aligned = await _alignment(checks, spf, policies, resolver)
    dmarc = _dmarc(checks, aligned, spf, spf_aligned, policies)
    counting = [check for check in aligned if check.counts]
    one_click = read_one_click(message, counting)
    findings = [
        *_judge_author(message),
        *judge_signatures(message, checks),
        *_judge_dkim(checks, aligned, domain),
        *_judge_spf(spf, spf_aligned, domain),
        *_judge_dmarc(dmarc, domain, policies),
        *one_click.findings,
        *_judge_way(message),
        *judge_differences(message, checks),
    ]
    findings.sort(key=lambda finding: -finding.severity.rank)
    fields = message.values("authentication-results")[:_MOST_RESULTS]
    received = tuple(map(parse_results, fields))
    unique = tuple(dict.fromkeys(findings))
    return MessageAudit(
        message, domain, checks, aligned, spf, spf_aligned, dmarc, policies, one_click, received,
        unique,
    )  # fmt: skip


def _author_domain(message: ReceivedMessage) -> str:
    """The domain that DMARC is about; '' where there is not exactly one (RFC 9989 5.3.1)."""
    domains = message.author_domains
    return domains[0] if message.count("from") == 1 and len(domains) == 1 else ""


async def _dmarc_of(domain: str, resolver: Resolver) -> DmarcAudit | None:
    return await audit_dmarc(domain, resolver) if domain else None


async def _alignment(
    checks: tuple[SignatureCheck, ...], spf: MessageSpf, policies: DmarcAudit, resolver: Resolver
) -> tuple[tuple[SignatureCheck, ...], bool | None]:
    """The signatures of the author's organization, and whether the return path is of it."""
    record = policies.record
    adkim, aspf = (record.adkim, record.aspf) if record is not None else ("r", "r")
    domains = dict.fromkeys(c.signature.domain for c in checks if c.signature.domain)
    found = await asyncio.gather(*(aligns(d, policies, adkim, resolver) for d in domains))
    own = {domain for domain, is_own in zip(domains, found, strict=True) if is_own}
    spf_aligned = await aligns(spf.domain, policies, aspf, resolver) if spf.domain else None
    return tuple(check for check in checks if check.signature.domain in own), spf_aligned


def _dmarc(
    checks: tuple[SignatureCheck, ...],
    aligned: tuple[SignatureCheck, ...],
    spf: MessageSpf,
    spf_aligned: bool | None,
    policies: DmarcAudit | None,
) -> DmarcResult | None:
    """The result of RFC 9989 5.3.5; None where the file does not tell enough."""
    if policies is None:
        return DmarcResult.PERMERROR
    if policies.policies.this is None:
        is_unknown = policies.status is Status.TEMPERROR
        return DmarcResult.TEMPERROR if is_unknown else DmarcResult.NONE
    if any(check.counts for check in aligned) or (spf.result is Result.PASS and spf_aligned):
        return DmarcResult.PASS
    if spf.result is Result.TEMPERROR or any(c.result is DkimResult.TEMPERROR for c in aligned):
        return DmarcResult.TEMPERROR  # RFC 9989 5.3.6
    if spf.result is None and spf_aligned is not False:
        return None
    return DmarcResult.FAIL


def _judge_author(message: ReceivedMessage) -> Iterator[Finding]:
    fix = "write one From with one address"
    if not message.author_domains:
        yield kinds.FROM_MISSING.found("the message has no From with a domain", fix)
    elif message.count("from") > 1:
        yield kinds.FROM_SEVERAL.found(f"the message has {message.count('from')} From fields", fix)
    elif len(message.author_domains) > 1:
        names = ", ".join(map(printable, message.author_domains[:5]))
        yield kinds.FROM_SEVERAL.found(f"From has addresses of several domains: {names}", fix)


def _judge_dkim(
    checks: tuple[SignatureCheck, ...], aligned: tuple[SignatureCheck, ...], domain: str
) -> Iterator[Finding]:
    if not checks:
        fix = f"sign with DKIM for {domain or 'the domain in From'}"
        yield kinds.NOT_SIGNED.found("the message has no DKIM-Signature", fix)
    elif domain and not aligned:
        signers = ", ".join(dict.fromkeys(printable(c.signature.domain) for c in checks))
        fix = f"have the service sign with a key of {domain} ('own domain' in its settings)"
        yield kinds.NOT_ALIGNED.found(f"it is signed by {signers}, and From is {domain}", fix)


def _judge_spf(spf: MessageSpf, aligned: bool | None, domain: str) -> Iterator[Finding]:
    if spf.check is None:
        fix = "give --ip ADDRESS and --mail-from ADDRESS"
        yield kinds.SPF_UNKNOWN.found(f"SPF can't be told: {spf.unknown}", fix)
    elif spf.check.result is Result.TEMPERROR:
        message = f"SPF of {printable(spf.domain)} can't be told: {printable(spf.check.problem)}"
        yield kinds.DMARC_TEMPERROR.found(message, ASK_AGAIN)
    elif spf.check.result is not Result.PASS:
        why = excerpt(spf.check.problem or spf.check.term)
        what = f"SPF of {printable(spf.domain)} gives '{spf.check.result}' to {spf.origin.ip}"
        yield kinds.SPF_FAILS.found(
            what + (f" ({why})" if why else ""),
            f"where {spf.origin.ip} sends for you, add it to the SPF record of {printable(spf.domain)}",
        )
    if domain and aligned is False:
        yield kinds.SPF_NOT_ALIGNED.found(
            f"the return path is at {printable(spf.domain)}, and From at {domain}",
            f"have the service use a return path below {domain}",
        )


def _judge_dmarc(
    result: DmarcResult | None, domain: str, policies: DmarcAudit | None
) -> Iterator[Finding]:
    if result is None:
        fix = "give --ip ADDRESS and --mail-from ADDRESS"
        what = f"no signature of {domain} holds, and SPF can't be told"
        yield kinds.DMARC_UNKNOWN.found(what, fix)
    elif result is DmarcResult.TEMPERROR and policies is not None and policies.record is None:
        what = f"the DMARC policy of {domain} can't be told"
        yield kinds.DMARC_TEMPERROR.found(what, ASK_AGAIN)
    elif result is DmarcResult.NONE:
        proposed = publish(f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}", f"_dmarc.{domain}")
        yield kinds.DMARC_NONE.found(f"{domain} has no DMARC policy that applies", proposed)
    elif result is DmarcResult.FAIL and policies is not None:
        new, old = policies.policies.this, policies.policies_rfc7489.this
        told = f"receivers apply '{new}'"
        if new != old:
            told += f", those that don't know RFC 9989 '{old or 'no DMARC'}'"
        fix = f"sign with a key of {domain}, or use a return path below it that SPF passes for"
        yield kinds.DMARC_FAILS.found(f"nothing authenticates {domain}: {told}", fix)


def _judge_way(message: ReceivedMessage) -> Iterator[Finding]:
    if seals := message.count("arc-seal"):
        yield kinds.ARC.found(f"the message has {seals} ARC-Seal{'s' if seals > 1 else ''}")


def _received_json(results: ReceiverResults) -> dict[str, object]:
    """One Authentication-Results field: the receiver, and its results by method."""
    methods: dict[str, list[str]] = {}
    for result in results.results:
        methods.setdefault(printable(result.method, 40), []).append(printable(result.result, 40))
    return {"by": printable(results.by, 100), "results": methods}


def _instant(seconds: int | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC; None for none, and for years that nobody counts."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
