"""`mactl send`: do what the plan says, in one transaction, then drain the queue."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mactl import __version__
from mactl.clock import clock_from, to_epoch
from mactl.delivery.drained import Drained
from mactl.delivery.stopping import stopping_on_signals
from mactl.errors import NotConfirmed
from mactl.findings import Finding, findings_to_json
from mactl.project import Project, load_project, need_sender
from mactl.recipe.cookbook import content_hash
from mactl.store.commit import Changes, Committed, commit_run
from mactl.store.lock import planner_lock
from mactl.store.logbook import Begun, finish_run
from mactl.store.restored import RESTORED
from mactl.store.state import State
from mactl.store.suppressions import read_suppressions
from mactl.workflows.consenting.recording import find_unrecorded
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.missing_state import open_state_to_send
from mactl.workflows.opening import Selection, need_file_to_send, refuse_errors
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.planning.running import ready_recipes
from mactl.workflows.posting.draining import Round
from mactl.workflows.posting.forking import make_ready
from mactl.workflows.posting.gear import Gear, gear_of
from mactl.workflows.sending.allowing import allow_now
from mactl.workflows.sending.authenticating import (
    Authentication,
    authentication_of,
    need_authentication,
)
from mactl.workflows.sending.outcome import STATUSES, Sent
from mactl.workflows.sending.repository import git_commit
from mactl.workflows.sending.resting import Rest, keep, look_at
from mactl.workflows.timing.quiet import quiet_until
from mactl.workflows.writing.changes import changes_of
from mactl.workflows.writing.letters import letters_of
from mactl.workflows.writing.templates import Templates, compile_templates


@dataclass(frozen=True)
class Manners:
    """How a run is done: whom it asks, whom it tells, what it waits for."""

    confirm: Callable[[Plan], bool] = lambda plan: True
    progress: Callable[[Drained], None] = lambda drained: None
    begun: Callable[[int], None] = lambda run: None
    """Hears the number of the run, once what was planned is written down."""
    wait: float | None = None
    """Seconds to wait for another planner; None for not at all."""
    approve: Callable[[Plan, Templates, State], None] = lambda plan, templates, state: None
    """Raises where the plan is not what it should be; see `approving.approval`."""
    advise: Callable[[Authentication], None] = lambda found: None
    """Told what the DNS says of the sender's mail, where that was looked up."""


@dataclass(frozen=True)
class _Ready:
    """All that must be right before anything is written."""

    selection: Selection
    templates: Templates
    gear: Gear


def send_now(
    project: Project, names: Sequence[str], sources: Sources, now: datetime, manners: Manners
) -> Sent:
    """Run the recipes that `names` mean (all where there are none) at `now`, and send what they ask for.

    Raises FindingsError where a recipe or template is faulty, ConfigurationError where the project can't send,
    UsageError for a `now` that can't be, TryAgainLater where another planner runs, NotConfirmed; and before a large run
    what `need_authentication` raises.
    """
    # Before anything is read: what is edited meanwhile is another project to the next run.
    look = None if sources.contacts or sources.events else look_at(project, names)
    ready = _prepare(project, names)
    clock = clock_from(to_epoch(now))  # a run of another day has its own time
    with open_state_to_send(project) as state:
        started = to_epoch(datetime.now(UTC))
        # Planning alone is for one at a time; the queue is drained by whoever comes.
        with planner_lock(state, "mactl send", started, wait=manners.wait):
            allowed = allow_now(state, now, project, clock)
            if allowed != now:
                now, clock = allowed, clock_from(to_epoch(allowed))
            trail = state.follow()
            cookbook, chosen = ready.selection.cookbook, ready.selection.chosen
            gathered = gather(project, sources, state, now, tracked(cookbook).changed)
            history = project.settings.history
            plan = make_plan(project, cookbook, chosen, gathered, state, history=history)
            make_ready(len(plan.intents("queue")))
            manners.approve(plan, ready.templates, state)
            _authenticate(project, plan, ready.gear, manners)
            if len(plan.intents("queue")) and not manners.confirm(plan):
                raise NotConfirmed("nothing was sent, and nothing was changed")
            written = _commit(state, project, ready, plan, started)
        manners.begun(written.committed.run)
        with stopping_on_signals() as stop:
            drained = Round(
                state,
                project,
                ready.gear,
                now=clock,
                stop=stop,
                progress=manners.progress,
            ).drain_all()
        sent = _sum_up(written, plan, drained)
        with state.writing() as connection:
            finish_run(connection, sent.run, to_epoch(datetime.now(UTC)), sent.counts)
        if look is not None and trail.is_unbroken and not sent.did_anything:
            _rest(project, names, look, plan, written, state, trail.last)
    return sent


