"""`mactl send`: do what the plan says, in one transaction, then drain the queue."""

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mactl import __version__
from mactl.clock import from_epoch, to_epoch
from mactl.delivery.dkim import Signer, load_signer
from mactl.delivery.opening import open_transport, stays_here
from mactl.delivery.sender import Drained
from mactl.delivery.stopping import stopping_on_signals
from mactl.delivery.transport import Transport
from mactl.errors import ConfigurationError, MactlError, UsageError
from mactl.project import Project, Settings
from mactl.recipe.cookbook import content_hash
from mactl.store.commit import Committed, commit_run
from mactl.store.lock import planner_lock
from mactl.store.logbook import Begun, finish_run, last_now
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.workflows.changes import Letters, changes_of
from mactl.workflows.draining import drain_queue
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.merging import merge_values
from mactl.workflows.opening import Selection, open_state, refuse_errors
from mactl.workflows.planning import Plan, make_plan
from mactl.workflows.posting import Post
from mactl.workflows.running import ready_recipes
from mactl.workflows.templates import Templates, compile_templates, need_sender

_STATUSES = ("sent", "deferred", "failed", "unknown", "held", "skipped")


@dataclass(frozen=True)
class Sent:
    """What came of a run: the plan's holds and skips and the sender's outcomes together."""

    run: int
    counts: Mapping[str, int]
    """sent, deferred, failed, unknown, held, skipped."""
    reasons: Mapping[tuple[str, str], int]
    """(status, reason) → how many, of all that was not sent, or was overtaken by a worker."""
    plan: Plan
    stopped: MactlError | None = None
    is_interrupted: bool = False

    @property
    def has_problems(self) -> bool:
        """Whether a message failed, or its fate is unknown."""
        return bool(self.counts["failed"] or self.counts["unknown"])


@dataclass(frozen=True)
class Manners:
    """How a run is done: whom it asks, whom it tells, what it waits for."""

    confirm: Callable[[Plan], bool] = lambda plan: True
    progress: Callable[[Drained], None] = lambda drained: None
    wait: float | None = None
    """Seconds to wait for another planner; None for not at all."""


class NotConfirmed(MactlError):
    """The person who was asked said no; nothing was changed."""

    exit_code = 1


@dataclass(frozen=True)
class _Ready:
    """All that must be right before anything is written."""

    selection: Selection
    templates: Templates
    transport: Transport
    signer: Signer | None = field(default=None)


def send_now(
    project: Project, names: Sequence[str], sources: Sources, now: datetime, manners: Manners
) -> Sent:
    """Run the recipes that `names` mean (all where there are none) at `now`, and send what they ask for.

    Raises FindingsError where a recipe or template is faulty, ConfigurationError where the project can't send,
    UsageError for a `now` that can't be, TryAgainLater where another planner runs, NotConfirmed.
    """
    ready = _prepare(project, names)
    clock = _clock_from(now)
    with open_state(project, write=True) as state:
        started = to_epoch(datetime.now(UTC))
        # Planning alone is for one at a time; the queue is drained by whoever comes.
        with planner_lock(state, "mactl send", started, wait=manners.wait):
            _check_now(state, now, project)
            gathered = gather(project, sources, state, now)
            cookbook, chosen = ready.selection.cookbook, ready.selection.chosen
            plan = make_plan(project, cookbook, chosen, gathered, state)
            if len(plan.intents("queue")) and not manners.confirm(plan):
                raise NotConfirmed("nothing was sent, and nothing was changed")
            committed = _commit(state, project, ready, plan, started)
        with stopping_on_signals() as stop:
            drained = drain_queue(
                state,
                ready.transport,
                lambda: Post(state, project.settings, clock, ready.signer),
                connections=project.settings.smtp.connections if project.settings.smtp else 1,
                now=clock,
                stop=stop,
                progress=manners.progress,
            )
        sent = _sum_up(committed, plan, drained)
        with state.writing() as connection:
            finish_run(connection, committed.run, to_epoch(datetime.now(UTC)), sent.counts)
    return sent


