"""SPF of one domain: its record, the whole tree below it, and what is wrong with them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from mactl.audit.dns import ASK_AGAIN, Answer, MemoResolver, Outcome, Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.kinds import Status, first_of_each, status_of
from mactl.audit.names import normalised, printable
from mactl.audit.spf import kinds
from mactl.audit.spf.absent import judge_absence
from mactl.audit.spf.check import ClientCheck, check_client, gravest_check, judge_client
from mactl.audit.spf.flatten import Flattened, flatten
from mactl.audit.spf.gather import Gathered, complete, gather_spf
from mactl.audit.spf.judge import judge_tree, multiple_records
from mactl.audit.spf.layout import MAX_PARTS
from mactl.audit.spf.limits import NEAR
from mactl.audit.spf.record import SpfRecord
from mactl.audit.spf.tree import NodeState, SpfNode, build_tree
from mactl.findings import Finding

TO_PUBLISH = "publish 'v=spf1 mx ~all'"
BUDGET = 250  # questions: twice what 10 terms can take, so only a broken record exceeds it


@dataclass(frozen=True, slots=True)
class SpfAudit:
    """What was found about SPF; `tree` is the domain's own node, with everything below it.

    `checks` are those of the clients that were asked about, `flattened` is a shorter record, where
    the tree is near the limit of lookups or past it.
    """

    status: Status
    findings: tuple[Finding, ...]
    tree: SpfNode
    checks: tuple[ClientCheck, ...] = ()
    flattened: Flattened | None = None

    @property
    def record(self) -> SpfRecord | None:
        """The domain's own record, where it has exactly one."""
        return self.tree.record

    @property
    def sends_nothing(self) -> bool:
        """Whether the record is a plain `v=spf1 -all`: no mail ever comes from this domain."""
        return self.record is not None and str(self.record) == "v=spf1 -all"

    def as_json(self) -> dict[str, object]:
        """The part of the report about SPF; `result` and `check` are those of the worst client."""
        shown: dict[str, object] = {
            "status": self.status.value,
            "record": printable(self.record.text) if self.record is not None else None,
            "lookups": self.tree.lookups,
            "void_lookups": self.tree.void_lookups,
            "all": self.tree.all,
            "tree": self.tree.as_json(),
            "flattened": self.flattened.as_json() if self.flattened is not None else None,
        }
        if self.checks:
            worst = gravest_check(self.checks)
            shown["result"] = worst.result.value
            if worst.helo is not None:
                shown["helo_result"] = worst.helo.result.value
            shown["check"] = worst.as_json()
            shown["checks"] = [check.as_json() for check in self.checks]
        return shown


async def audit_spf(
    domain: str,
    resolver: Resolver,
    to_publish: str = TO_PUBLISH,
    envelopes: Iterable[Envelope] = (),
) -> SpfAudit:
    """SPF of `domain` (RFC 7208), and what it says of mail in `envelopes`.

    `to_publish` is the fix where it has no record.
    """
    domain = normalised(domain)
    rationed = MemoResolver(resolver, BUDGET)
    gathered = await gather_spf(domain, rationed)
    tree = build_tree(domain, gathered)
    shorter = await _flattened(tree, gathered, rationed)
    found = await _judge(tree, rationed, to_publish, shorter)
    top = gathered.published[domain].answer
    if top.outcome is Outcome.UNASKED and not gathered.cut:  # a recording has nothing of it
        found = [_unreadable(top)]
    checks = await asyncio.gather(*(check_client(e, domain, resolver) for e in envelopes))
    named = {f"include:{node.domain}" for node, _ in tree.reach()}
    found += [finding for check in checks for finding in judge_client(check, named)]
    findings = list(first_of_each(dict.fromkeys(found)))
    if rationed.unasked or gathered.cut:
        what = gathered.cut or f"{BUDGET} names"
        message = f"{domain} leads to more than {what}; the rest was not looked at"
        findings.append(kinds.CUT.found(message))
    status = status_of(findings, kinds.KINDS)
    return SpfAudit(status, tuple(findings), tree, tuple(checks), shorter)


def _unreadable(answer: Answer) -> Finding:
    message = f"the SPF record of {printable(answer.name)} can't be read: {answer.failure}"
    return kinds.TEMPERROR.found(message, ASK_AGAIN)


async def _flattened(tree: SpfNode, gathered: Gathered, resolver: Resolver) -> Flattened | None:
    if tree.lookups < NEAR or tree.record is None or tree.record.faults:
        return None
    await complete(gathered, resolver)
    names = [f"_spf{number}.{tree.domain}" for number in range(1, MAX_PARTS + 1)]
    answers = await asyncio.gather(*(resolver.query(name, "TXT") for name in names))
    taken = {name for name, answer in zip(names, answers, strict=True) if not answer.absent}
    whole = build_tree(tree.domain, gathered)
    return flatten(whole, set() if len(taken) == len(names) else taken)


async def _judge(
    tree: SpfNode, resolver: Resolver, to_publish: str, shorter: Flattened | None
) -> list[Finding]:
    answer = tree.answer
    if answer is not None and answer.failed:
        return [_unreadable(answer)]
    if tree.state is NodeState.MULTIPLE:
        return [multiple_records(tree.domain, tree.records)]
    if tree.state is NodeState.ABSENT and answer is not None:
        return [await judge_absence(answer, resolver, to_publish)]
    return judge_tree(tree, shorter.advice if shorter is not None else "")
