"""`mactl send`"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, RecipesArgument
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING
from mactl.errors import UsageError

if TYPE_CHECKING:
    from mactl.project import Project
    from mactl.workflows.gathering import Sources
    from mactl.workflows.reviewing.keeping import KeptPlan


@command(app, "send", SENDING, has_log=True)
def send(
    invocation: Invocation,
    recipes: RecipesArgument = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask first; needed without a terminal")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as mactl plan")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another planner instead of giving up")
    ] = False,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Send exactly what mactl plan --out FILE kept, or nothing",
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Look at everybody, even where nothing can be due"),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Plan nothing; go on with what is in the queue"),
    ] = False,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Do what the plan says: enroll, move on and send, never twice."""
    if resume:
        if recipes or dry_run or plan or full or contacts or events:
            raise UsageError("--resume plans nothing", "leave the rest of the command out")
        from mactl.cli.views.sending import drain_queue
        from mactl.workflows.posting.forking import make_ready

        make_ready()  # before this process reads the same modules: who resumes has messages waiting
        return drain_queue(invocation, is_once=True)

    from mactl.cli.asking import need_consent
    from mactl.cli.views.sending import watched

    project = invocation.find_project(recipes)
    now = invocation.now(project)
    if not dry_run:
        need_consent(yes=yes)
    asked = _Asked(recipes or [], contacts or [], events or [], plan)
    if dry_run:
        return _foresee(invocation, project, asked, now)

    def run() -> int:
        if not full and asked.is_usual:
            passed = _pass_over(invocation, project, asked, now, wait=wait)
            if passed is not None:
                return passed
        # Passing over may have waited for another planner, and found that there is something to do by now.
        return _send(invocation, project, asked, invocation.now(project), yes=yes, wait=wait)

    return watched(invocation, project, run)


@dataclass(frozen=True)
class _Asked:
    """What the command line says a run is about."""

    recipes: Sequence[str]
    contacts: Sequence[Path]
    events: Sequence[Path]
    plan: Path | None

    @property
    def is_usual(self) -> bool:
        """Whether it is about what the project says itself."""
        return not (self.contacts or self.events or self.plan)

    def read(self) -> "tuple[Sequence[str], Sources, KeptPlan | None]":
        """The names of recipes, the sources, and the plan that was kept, if any. Raises UsageError, UnreadableInput."""
        from mactl.workflows.gathering import Sources
        from mactl.workflows.reviewing.keeping import read_plan

        if self.plan is None:
            return self.recipes, Sources(self.contacts, self.events), None
        if self.recipes or self.contacts or self.events:
            raise UsageError(
                "a kept plan says itself which recipes, contacts and events it is about",
                "leave them out beside --plan",
            )
        kept = read_plan(self.plan)
        return kept.names, kept.paths, kept


def _pass_over(
    invocation: Invocation, project: "Project", asked: _Asked, now: datetime, *, wait: bool
) -> int | None:
    """A run that is known to do nothing, over before planning is imported; None where this one may do something."""
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.sending import show_sent
    from mactl.workflows.sending.resting import pass_over

    passed = pass_over(project, asked.recipes, now, wait=math.inf if wait else None)
    if passed is None:
        return None
    report_sources(invocation, passed.findings)
    return show_sent(invocation, passed)


def _foresee(invocation: Invocation, project: "Project", asked: _Asked, now: datetime) -> int:
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.plan import show_plan
    from mactl.workflows.planning.running import plan_now
    from mactl.workflows.reviewing.approving import approve_again
    from mactl.workflows.sending.authenticating import foresee_authentication
    from mactl.workflows.writing.letters import foresee

    names, sources, kept = asked.read()
    with Progress(invocation).during("reading and planning"):
        with plan_now(project, names, sources, now) as (planned, state):
            if kept is not None and asked.plan is not None:
                approve_again(project, kept, planned, state, asked.plan)
            foreseen = foresee(project, planned, state)
        authentication = foresee_authentication(project, foreseen)
    report_sources(invocation, foreseen.findings)
    show_plan(invocation, foreseen, authentication)
    return 0


def _send(
    invocation: Invocation,
    project: "Project",
    asked: _Asked,
    now: datetime,
    *,
    yes: bool,
    wait: bool,
) -> int:
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.sending import manners, show_sent
    from mactl.workflows.reviewing.approving import approval
    from mactl.workflows.sending.send import send_now

    names, sources, kept = asked.read()
    with manners(invocation, yes=yes, wait=wait) as how:
        if kept is not None and asked.plan is not None:
            how = replace(how, approve=approval(kept, asked.plan))
        sent = send_now(project, names, sources, now, how)
    report_sources(invocation, sent.findings)
    return show_sent(invocation, sent)
