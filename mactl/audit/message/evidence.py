"""What a received message shows of the requirements of large mailbox providers."""

from mactl.audit.addresses import is_private
from mactl.audit.dkim.signature import DkimResult
from mactl.audit.dns import Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.evidence import Evidence
from mactl.audit.message.audit import MessageAudit
from mactl.audit.message.dmarc import DmarcResult
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.message.origin import origin_of
from mactl.audit.reverse.names import reverse_of
from mactl.audit.spf.evaluate import Result


async def evidence_of(audit: MessageAudit, resolver: Resolver) -> Evidence:
    """What `audit` shows for the scorecard of its author domain; what the file does not tell is None."""
    bits = [check.key.bits for check in audit.aligned if check.counts and check.key]
    return Evidence(
        seen_in="the message",
        spf=None
        if audit.spf.result in (None, Result.TEMPERROR)
        else audit.spf.result is Result.PASS,
        dkim=_signed(audit),
        dkim_bits=min(bits, default=None),
        dmarc={DmarcResult.PASS: True, DmarcResult.FAIL: False}.get(
            audit.dmarc or DmarcResult.NONE
        ),
        reverse=await _has_name(audit.spf.origin.ip, resolver),
        one_click=audit.one_click.works,
    )


async def ask_early(
    message: ReceivedMessage, envelope: Envelope | None, resolver: Resolver
) -> None:
    """Ask for what `evidence_of` will want, while the message is judged; it is remembered then."""
    await _has_name(origin_of(message, envelope).ip, resolver)


def _signed(audit: MessageAudit) -> bool | None:
    """Whether a signature of the author domain holds; None where the DNS failed on its key."""
    if audit.dkim_passes:
        return True
    failed = any(check.result is DkimResult.TEMPERROR for check in audit.aligned)
    return None if failed else False


async def _has_name(ip: str | None, resolver: Resolver) -> bool | None:
    """Whether the address that the message came from has a name that leads back to it."""
    if ip is None or is_private(ip):
        return None
    confirmed = (await reverse_of(ip, resolver)).confirmed
    return None if confirmed is None else bool(confirmed)
