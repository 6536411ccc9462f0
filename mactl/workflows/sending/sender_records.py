"""What the DNS says of the project's sender, asked once in a while.

The answer is kept in the project's cache, for an hour where all is well and for half a minute where it is not: cron
doesn't ask each time, and whoever mends a record needn't wait.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from email.utils import parseaddr
from pathlib import Path

from mactl.audit.dns import system_resolver
from mactl.audit.sender.audit import MailSource, SigningKey, audit_sender, is_fault, is_unknown
from mactl.audit.sender.kinds import TEMPERROR
from mactl.delivery.dkim import Signers
from mactl.errors import TryAgainLater
from mactl.findings import Finding, findings_from_json, findings_to_json
from mactl.keeping import CACHE, keep_whole
from mactl.project import Sender
from mactl.store.tables import EMAIL
from mactl.workflows.planning.plan import Plan

PATIENCE = 5.0
"""Seconds for all questions together."""
_KEPT_GOOD, _KEPT_BAD = 3600, 30  # seconds

Said = tuple[str, tuple[Finding, ...]]
"""`fail`, `unknown`, `warn` or `pass`, and why, the gravest first."""


def sources_of(
    plan: Plan, sender: Sender, signers: Signers | None, relay: str
) -> tuple[MailSource, ...]:
    """How the mail of `plan` goes out over `relay` ('' for this machine): one for each domain that stands in From, the
    project's own first."""
    signing = tuple(
        SigningKey(one.domain, one.selector, one.algorithm.partition("-")[0], one.public_key)
        for one in (signers.signers if signers is not None else ())
    )
    back = sender.bounces.rpartition("@")[2] if sender.bounces else None
    domains = dict.fromkeys([sender.domain, *_other_domains(plan)])
    return tuple(MailSource(domain, back or domain, signing, relay) for domain in domains)


def _other_domains(plan: Plan) -> list[str]:
    """Of the templates that have a From address of their own."""
    queued = plan.intents("queue")
    if not len(queued):
        return []
    mails = queued[queued["channel"] == EMAIL].drop_duplicates(["recipe", "template"])
    found = []
    for row in plan.rows(mails):
        recipe = plan.cookbook.recipes.get(row["recipe"])
        template = recipe.file.templates.get(row["template"]) if recipe is not None else None
        if template is not None and template.from_ is not None:
            found.append(parseaddr(template.from_)[1].rpartition("@")[2])
    return found


def look_up(folder: Path, sources: Sequence[MailSource], nameserver: str | None) -> Said:
    """What the DNS says of `sources`, or said a short while ago to a run of the project in `folder`.

    Raises UsageError where `nameserver` is none.
    """
    about = json.dumps([[asdict(source) for source in sources], nameserver], sort_keys=True)
    called = hashlib.sha256(about.encode()).hexdigest()[:16]
    path = folder / CACHE / f"sender-{called}.json"
    findings = _read(path)
    if findings is None:
        findings = asyncio.run(_ask(sources, nameserver))
        _keep(path, findings)
    return _status(findings), findings


def _status(findings: Sequence[Finding]) -> str:
    if any(map(is_fault, findings)):
        return "fail"
    if any(map(is_unknown, findings)):
        return "unknown"
    return "warn" if findings else "pass"


async def _ask(sources: Sequence[MailSource], nameserver: str | None) -> tuple[Finding, ...]:
    try:
        resolver = system_resolver(nameserver, timeout=PATIENCE)
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.gather(*(audit_sender(source, resolver) for source in sources))
    except TimeoutError:
        message = f"the DNS did not answer within {PATIENCE:g} seconds"
        return (TEMPERROR.found(message, "try again later"),)
    except TryAgainLater as nobody:
        return (TEMPERROR.found(nobody.message, "name a server in sender.nameserver"),)
    whole = dict.fromkeys(finding for findings in found for finding in findings)
    # What can't be told is said before what is only dangerous, after what is surely wrong.
    return tuple(sorted(whole, key=lambda finding: (not is_fault(finding), -finding.severity.rank)))


def _read(path: Path) -> tuple[Finding, ...] | None:
    """What was found, where that is not too long ago; None else."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        findings = findings_from_json(kept["findings"])
        age = time.time() - kept["at"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    is_good = _status(findings) in ("pass", "warn")
    return findings if 0 <= age < (_KEPT_GOOD if is_good else _KEPT_BAD) else None


def _keep(path: Path, findings: Sequence[Finding]) -> None:
    with suppress(OSError):  # then the next run asks again
        kept = {"at": time.time(), "findings": findings_to_json(findings)}
        keep_whole(path, json.dumps(kept).encode())
