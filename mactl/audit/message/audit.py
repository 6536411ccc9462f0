"""A received message as a receiver judges it: DKIM, SPF, DMARC, and the way out."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from mactl.audit.dkim.verify import SignatureCheck, verify_signatures
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dns import MemoResolver
from mactl.audit.envelope import Envelope
from mactl.audit.means import DEADLINE, Means
from mactl.audit.message.dmarc import (
    DmarcResult,
    alignment,
    author_domain,
    dmarc_result,
    policies_of,
)
from mactl.audit.message.judge import (
    judge_author,
    judge_differences,
    judge_dkim,
    judge_dmarc,
    judge_signatures,
    judge_spf,
    judge_way,
)
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.message.one_click import OneClick, read_one_click
from mactl.audit.message.origin import origin_of
from mactl.audit.message.results import ReceiverResults, parse_results
from mactl.audit.message.spf import MessageSpf, check_spf
from mactl.audit.names import legible, printable
from mactl.audit.spf.evaluate import Result
from mactl.findings import Finding

_MOST_RESULTS = 5  # Authentication-Results fields that are shown
_SHOWN = 200


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
    domain = author_domain(message)
    checks, spf, policies = await asyncio.gather(
        verify_signatures(message.signed, resolver, means.now),
        check_spf(origin_of(message, envelope), resolver),
        policies_of(domain, resolver),
    )
    aligned: tuple[SignatureCheck, ...] = ()
    spf_aligned: bool | None = None
    if policies is not None:
        aligned, spf_aligned = await alignment(checks, spf, policies, resolver)
    dmarc = dmarc_result(aligned, spf, spf_aligned, policies)
    counting = [check for check in aligned if check.counts]
    one_click = read_one_click(message, counting)
    findings = [
        *judge_author(message),
        *judge_signatures(message, checks),
        *judge_dkim(checks, aligned, domain),
        *judge_spf(spf, spf_aligned, domain),
        *judge_dmarc(dmarc, domain, policies),
        *one_click.findings,
        *judge_way(message),
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
