"""What is wrong with, or dangerous about, the signatures of a message."""

from collections.abc import Iterator, Sequence

from mactl.audit.dkim import kinds as dkim_kinds
from mactl.audit.dkim.judge import judge_key
from mactl.audit.dkim.signature import DkimResult
from mactl.audit.dkim.verify import MAX_SIGNATURES, SignatureCheck
from mactl.audit.dns import ASK_AGAIN
from mactl.audit.message import kinds
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.message.results import parse_results
from mactl.audit.names import excerpt, is_within, printable
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