def _rest(
    project: Project,
    names: Sequence[str],
    look: str,
    plan: Plan,
    written: "_Written",
    state: State,
    revision: int,
) -> None:
    """Keep that the next runs have nothing to do, where that is certain."""
    # Between reading mactl.yaml and looking at it, it may have been edited.
    is_same = load_project(project.folder)[0].settings == project.settings
    until = quiet_until(plan, state) if is_same and written.changes.is_nothing else None
    if until is not None:
        keep(project, names, Rest(
            look, state.id, revision, to_epoch(plan.now), to_epoch(until), written.recipes,
            findings_to_json(plan.findings),
        ))  # fmt: skip


def _authenticate(project: Project, plan: Plan, gear: Gear, manners: Manners) -> None:
    """Have the sender's records looked at, where the run is large. Raises FindingsError, TryAgainLater."""
    found = authentication_of(project, plan, gear)
    need_authentication(found)
    if found is not None:
        manners.advise(found)


def _prepare(project: Project, names: Sequence[str]) -> _Ready:
    need_file_to_send(project)
    settings = project.settings
    need_sender(settings)
    selection = ready_recipes(project, names)
    recipes = [selection.cookbook.recipes[id] for id in selection.chosen]
    templates, findings = compile_templates(recipes, settings, project.folder)
    refuse_errors(
        findings,
        "nothing was sent: the templates are faulty",
        "mend them; mactl check tells when they are",
    )
    return _Ready(selection, templates, gear_of(project))


@dataclass(frozen=True)
class _Written:
    """A plan that was written down."""

    committed: Committed
    changes: Changes
    recipes: Mapping[str, Mapping[str, Any]]
    """As the logbook has them."""
    held: Mapping[str, str]
    """Why those sends that can't be written are held."""
    findings: Sequence[Finding]
    """What is wrong with the tables and codes that they are written with."""


def _commit(state: State, project: Project, ready: _Ready, plan: Plan, started: int) -> _Written:
    """Write the plan down; what came of it."""
    cookbook = ready.selection.cookbook
    letters = letters_of(plan, ready.templates, state)
    recipes = {
        recipe.id: {"version": recipe.file.version, "hash": content_hash(recipe)}
        for recipe in cookbook
    }
    begun = Begun("send", to_epoch(plan.now), started, __version__, git_commit(project), recipes)
    with state.reading() as connection:
        suppressed = read_suppressions(connection)
    consents = find_unrecorded(project, plan.gathered, suppressed, "send")
    changes = replace(changes_of(plan, ready.templates, letters), consents=consents)
    committed = commit_run(state, begun, changes)
    return _Written(committed, changes, recipes, letters.held, letters.findings)


def _sum_up(written: _Written, plan: Plan, drained: Drained) -> Sent:
    committed, held = written.committed, written.held
    counts: Counter[str] = Counter(drained.counts)
    reasons: Counter[tuple[str, str]] = Counter(drained.reasons)
    for verdict, status in (("hold", "held"), ("skip", "skipped")):
        stopped = plan.intents(verdict)
        counts[status] += len(stopped)
        reasons.update((status, reason) for reason in stopped.get("reason", ()))
    counts["held"] += len(held)
    reasons.update(("held", reason) for reason in held.values())
    # What the plan wanted to change had gone out meanwhile: a worker was faster.
    counts["unknown"] += committed.in_doubt
    reasons.update({("unknown", RESTORED): committed.in_doubt} if committed.in_doubt else {})
    reasons.update(("overtaken", f"a {s.table} was {s.found} already") for s in committed.standoffs)
    told: dict[str, Any] = {status: counts[status] for status in STATUSES}
    findings = (*plan.findings, *written.findings)
    return Sent(
        committed.run, told, dict(reasons), findings,
        drained.stopped, drained.is_interrupted, drained.rests,
    )  # fmt: skip
