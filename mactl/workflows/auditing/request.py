"""One run of `mactl audit`, from what is asked for to an outcome for each domain."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mactl.audit import Means, Scope, system_resolver
from mactl.audit.web import NoWeb
from mactl.errors import UsageError
from mactl.workflows.auditing.domains import Subjects
from mactl.workflows.auditing.earlier import Earlier, keep_report, read_earlier
from mactl.workflows.auditing.outcome import Outcome, outcome_of
from mactl.workflows.auditing.running import Looked, Tell, audit_all


@dataclass(frozen=True, slots=True)
class Request:
    """What to audit, and how: `now` has a time zone; `baseline` is the report of an earlier audit.

    With `watch` only what changed since then is told, and what was found takes its place.
    """

    subjects: Subjects
    now: datetime
    scope: Scope = field(default_factory=Scope)
    nameserver: str | None = None
    baseline: Path | None = None
    watch: bool = False
    proposes: bool = False
    """Whether to work out what to publish."""

    @property
    def at(self) -> str:
        """The instant of the audit, in UTC as ISO 8601."""
        return self.now.isoformat(timespec="minutes")


def run(request: Request, tell: Callable[[Outcome], None]) -> None:
    """Audit what `request` asks for, and `tell` of each domain in turn.

    Raises UsageError for a name server or an earlier report that is none, TryAgainLater where no name server answers.
    """
    earlier = _earlier(request)
    kept: dict[str, Any] = dict(earlier.domains) if earlier is not None else {}

    def take(looked: Looked) -> None:
        outcome = outcome_of(looked, earlier)
        if request.watch:
            kept[outcome.subject.domain] = outcome.kept
        if not request.watch or outcome.changes:
            tell(outcome)

    asyncio.run(_run(request, take))
    if request.watch and request.baseline is not None:
        keep_report(request.baseline, {"at": request.at, "domains": list(kept.values())})


async def _run(request: Request, take: Tell) -> None:
    means = Means(system_resolver(request.nameserver), NoWeb(), request.now)
    domains = request.subjects.domains
    await audit_all(domains, means, request.scope, take, proposes=request.proposes)


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
