"""One run of `mactl audit`, from what is asked for to an outcome for each domain."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mactl.audit import MemoResolver, Resolver, Scope
from mactl.audit.envelope import Envelope
from mactl.audit.sender.relay import relay_envelopes
from mactl.errors import UsageError
from mactl.workflows.auditing.domains import Subjects
from mactl.workflows.auditing.earlier import Earlier, keep_report, read_earlier
from mactl.workflows.auditing.outcome import Outcome, outcome_of
from mactl.workflows.auditing.running import Looked, Tell, audit_all
from mactl.workflows.auditing.sources import Opened


@dataclass(frozen=True, slots=True)
class Request:
    """What to audit, by what means, and how; `baseline` is the report of an earlier audit.

    With `watch` only what changed since then is told, and what was found takes its place.
    """

    subjects: Subjects
    opened: Opened
    scope: Scope = field(default_factory=Scope)
    baseline: Path | None = None
    watch: bool = False
    proposes: bool = False
    """Whether to work out what to publish."""

    @property
    def at(self) -> str:
        """The instant of the audit, in UTC as ISO 8601."""
        return self.opened.means.now.isoformat(timespec="minutes")


def run(request: Request, tell: Callable[[Outcome], None]) -> None:
    """Audit what `request` asks for, and `tell` of each domain in turn.

    Raises UsageError for an earlier report that is none, TryAgainLater where no name server answers.
    """
    earlier = _earlier(request)
    kept: dict[str, Any] = dict(earlier.domains) if earlier is not None else {}

    def take(looked: Looked) -> None:
        outcome = outcome_of(looked, earlier)
        if request.watch:
            kept[outcome.subject.domain] = outcome.kept
        if not request.watch or outcome.changes:
            tell(outcome)

    with request.opened:
        asyncio.run(_run(request, take))
    if request.watch and request.baseline is not None:
        keep_report(request.baseline, {"at": request.at, "domains": list(kept.values())})


async def _run(request: Request, take: Tell) -> None:
    means, scope = request.opened.means, request.scope
    asking = MemoResolver(means.resolver, patience=scope.deadline)
    scope = replace(scope, envelopes=await _envelopes(request, asking))
    domains = request.subjects.domains
    await audit_all(domains, means, scope, take, proposes=request.proposes)


async def _envelopes(request: Request, resolver: Resolver) -> tuple[Envelope, ...]:
    """Those that were asked about, else the project's own: its return path, from each address of its relay."""
    own = request.subjects.return_domain
    if given := request.scope.envelopes:
        sender = f"postmaster@{own}" if own else None
        return tuple(
            replace(one, mail_from=sender) if one.mail_from is None else one for one in given
        )
    return await relay_envelopes(request.subjects.relay, own, resolver)


def _earlier(request: Request) -> Earlier | None:
    if request.baseline is None:
        if request.watch:
            raise UsageError(
                "--watch compares with the last time",
                "name the file that keeps it: --baseline FILE",
            )
        return None
    if request.watch and not request.baseline.exists():
        return Earlier(None, {})
    return read_earlier(request.baseline)
