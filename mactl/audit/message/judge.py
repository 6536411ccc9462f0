"""What is wrong with, or dangerous about, a message as it was received."""

from collections.abc import Iterator, Sequence

from mactl.audit.dkim import kinds as dkim_kinds
from mactl.audit.dkim.judge import judge_key
from mactl.audit.dkim.signature import DkimResult
from mactl.audit.dkim.verify import MAX_SIGNATURES, SignatureCheck
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dns import ASK_AGAIN
from mactl.audit.fixes import publish
from mactl.audit.message import kinds
from mactl.audit.message.dmarc import DmarcResult
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.message.results import parse_results
from mactl.audit.message.spf import MessageSpf
from mactl.audit.names import excerpt, is_within, printable
from mactl.audit.spf.evaluate import Result
from mactl.findings import Finding

_SHOULD_BE_SIGNED = ("subject", "date", "to")
_FIXES = {
    DkimResult.FAIL: "sign last, after footers and tracked links are in; nothing may change it then",
    DkimResult.POLICY: "sign with rsa-sha256 and a key of 2048 bits",
    DkimResult.NEUTRAL: "have the software that signs mended, or replaced",
    DkimResult.TEMPERROR: ASK_AGAIN,
    DkimResult.PERMERROR: "publish the key that signs, or have the service that signs name another",
}
_TOLD_OTHERWISE = {dkim_kinds.TESTING.id, dkim_kinds.REVOKED.id}


def judge_signatures(
    message: ReceivedMessage, checks: Sequence[SignatureCheck]
) -> Iterator[Finding]:
    """The findings about the signatures of a message, whatever domain they are of."""
    for check in checks:
        yield from _judge(message, check)
    more = len(message.signed.signatures) - MAX_SIGNATURES
    if more > 0:
        yield kinds.MANY_SIGNATURES.found(
            f"the message has {more} signatures more than the {MAX_SIGNATURES} looked at"
        )


def _judge(message: ReceivedMessage, check: SignatureCheck) -> Iterator[Finding]:
    signature, whose = check.signature, told(check)
    if check.key is not None:
        found = judge_key(signature.key_name, check.key)
        yield from (finding for finding in found if finding.id not in _TOLD_OTHERWISE)
    if check.result is not DkimResult.PASS:
        yield _failure(check)
        return
    if check.testing:
        what = f"the key of {whose} has 't=y'"
        yield kinds.KEY_TESTING.found(what, f"leave out 't=y' at {printable(signature.key_name)}")
    if signature.length is not None:
        what = f"{whose} has 'l={signature.length}': {check.appended} octets are not covered"
        yield kinds.LENGTH.found(what, "sign the whole body: leave out 'l='")
    missing = [n for n in _SHOULD_BE_SIGNED if message.count(n) and not signature.covers(n)]
    if missing:
        names = ", ".join(name.capitalize() for name in missing)
        yield kinds.HEADER_UNSIGNED.found(f"{whose} leaves out {names}", f"add {names} to its 'h='")
    if signature.headers.count("from") <= message.count("from"):
        what = f"{whose} names From only as often as it is there"
        yield kinds.NOT_OVERSIGNED.found(what, "name From once more in its 'h='")


def _failure(check: SignatureCheck) -> Finding:
    what = f"{told(check)}: {check.result}, {printable(check.problem, 300)}"
    if check.result is DkimResult.TEMPERROR:
        return kinds.DMARC_TEMPERROR.found(what, _FIXES[check.result])
    if check.result is DkimResult.PERMERROR and not check.signature.covers("from"):
        return kinds.FROM_NOT_SIGNED.found(what, "sign From")
    if check.problem.startswith("it expired"):
        fix = "let signatures live for a week or more; --now judges the message as of another time"
        return kinds.EXPIRED.found(what, fix)
    return kinds.SIGNATURE_FAILS.found(what, _FIXES[check.result])


def told(check: SignatureCheck) -> str:
    """A signature in half a line: `the signature of example.com (s1)`."""
    signature = check.signature
    if not signature.domain:
        return "a signature without a domain"
    return f"the signature of {printable(signature.domain)} ({printable(signature.selector)})"


def judge_differences(
    message: ReceivedMessage, checks: Sequence[SignatureCheck]
) -> Iterator[Finding]:
    """Where the receiver's own result of a signature is another than ours."""
    for value in message.values("authentication-results")[:1]:
        seen = parse_results(value)
        passed = [
            (r.properties.get("header.d") or r.properties.get("header.i", "")).rpartition("@")[2]
            for r in seen.of("dkim")
            if r.result == "pass"
        ]
        for check in checks:
            domain = check.signature.domain
            if check.result is not DkimResult.PASS and any(is_within(p, domain) for p in passed):
                yield kinds.RESULTS_DIFFER.found(
                    f"{printable(seen.by)} told dkim=pass of {printable(domain)}, "
                    f"here it is {check.result}: {excerpt(check.problem)}",
                    "save the message as it came ('show original'), or see what has changed since",
                )


def judge_author(message: ReceivedMessage) -> Iterator[Finding]:
    """Whether From names one domain, which DMARC is about."""
    fix = "write one From with one address"
    if not message.author_domains:
        yield kinds.FROM_MISSING.found("the message has no From with a domain", fix)
    elif message.count("from") > 1:
        yield kinds.FROM_SEVERAL.found(f"the message has {message.count('from')} From fields", fix)
    elif len(message.author_domains) > 1:
        names = ", ".join(map(printable, message.author_domains[:5]))
        yield kinds.FROM_SEVERAL.found(f"From has addresses of several domains: {names}", fix)


def judge_dkim(
    checks: tuple[SignatureCheck, ...], aligned: tuple[SignatureCheck, ...], domain: str
) -> Iterator[Finding]:
    """Whether the author domain, '' for none, is among those that signed."""
    if not checks:
        fix = f"sign with DKIM for {domain or 'the domain in From'}"
        yield kinds.NOT_SIGNED.found("the message has no DKIM-Signature", fix)
    elif domain and not aligned:
        signers = ", ".join(dict.fromkeys(printable(c.signature.domain) for c in checks))
        fix = f"have the service sign with a key of {domain} ('own domain' in its settings)"
        yield kinds.NOT_ALIGNED.found(f"it is signed by {signers}, and From is {domain}", fix)


def judge_spf(spf: MessageSpf, aligned: bool | None, domain: str) -> Iterator[Finding]:
    """Whether the return path authenticates the author domain; `aligned` is None if unknown."""
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


def judge_dmarc(
    result: DmarcResult | None, domain: str, policies: DmarcAudit | None
) -> Iterator[Finding]:
    """What becomes of the message by the policy of its author domain."""
    if result is None:
        fix = "give --ip ADDRESS and --mail-from ADDRESS"
        what = f"no signature of {domain} counts, and SPF can't be told"
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


def judge_way(message: ReceivedMessage) -> Iterator[Finding]:
    """What those who passed the message on left in it."""
    if seals := message.count("arc-seal"):
        yield kinds.ARC.found(f"the message has {seals} ARC-Seal{'s' if seals > 1 else ''}")
