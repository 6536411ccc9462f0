"""What is wrong with, or worth knowing of, what aggregate reports tell."""

from collections.abc import Iterator, Sequence

from mactl.audit.aggregate import kinds
from mactl.audit.aggregate.advice import PolicyStep, share_of
from mactl.audit.aggregate.gathering import Gathering
from mactl.audit.aggregate.senders import Sender, Standing
from mactl.audit.aggregate.tally import DomainTally
from mactl.audit.fixes import publish
from mactl.audit.kinds import MOST_OF_A_KIND, FindingKind, first_of_each
from mactl.audit.names import excerpt, is_within, printable
from mactl.findings import Finding

_SHOWN = 80


def judge_senders(tally: DomainTally, senders: Sequence[Sender]) -> Iterator[Finding]:
    """Who sends as the domain and does not align, and what aligns by a thread."""
    own = (finding for sender in senders for finding in _judge_sender(tally.domain, sender))
    yield from first_of_each(own)
    flow = tally.flow
    if flow.forwarded:
        what = f"{flow.forwarded} messages of {printable(tally.domain)} were passed on, and failed"
        yield kinds.FORWARDED.found(what)
    if flow.spf_alone:
        yield kinds.SPF_ALONE.found(
            f"{flow.spf_alone} messages of {printable(tally.domain)} pass by SPF alone",
            "sign them with DKIM as well",
        )


_KINDS: dict[Standing, FindingKind] = {
    Standing.MISCONFIGURED: kinds.UNALIGNED_SENDER,
    Standing.SERVICE: kinds.UNALIGNED_SERVICE,
    Standing.UNKNOWN: kinds.UNKNOWN_SENDER,
}


def _judge_sender(domain: str, sender: Sender) -> Iterator[Finding]:
    kind, name = _KINDS.get(sender.standing), printable(sender.name)
    if kind is None:
        return
    what = f"{sender.flow.failing} of {sender.flow.messages} messages from {name}"
    what += f" ({share_of(sender)}) as {printable(domain)} don't align"
    others = [other for other in sender.others if not is_within(other, domain)]
    if others:
        what += f"; they pass for {', '.join(map(printable, others[:3]))}"
    fix = f"have {name} sign with a key of {printable(domain)}, or use a return path below it"
    if kind is kinds.UNKNOWN_SENDER:
        fix = "where it is yours, have it sign; else leave it to a stricter policy"
    elif kind is kinds.UNALIGNED_SERVICE:
        fix = f"where the account is yours: {fix}"
    yield kind.found(what, fix)
    if sender.broken:
        yield kinds.BROKEN_SIGNATURE.found(
            f"{sender.broken} messages from {name} carry a signature of {printable(domain)}"
            " that does not hold",
            f"where {name} is yours, compare the key it signs with to the one in the DNS",
        )


def judge_policy(tally: DomainTally, step: PolicyStep) -> Iterator[Finding]:
    """Which policy comes next, and what receivers could not read or count."""
    at = f"_dmarc.{printable(tally.domain)}"
    if step.record is not None:
        fix = publish(step.record, at)
        yield kinds.POLICY_NEXT.found(f"{at} can go a step further: {step.why}", fix)
    else:
        yield kinds.POLICY_HELD.found(f"{at} stays as it is: {step.why}")
    for told, receiver in tally.errors.items():
        what = f"{printable(receiver, _SHOWN)} tells of {printable(tally.domain)}: "
        fix = f"see what is wrong with {at}"
        yield kinds.TOLD_ERROR.found(what + excerpt(told), fix)
    if tally.unreadable:
        yield kinds.RECORDS_LEFT_OUT.found(
            f"{tally.unreadable} records about {printable(tally.domain)} have no address or count",
            "tell the receivers that send them",
        )
    if tally.others.messages:
        what = f"{tally.others.messages} messages came from other addresses than those told apart"
        yield kinds.SOURCES_LEFT_OUT.found(what)


def judge_files(gathering: Gathering) -> Iterator[Finding]:
    """What could not be read, and what came twice."""
    yield from gathering.faults
    for kind in (kinds.UNREADABLE, kinds.NOT_A_REPORT):
        if (more := gathering.more[kind.id] - MOST_OF_A_KIND) > 0:
            yield kind.found(f"{more} more files like these", "see whether they are reports")
    if gathering.tally.duplicates:
        times = gathering.tally.duplicates
        yield kinds.DUPLICATE.found(f"{times} report{'s' if times > 1 else ''} came twice")