def _prepare(project: Project, names: Sequence[str]) -> _Ready:
    if not project.has_file:
        raise ConfigurationError(
            "there is no mactl.yaml here; sending needs a project", "start one with mactl init"
        )
    settings = project.settings
    sender = need_sender(settings)
    selection = ready_recipes(project, names)
    recipes = [selection.cookbook.recipes[id] for id in selection.chosen]
    templates, findings = compile_templates(recipes, settings)
    refuse_errors(
        findings,
        "nothing was sent: the templates are faulty",
        "mend them; mactl check tells when they are",
    )
    signer = None
    if sender.dkim is not None:
        path = project.path(project.secret(sender.dkim.key))
        signer = load_signer(sender.dkim.domain, sender.dkim.selector, path)
    return _Ready(selection, templates, open_transport(_smtp_url(project), project.folder), signer)


def _smtp_url(project: Project) -> str:
    if project.settings.smtp is None:
        raise ConfigurationError(
            "mactl.yaml names no relay",
            "add smtp: {url: …}; maildir:outbox writes to a folder instead",
        )
    return project.secret(project.settings.smtp.url)


def _clock_from(now: datetime) -> Callable[[], int]:
    """A clock that starts at `now` and goes on from there, so that a run of another day has its own time."""
    begun, start = time.monotonic(), to_epoch(now)
    return lambda: start + int(time.monotonic() - begun)


def _check_now(state: State, now: datetime, project: Project) -> None:
    """A run lies neither before the last one, nor in the future where its mail would really go out."""
    with state.reading() as connection:
        last = last_now(connection)
    if last is not None and to_epoch(now) < last:
        raise UsageError(
            f"--now {now.isoformat()} is before the last run, which was at {from_epoch(last).isoformat()}",
            "a plan may look back, a send may not",
        )
    if now > datetime.now(UTC) and not stays_here(_smtp_url(project)):
        raise UsageError(
            f"--now {now.isoformat()} is in the future, and the mail would go out now",
            "send to maildir:PATH or to a server on this machine to try a later day",
        )


def _commit(state: State, project: Project, ready: _Ready, plan: Plan, started: int) -> Committed:
    """Write the plan down."""
    settings = project.settings
    tokens = Tokens(state.secret)
    letters = _letters(plan, ready, settings, tokens)
    cookbook = ready.selection.cookbook
    recipes = {
        recipe.id: {"version": recipe.file.version, "hash": content_hash(recipe)}
        for recipe in cookbook
    }
    begun = Begun("send", to_epoch(plan.now), started, __version__, _git_commit(project), recipes)
    return commit_run(state, begun, changes_of(plan, ready.templates, letters))


def _letters(plan: Plan, ready: _Ready, settings: Settings, tokens: Tokens) -> Letters:
    """The Message-ID of every intent, and the merge values of those that go to the queue."""
    sender = need_sender(settings)
    intents, queued = plan.table("intents"), plan.intents("queue")
    ids = list(intents["id"]) if len(intents) else []
    merges: list[str] = []
    if len(queued):
        cookbook = ready.selection.cookbook
        merges = merge_values(
            queued, plan.gathered, cookbook, settings, sender, ready.templates, tokens
        )
    return Letters(
        {id: tokens.message_id(id, sender.domain) for id in ids},
        dict(zip(queued["id"] if len(queued) else (), merges, strict=True)),
    )


def _git_commit(project: Project) -> str | None:
    """The commit that the cookbook stands at; None outside a repository."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=project.folder, capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None


def _sum_up(committed: Committed, plan: Plan, drained: Drained) -> Sent:
    counts: Counter[str] = Counter(drained.counts)
    reasons: Counter[tuple[str, str]] = Counter(drained.reasons)
    for verdict, status in (("hold", "held"), ("skip", "skipped")):
        stopped = plan.intents(verdict)
        counts[status] += len(stopped)
        reasons.update((status, reason) for reason in stopped.get("reason", ()))
    # What the plan wanted to change had gone out meanwhile: a worker was faster.
    reasons.update(("overtaken", f"a {s.table} was {s.found} already") for s in committed.standoffs)
    told: dict[str, Any] = {status: counts[status] for status in _STATUSES}
    return Sent(committed.run, told, dict(reasons), plan, drained.stopped, drained.is_interrupted)
