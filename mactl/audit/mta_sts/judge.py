"""What is wrong with the page that should be a policy, and with the policy on it."""

from collections.abc import Iterator

from mactl.audit.kinds import FindingKind
from mactl.audit.mta_sts import kinds
from mactl.audit.mta_sts.policy import DAY, YEAR, Mode, StsPolicy
from mactl.audit.names import printable
from mactl.audit.web import Page, Trouble
from mactl.findings import Finding

_MAX_FAULTS = 5
_WEEK = 7 * DAY

_TROUBLES: dict[Trouble, tuple[FindingKind, str]] = {
    Trouble.NO_ADDRESS: (kinds.NO_HOST, "publish the address of {host}, or leave the record out"),
    Trouble.CERTIFICATE: (kinds.CERTIFICATE, "install a certificate that is valid for {host}"),
    Trouble.TOO_LARGE: (kinds.TOO_LARGE, "serve the policy alone, a few lines of text"),
    Trouble.NOT_FETCHED: (kinds.NOT_FETCHED, "open {url} in a browser"),
    Trouble.PRIVATE_ADDRESS: (kinds.UNREACHABLE, "publish the public address of {host}"),
}


def judge_page(domain: str, page: Page) -> Iterator[Finding]:
    """What keeps senders from a policy on `page`; nothing where it is served as it should be."""
    host = f"mta-sts.{domain}"
    if page.trouble is not None:
        kind, fix = _TROUBLES.get(page.trouble, (kinds.UNREACHABLE, "have {host} serve {url}"))
        yield kind.found(f"{page.url}: {page.failure}", fix.format(host=host, url=page.url))
    elif 300 <= page.status < 400:
        # RFC 8461 3.3: 3xx must not be followed.
        yield kinds.REDIRECT.found(
            f"{page.url}: HTTP status {page.status}", f"serve the policy at {page.url} itself"
        )
    elif page.status != 200:
        yield kinds.HTTP_STATUS.found(
            f"{page.url}: HTTP status {page.status}", f"serve the policy at {page.url}"
        )
    elif page.content_type != "text/plain":
        shown = printable(page.content_type, 80) or "nothing"
        yield kinds.CONTENT_TYPE.found(
            f"{page.url} is served as {shown}", "serve it with 'Content-Type: text/plain'"
        )


def judge_policy(domain: str, policy: StsPolicy) -> Iterator[Finding]:
    """The findings about a policy that was fetched."""
    where = f"the policy of {domain}"
    for fault in policy.faults[:_MAX_FAULTS]:
        line = f", line {fault.line}" if fault.line else ""
        message = f"{where}{line}: {printable(fault.message, 120)}"
        yield kinds.POLICY_SYNTAX.found(
            message,
            "have it read 'version: STSv1', 'mode: …', 'mx: …' and 'max_age: …', each on its line",
        )
    if policy.faults:
        return
    if policy.blank_lines:
        message = f"{where} has {policy.blank_lines} empty lines"
        yield kinds.BLANK_LINES.found(message, "take them out")
    if policy.mode is Mode.TESTING:
        yield kinds.TESTING.found(
            f"{where} has 'mode: testing'",
            "write 'mode: enforce' and a new id, once the reports show no failures",
        )
    if policy.mode is Mode.NONE:
        yield kinds.MODE_NONE.found(
            f"{where} has 'mode: none'",
            "leave it for as long as the "
            "max_age of the policy before; then take record and policy down",
        )
        return
    yield from _judge_age(where, policy.max_age or 0)


def _judge_age(where: str, seconds: int) -> Iterator[Finding]:
    message, fix = f"{where} has 'max_age: {seconds}'", f"write 'max_age: {_WEEK}' or more"
    if seconds == 0:
        yield kinds.MAX_AGE_ZERO.found(message, fix)
    elif seconds < DAY:
        yield kinds.MAX_AGE_SHORT.found(message, fix)
    elif seconds > YEAR:
        yield kinds.MAX_AGE_LONG.found(message, f"write 'max_age: {YEAR}' or less")
